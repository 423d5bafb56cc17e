"""Filters with what they mean to the index, and to rows in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.catalog.search import bands
from backend.catalog.search.asking import Asked
from backend.catalog.search.own_prices import OwnPrices, within_base
from backend.catalog.search.port import CATEGORY, CURRENCY, IN_STOCK, PRICE, PRICE_SORTS, SELLER, Query
from backend.catalog.search.rows import Row
from backend.catalog.search.sight import Sight
from backend.catalog.search.sql import Sql, all_of, either, is_one_of
from backend.catalog.search.terms import terms_of
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
        return not (self.in_stock or self.price or self.currency or self.is_by_price)

    # --- For rows in hand

    def fits(self, row: Row) -> bool:
        """Whether a row is left that has its own price, attributes apart: those only an index of words answers."""
        return (
            self.category_id in (None, row.category_id)
            and self.company_id in (None, row.company_id)
            and (row.in_stock or not self.in_stock)
            and self.currency in ("", row.currency)
            and self._costs(row)
        )

    def _costs(self, row: Row) -> bool:
        if not (self.is_by_price or self.price):
            return True
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
        stock = Sql("in_stock") if self.in_stock else Sql("")
        currency = Sql("currency = %s", (self.currency,)) if self.currency else Sql("")
        return all_of(self.sight.condition(), stock, currency)

    def streams(self, among: Sql) -> Sequence[Sql]:
        """Conditions that no entry fulfils two of, and that together are all that is left of `among`: what costs the
        base price, what costs a percentage less, and what is agreed. One where no band of prices is asked for."""
        common = all_of(among, self.flags)
        if not self.price:
            return [all_of(common, self.prices.known()) if self.is_by_price else common]
        return [all_of(common, piece) for piece in self._in_band()]

    def _in_band(self) -> list[Sql]:
        prices, band, currency = self.prices, self.price, self.currency
        found = [all_of(prices.untouched(), within_base(band, currency))]
        if prices.percents:
            found.append(prices.off_in(band, currency))
        if agreed := prices.agreed_in(band, currency):
            found.append(all_of(is_one_of("sku_id", agreed), prices.readable()))
        return found

    def condition(self, *, with_ids: bool = True) -> Sql:
        """The same as one condition, to look at entries with; without the ids where lexemes name them."""
        asked = self.streams(Sql(""))
        return all_of(self.ids if with_ids else Sql(""), asked[0] if len(asked) == 1 else either(*asked))


def narrow(query: Query, asked: Asked) -> Narrowing:
    """What is searched among. One query, for what stands between the buyer and the catalogue."""
    filters, is_by_price, terms = query.filters, query.sort in PRICE_SORTS, terms_of(query.buyer)
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
