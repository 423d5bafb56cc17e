"""Filters with what they mean to the index, and to rows in hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.catalog.search import bands
from backend.catalog.search.asking import Asked
from backend.catalog.search.own_prices import OwnPrices, within
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, PRICE_SORTS, SELLER, Query
from backend.catalog.search.rows import Row
from backend.catalog.search.sight import Sight
from backend.catalog.search.sql import Sql, all_of, either
from backend.catalog.search.terms import Terms
from backend.catalog.search.words import any_of, attribute_lexeme, category_lexeme, seller_lexeme


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
    def ways(self) -> Narrowing:
        """The same with nothing chosen but what an index leads to: the rest is looked at row by row."""
        return replace(self, in_stock=False, price="", currency="", is_by_price=False)

    @property
    def is_way(self) -> bool:
        """Whether an index leads to all that is asked for."""
        return not (self.in_stock or self.currency or self.asks_for_price)

    @property
    def asks_for_price(self) -> bool:
        return self.is_by_price or bool(self.price)

    # --- For rows in hand

    def fitting(self, rows: Iterable[Row]) -> list[Row]:
        """Those that are left of rows with their own prices, attributes apart: those only an index of words answers.
        Each thing that was chosen goes through what the others left: hundreds of rows are hundreds of calls otherwise.
        """
        if self.category_id is not None:
            rows = [row for row in rows if row.category_id == self.category_id]
        if self.company_id is not None:
            rows = [row for row in rows if row.company_id == self.company_id]
        if self.in_stock:
            rows = [row for row in rows if row.in_stock]
        if self.currency:
            rows = [row for row in rows if row.currency == self.currency]
        return [row for row in rows if self._costs(row)] if self.asks_for_price else list(rows)

    def _costs(self, row: Row) -> bool:
        if row.price_minor is None:
            return False
        return not self.price or bands.is_within(row.price_minor, self.price, self.currency)

    # --- For the index

    @property
    def lexemes(self) -> list[str]:
        """What the index of words answers beside words."""
        found = [any_of([category_lexeme(self.category_id)])] if self.category_id is not None else []
        found += [any_of([seller_lexeme(self.company_id)])] if self.company_id is not None else []
        return found + self.attribute_lexemes

    @property
    def attribute_lexemes(self) -> list[str]:
        return [any_of(attribute_lexeme(code, value) for value in values) for code, values in self.attributes.items()]

    @property
    def ids(self) -> Sql:
        """The category and the seller."""
        category = Sql("category_id = %s", (self.category_id,)) if self.category_id is not None else Sql("")
        seller = Sql("company_id = %s", (self.company_id,)) if self.company_id is not None else Sql("")
        return all_of(category, seller)

    @property
    def flags(self) -> Sql:
        """What is looked at row by row, prices apart."""
        return all_of(self.sight.condition(), *self._chosen())

    def _chosen(self) -> list[Sql]:
        stock = Sql("in_stock") if self.in_stock else Sql("")
        return [stock, Sql("currency = %s", (self.currency,)) if self.currency else Sql("")]

    def streams(self, among: Sql) -> Sequence[Sql]:
        """Conditions that no entry fulfils two of, and that together are all that is left of `among`: what costs the
        base price, what costs a percentage less, and what is agreed. One where no band of prices is asked for. They
        stand in a statement that `prices.over` made."""
        return self._streams(among, self.flags)

    def _streams(self, *common: Sql) -> Sequence[Sql]:
        if not self.price:
            return [all_of(*common, self.prices.known()) if self.is_by_price else all_of(*common)]
        return [all_of(*common, piece) for piece in self._in_band()]

    def _in_band(self) -> list[Sql]:
        prices, band, currency = self.prices, self.price, self.currency
        found = [all_of(within(band, currency), prices.untouched())]
        if prices.percents:
            found.append(prices.off_in(band, currency))
        return found + prices.decided_in(band, currency)

    def condition(self, *, with_sight: bool = True) -> Sql:
        """The same as one condition, to look at entries with, category and seller apart."""
        asked = self._streams(self.sight.condition() if with_sight else Sql(""), *self._chosen())
        return asked[0] if len(asked) == 1 else either(*asked)


def narrow(query: Query, asked: Asked, terms: Terms) -> Narrowing:
    """What is searched among."""
    filters, is_by_price = query.filters, query.sort in PRICE_SORTS
    return Narrowing(
        terms.sight,
        OwnPrices(terms),
        category_id=asked.category_id,
        company_id=asked.seller_id,
        in_stock=filters.in_stock,
        price=filters.price,
        currency=filters.currency or (bands.CURRENCY if is_by_price or filters.price else ""),
        is_by_price=is_by_price,
        attributes=filters.attributes,
    )
