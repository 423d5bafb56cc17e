"""A list of what was found, as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.accounts.models import Company
from backend.catalog.pricing.queries import PriceCell
from backend.catalog.search import bands
from backend.catalog.search.port import (
    CATEGORY,
    CURRENCY,
    IN_STOCK,
    PRICE,
    PRICE_SORTS,
    SELLER,
    Count,
    Facet,
    FacetValue,
    Found,
    Query,
)
from backend.core.money import EXPONENTS, Money
from backend.inventory.availability.queries import ListedGood
from frontend_htmx.catalog.filters import ATTRIBUTE
from frontend_htmx.http import HtmxRequest
from frontend_htmx.templatetags.trade import money

LABELS: Mapping[str, Promise] = {
    CATEGORY: _("Category"),
    SELLER: _("Seller"),
    PRICE: _("Price"),
    CURRENCY: _("Currency"),
}
ANY: Mapping[str, Promise] = {
    CATEGORY: _("All categories"),
    SELLER: _("All sellers"),
    PRICE: _("Any price"),
    CURRENCY: _("Any currency"),
}


@dataclass(frozen=True, slots=True)
class ShownFacet:
    """One group of choices: fragment catalog/_facet.html. `any` is what the choice of nothing is called, where only one
    can be chosen."""

    name: str
    label: str
    values: tuple[FacetValue, ...]
    any: str = ""

    @property
    def is_chosen(self) -> bool:
        return any(value.is_chosen for value in self.values)


@dataclass(frozen=True, slots=True)
class ShownGood:
    """A row of a list: fragment catalog/_row.html. `company` is whose page it is, if it is a company's; `login` leads
    back to it by way of a login, where that is what it takes to see the price."""

    good: ListedGood
    price: PriceCell
    company: str = ""
    login: str = ""


def shown_goods(
    request: HtmxRequest, rows: Sequence[ListedGood], prices: Mapping[int, PriceCell]
) -> Sequence[ShownGood]:
    """The rows of a list with their prices. No query."""
    company: Company | None = getattr(request, "company", None)
    here = company.slug if company else ""
    login = f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()}, safe='/')}"
    return [ShownGood(row, cell := prices[row.pk], here, login if cell.is_withheld else "") for row in rows]


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page stands, and the marks that lead to the ones beside it."""

    first: int
    last: int
    total: Count
    previous: int | None
    next: int | None
    before: str | None
    after: str | None


def shown_facets(facets: Sequence[Facet], query: Query, *, with_prices: bool) -> Sequence[ShownFacet]:
    """What the list may be narrowed by, with its words; a facet with one answer that is not chosen narrows nothing."""
    hidden = {IN_STOCK} if with_prices else {IN_STOCK, PRICE, CURRENCY}
    currency = query.filters.currency or bands.CURRENCY
    known = [_shown(facet, currency) for facet in facets if facet.key not in hidden]
    return [facet for facet in known if len(facet.values) > 1 or facet.is_chosen or facet.name == CATEGORY]


@dataclass(frozen=True, slots=True)
class OtherCurrency:
    """How much of a list is not shown because it is priced in another currency."""

    code: str
    count: Count


def other_currencies(facets: Sequence[Facet], query: Query) -> Sequence[OtherCurrency]:
    """Where a list is sorted or narrowed by price: the currencies that are left out of it, with how much."""
    if not (query.sort in PRICE_SORTS or query.filters.price):
        return []
    counted = [value for facet in facets if facet.key == CURRENCY for value in facet.values]
    return [OtherCurrency(value.key, value.count) for value in counted if not value.is_chosen]


def in_stock_count(facets: Sequence[Facet]) -> Count:
    """How many of the list are in stock."""
    return next((value.count for facet in facets if facet.key == IN_STOCK for value in facet.values), Count(0))


def pages_of(found: Found) -> Pages:
    """The page that was found among the others."""
    number, size = found.place.number, found.place.size
    first = (number - 1) * size + 1 if found.ids else 0
    last = first + len(found.ids) - 1 if found.ids else 0
    has_next = len(found.ids) == size and (
        number * size < found.total.n or bool(found.total.is_more and found.last_mark)
    )
    return Pages(
        first,
        last,
        found.total,
        previous=number - 1 if number > 1 else None,
        next=number + 1 if has_next else None,
        before=found.first_mark or None if number > 2 else None,  # the first page needs no mark
        after=found.last_mark or None,
    )


def _shown(facet: Facet, currency: str) -> ShownFacet:
    if facet.key not in LABELS:
        return ShownFacet(ATTRIBUTE + facet.key, facet.label, tuple(facet.values))
    values = [_band(value, currency) for value in facet.values] if facet.key == PRICE else facet.values
    return ShownFacet(facet.key, str(LABELS[facet.key]), tuple(values), any=str(ANY[facet.key]))


def _band(value: FacetValue, currency: str) -> FacetValue:
    return FacetValue(value.key, _band_name(value.key, currency), value.count, value.is_chosen)


def _band_name(key: str, currency: str) -> str:
    low, high = bands.bounds_of(key)
    if high is None:
        return gettext("%(low)s and more") % {"low": _written(low, currency)}
    return gettext("%(low)s to %(high)s") % {"low": _written(low, currency), "high": _written(high, currency)}


def _written(amount: int, currency: str) -> str:
    return money(Money(amount * 10 ** EXPONENTS[currency], currency))
