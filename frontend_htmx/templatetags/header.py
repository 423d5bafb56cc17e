"""Who reads a page and where they are, as its header says it: what two pages say alike is written once (kept.py).

{% load header kept %}{% header as header %}{% kept "parts/header.html" header=header %}
"""

import re
from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest

from backend.accounts.models import Company, CompanyKind
from backend.orders.credit.policies import can_give_credit
from backend.orders.requisitions.policies import can_see_requisitions
from frontend_htmx.catalog.buying import catalogue_address, searches_address
from frontend_htmx.http import CompanyRequest

register = template.Library()

_A_SINGLE_THING = re.compile(r"[^/]*\d.*")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the companies that a person may act for."""

    slug: str
    name: str
    kind: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is logged in. `searches` is the address of what they saved."""

    name: str
    email: str
    searches: str
    companies: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What the acting company does here. `path` ends before it names a single thing: all orders are one place."""

    slug: str
    company: str
    kind: str
    sells: bool
    gives_credit: bool
    sees_requisitions: bool
    path: str

    @property
    def buys(self) -> bool:
        return self.kind in (CompanyKind.RETAILER, CompanyKind.DISTRIBUTOR)


@dataclass(frozen=True, slots=True)
class Header:
    """Fragment parts/header.html. `catalogue` is the address of the one that this page's reader searches."""

    catalogue: str
    reader: Reader | None
    place: Place | None


@register.simple_tag(takes_context=True)
def header(context: dict[str, Any]) -> Header:
    """Whose page this is: nobody's, a person's, or what the acting company does here."""
    request: Any = context.get("request")
    company: Company | None = getattr(request, "company", None)
    return Header(catalogue_address(request), _reader(request), _place(request, company) if company else None)


def _reader(request: Any) -> Reader | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    here = request.company
    choices = (Choice(each.slug, each.name, each.get_kind_display(), each == here) for each in request.companies)
    return Reader(here.name if here else user.name or user.email, user.email, searches_address(request), tuple(choices))


def _place(request: CompanyRequest, company: Company) -> Place:
    return Place(
        company.slug,
        company.name,
        company.kind,
        company.sells,
        gives_credit=can_give_credit(request.actor, company),
        sees_requisitions=can_see_requisitions(request.actor),
        path=_place_in(request, company.slug),
    )


def _place_in(request: HttpRequest, slug: str) -> str:
    begins = f"/c/{slug}/"
    return begins + _A_SINGLE_THING.sub("", request.path.removeprefix(begins), count=1)
