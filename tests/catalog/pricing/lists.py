"""Northfield's price lists, as a test wants them."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from backend.catalog.lists.actions import Changes, ListDraft, change_entries, create_price_list, move_price_list
from backend.catalog.lists.models import PriceList
from backend.catalog.lists.states import ListKind, ListState
from backend.catalog.models import Sku
from backend.catalog.pricing import Buyer, Line, Priced, price_lines
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.pricing.contradictions import Entry
from backend.catalog.pricing.terms import Step
from backend.core.money import UnitPrice
from tests.cast import Cast, actor_of


def fixed(sku: Sku, quantity: int, pence: str | int, *, dearer: bool = False) -> Entry:
    return Entry(sku.code, Step(quantity, UnitPrice(Decimal(pence)), may_be_dearer=dearer))


def off(sku: Sku, quantity: int, percent: str | int) -> Entry:
    return Entry(sku.code, Step(quantity, percent=Decimal(percent)))


def draft_list(cast: Cast, name: str = "Trade", **changed: Any) -> PriceList:
    """A draft for Cornershop, unless said otherwise."""
    given: dict[str, Any] = {"kind": ListKind.CUSTOMER, "companies": ["Cornershop"], **changed}
    return create_price_list(cast.northfield, ListDraft(name, **given), key=uuid4().hex, actor=actor_of(cast.sally))


def put(cast: Cast, price_list: PriceList, *entries: Entry) -> PriceList:
    price_list.refresh_from_db()
    return change_entries(price_list, Changes(entries), seen=price_list.version, actor=actor_of(cast.sally))


def in_force(cast: Cast, *entries: Entry, **changed: Any) -> PriceList:
    """A list that counts."""
    price_list = draft_list(cast, **changed)
    if entries:
        price_list = put(cast, price_list, *entries)
    return move_price_list(price_list, ListState.ACTIVE, actor=actor_of(cast.sally))


def buyer(cast: Cast) -> Buyer:
    return buyer_of_company(cast.cornershop)


def priced(cast: Cast, sku: Sku, quantity: int = 1, who: Buyer | None = None) -> Priced | None:
    line = Line(sku.pk, quantity)
    return price_lines([line], who or buyer(cast)).get(line)


def pence(cast: Cast, sku: Sku, quantity: int = 1, who: Buyer | None = None) -> str:
    """What a unit costs, in pence; empty where nobody says."""
    found = priced(cast, sku, quantity, who)
    return f"{found.unit_price.minor.normalize():f}" if found else ""
