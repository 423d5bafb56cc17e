"""Filters with what they mean to the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Model, QuerySet

from backend.accounts.models import Company
from backend.catalog.models import Category
from backend.catalog.search import bands
from backend.catalog.search.models import SearchEntry
from backend.catalog.search.port import CATEGORY, IN_STOCK, PRICE, SELLER, Buyer, Filters
from backend.catalog.search.sight import seen_by
from backend.catalog.search.words import any_of, attribute_lexeme, category_lexeme, seller_lexeme

NOBODY = 0
"""The id of what an address names and nobody has: nothing is found there."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is searched among: for one buyer, with ids in place of names."""

    buyer: Buyer
    category_id: int | None = None
    company_id: int | None = None
    in_stock: bool = False
    price: str = ""
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def active(self) -> Sequence[str]:
        """The facets that something was chosen of."""
        chosen = {CATEGORY: self.category_id is not None, SELLER: self.company_id is not None}
        chosen |= {IN_STOCK: self.in_stock, PRICE: bool(self.price)}
        return [*(key for key, is_chosen in chosen.items() if is_chosen), *self.attributes]

    def without(self, facet: str) -> Narrowing:
        """The same with nothing chosen of one facet: what its other answers are counted in."""
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
        rows = seen_by(self.buyer)
        if self.in_stock:
            rows = rows.filter(in_stock=True)
        if self.price:
            rows = rows.filter(bands.within(self.price))
        if with_ids and self.category_id is not None:
            rows = rows.filter(category_id=self.category_id)
        return rows.filter(company_id=self.company_id) if with_ids and self.company_id is not None else rows


def narrow(filters: Filters, buyer: Buyer) -> Narrowing:
    """Looks up what the filters name: one query for a category, one for a seller."""
    return Narrowing(
        buyer,
        category_id=_id(Category.objects.filter(slug=filters.category)) if filters.category else None,
        company_id=_id(Company.objects.filter(slug=filters.seller)) if filters.seller else None,
        in_stock=filters.in_stock,
        price=filters.price,
        attributes=filters.attributes,
    )


def _id(rows: QuerySet[Model]) -> int:
    return rows.values_list("pk", flat=True).first() or NOBODY
