"""Filters with what they mean to the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Model, Q, QuerySet

from backend.accounts.models import Company
from backend.catalog.models import Category
from backend.catalog.search import bands
from backend.catalog.search.models import SearchEntry
from backend.catalog.search.own_prices import OwnPrices
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, PRICE_SORTS, SELLER, Query
from backend.catalog.search.sight import Sight, sight_of
from backend.catalog.search.words import any_of, attribute_lexeme, category_lexeme, seller_lexeme

NOBODY = 0
"""The id of what an address names and nobody has: nothing is found there."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is searched among: for one buyer, with ids in place of names."""

    sight: Sight
    prices: OwnPrices
    category_id: int | None = None
    company_id: int | None = None
    in_stock: bool = False
    price: str = ""
    currency: str = ""
    is_by_price: bool = False
    """Sorted by price stands what has one."""
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def active(self) -> Sequence[str]:
        """The facets that something was chosen of."""
        chosen = {CATEGORY: self.category_id is not None, SELLER: self.company_id is not None}
        chosen |= {IN_STOCK: self.in_stock, PRICE: bool(self.price), CURRENCY: bool(self.currency)}
        return [*(key for key, is_chosen in chosen.items() if is_chosen), *self.attributes]

    def without(self, facet: str) -> Narrowing:
        """The same with nothing chosen of one facet: what its other answers are counted in."""
        if facet == CURRENCY:
            return replace(self, currency="", price="", is_by_price=False)  # no other currency has that order
        others = {code: values for code, values in self.attributes.items() if code != facet}
        changed: dict[str, object] = {CATEGORY: None, SELLER: None, IN_STOCK: False, PRICE: ""}
        name = {CATEGORY: "category_id", SELLER: "company_id"}.get(facet, facet)
        return replace(self, **{name: changed[facet]} if facet in changed else {"attributes": others})

    @property
    def lexemes(self) -> list[str]:
        """What the index of words answers."""
        found = [any_of([category_lexeme(self.category_id)])] if self.category_id is not None else []
        found += [any_of([seller_lexeme(self.company_id)])] if self.company_id is not None else []
        return found + self.attribute_lexemes

    @property
    def attribute_lexemes(self) -> list[str]:
        return [any_of(attribute_lexeme(code, value) for value in values) for code, values in self.attributes.items()]

    def entries(self, *, with_ids: bool = True) -> QuerySet[SearchEntry]:
        """All entries that are left; without the ids where the query's lexemes name them."""
        return self.sight.entries().filter(self.condition(with_ids=with_ids))

    def condition(self, *, with_ids: bool = True) -> Q:
        """What an entry has to be to be left, attributes apart: those only an index of words answers."""
        asked: dict[str, object] = {"in_stock": True} if self.in_stock else {}
        asked |= {"currency": self.currency} if self.currency else {}
        if with_ids:
            asked |= {"category_id": self.category_id} if self.category_id is not None else {}
            asked |= {"company_id": self.company_id} if self.company_id is not None else {}
        found = Q(**asked)
        if self.is_by_price or self.price:
            found &= self.prices.known()
        return found & self.prices.within(self.price, self.currency) if self.price else found

    @property
    def is_narrow(self) -> bool:
        return bool(self.condition())


def narrow(query: Query) -> Narrowing:
    """What is searched among. One query for what the buyer may see, one for a category, one for a seller."""
    filters, is_by_price = query.filters, query.sort in PRICE_SORTS
    return Narrowing(
        sight_of(query.buyer),
        OwnPrices(query.buyer),
        category_id=_id(Category.objects.filter(slug=filters.category)) if filters.category else None,
        company_id=_id(Company.objects.filter(slug=filters.seller)) if filters.seller else None,
        in_stock=filters.in_stock,
        price=filters.price,
        currency=filters.currency or (bands.CURRENCY if is_by_price or filters.price else ""),
        is_by_price=is_by_price,
        attributes=filters.attributes,
    )


def _id(rows: QuerySet[Model]) -> int:
    return rows.values_list("pk", flat=True).first() or NOBODY
