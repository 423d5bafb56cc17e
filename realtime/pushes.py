"""Every push on one screen: event kind -> topic, fragment and the query that fills it.

A fragment takes what its query returns, under one name, and nothing else: no request, no actor. It has one root,
whose id is `<thing>-<pk>` and which prints data-topic and data-v, the version read with the data or before it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from backend.events.kinds import Kind
from backend.events.models import Event
from backend.inventory import queries as inventory


class Versioned(Protocol):
    """What a query returns: a screenful that knows which version of its subject it shows."""

    @property
    def version(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Replace:
    """State: the newest version wins, conflated everywhere, a duplicate is harmless."""

    thing: str
    fragment: str
    name: str
    """What the fragment calls what the query returned."""
    query: Callable[[int], Versioned]
    version: Callable[[Event], int | None]
    """The topic's version after the event; None where its watchers see no difference."""


@dataclass(frozen=True, slots=True)
class Due:
    """A topic that has a new version to be shown."""

    push: Replace
    pk: int
    version: int

    @property
    def topic(self) -> str:
        return f"{self.push.thing}:{self.pk}"


def _disclosed_version(event: Event) -> int | None:
    version: int | None = event.data["availability_version"]
    return version


def _own_version(event: Event) -> int | None:
    return event.version


STOCK = Replace("stock", "inventory/_availability.html", "stock", inventory.availability, _disclosed_version)
STOCK_LEVEL = Replace(
    "stock_level", "inventory/_stock.html", "stock", inventory.stock_level, lambda event: event.version
)

PUSHES: Mapping[Kind, tuple[Replace, ...]] = {
    Kind.INVENTORY_STOCK_ADJUSTED: (STOCK, STOCK_LEVEL),
    Kind.INVENTORY_STOCK_RECEIVED: (STOCK, STOCK_LEVEL),
    Kind.INVENTORY_STOCK_SOLD: (STOCK, STOCK_LEVEL),
    Kind.INVENTORY_STOCK_RETURNED: (STOCK, STOCK_LEVEL),
    Kind.INVENTORY_DISCLOSURE_CHANGED: (STOCK, STOCK_LEVEL),
}

SILENT = frozenset(
    {
        Kind.ACCOUNTS_COMPANY_REGISTERED,
        Kind.ACCOUNTS_COMPANY_APPROVED,
        Kind.ACCOUNTS_MEMBER_ADDED,
        Kind.ACCOUNTS_MEMBER_REMOVED,
        Kind.ACCOUNTS_ROLE_CHANGED,
        Kind.ACCOUNTS_API_TOKEN_CREATED,
        Kind.ACCOUNTS_API_TOKEN_REVOKED,
        Kind.CATALOG_PRODUCT_CREATED,
        Kind.CATALOG_PRODUCT_EDITED,
        Kind.CATALOG_PRODUCT_PUBLISHED,
        Kind.CATALOG_PRODUCT_PAUSED,
        Kind.MARKET_LOADED,
    }
)
"""Nobody's page shows what these change, or it shows it at the next visit."""


def due_for(event: Event) -> list[Due]:
    """What an event makes due. All its topics share the subject's key."""
    versions = [(push, push.version(event)) for push in PUSHES.get(Kind(event.kind), ())]
    return [Due(push, _key(event), version) for push, version in versions if version is not None]


def _key(event: Event) -> int:
    return int(event.subject.partition(":")[2])
