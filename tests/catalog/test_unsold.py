"""Seen, but not sold: which rule of a seller's decides what a buyer may do with an offer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product as every_pair

import pytest
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import Company
from backend.catalog.audiences.actions import AssortmentDraft, save_assortment, save_group, set_territory
from backend.catalog.lists.models import (
    Assortment,
    AssortmentAudience,
    AssortmentItem,
    CustomerGroup,
    GroupMember,
    Territory,
)
from backend.catalog.models import Product, Sku, Variant
from backend.catalog.pricing import (
    STRANGER,
    Buyer,
    Line,
    NotSold,
    asking_as,
    offers_seen,
    offers_sold,
    offers_to,
    price_cells,
    visible_skus,
)
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.search.engine import PostgresSearch
from backend.catalog.search.index import index_skus
from backend.catalog.search.port import Buyer as Searching
from backend.catalog.search.port import Filters, Place, Query
from backend.core.errors import Refused
from tests.cast import Cast, actor_of

HIDDEN, SOLD = "hidden", "sold"
SHOWN, RESERVED, TERRITORY = (each.value for each in NotSold)
RANGES = ("none", "mine with it", "mine without it", "everybody's with it", "everybody's without it")
NAMED = ("none", "me", "my group", "another")
TERRITORIES = ("none", "mine", "elsewhere hidden", "elsewhere seen", "its own: mine", "its own: elsewhere seen")


@dataclass(frozen=True)
class Rules:
    """What a seller of one SKU has laid down for a buyer in the United Kingdom."""

    range: str = "none"
    shown: str = "none"
    reserved: str = "none"
    territory: str = "none"

    @property
    def said(self) -> str:
        """The precedence of docs/features/prices.md, word for word."""
        by_audience = self._by_audience
        if by_audience == HIDDEN or self.territory == "elsewhere hidden":
            return HIDDEN
        if by_audience != SOLD:
            return by_audience
        return TERRITORY if self.territory.endswith("elsewhere seen") else SOLD

    @property
    def _by_audience(self) -> str:
        if self.shown in ("me", "my group"):
            return SHOWN
        if self.reserved != "none":
            return RESERVED if self.reserved == "another" else SOLD
        return HIDDEN if self.range.endswith("without it") else SOLD

    def lay_down(self, sku: Sku, me: Company, another: Company) -> None:
        whom = {"me": me, "another": another}
        for kind, named in (("shown", self.shown), ("reserved", self.reserved)):
            if named != "none":
                _assortment(sku, kind, whom.get(named), members=[me])
        if self.range != "none":
            _assortment(sku if self.range.endswith("with it") else None, "range", me if "mine" in self.range else None,
                        seller=sku.company, is_for_all="everybody" in self.range)  # fmt: skip
        if self.territory.startswith("its own"):
            _territory(sku.company, sku, self.territory.removeprefix("its own: "))
            _territory(sku.company, None, "elsewhere hidden")
        elif self.territory != "none":
            _territory(sku.company, None, self.territory)


def _assortment(
    sku: Sku | None,
    kind: str,
    named: Company | None,
    *,
    members: list[Company] | None = None,
    seller: Company | None = None,
    is_for_all: bool = False,
) -> None:
    owner = sku.company if sku else seller
    assert owner
    found = Assortment.objects.create(company=owner, name=kind, kind=kind, is_for_all=is_for_all)
    if sku:
        AssortmentItem.objects.create(assortment=found, sku=sku)
    if named:
        AssortmentAudience.objects.create(company=owner, assortment=found, audience_company=named)
    elif members:
        group = CustomerGroup.objects.create(company=owner, name=kind)
        GroupMember.objects.bulk_create(GroupMember(group=group, company=member) for member in members)
        AssortmentAudience.objects.create(company=owner, assortment=found, group=group)


def _territory(seller: Company, sku: Sku | None, which: str) -> None:
    countries = ["GB"] if which == "mine" else ["DE"]
    Territory.objects.create(company=seller, sku=sku, countries=countries, is_seen_elsewhere=which == "elsewhere seen")


def every_rule() -> Iterator[Rules]:
    """Each way in which a seller may have spoken of an offer, and where it may go."""
    for each in every_pair(RANGES, NAMED, NAMED):
        yield Rules(*each)
    for range_, territory in every_pair(RANGES, TERRITORIES):
        yield Rules(range_, territory=territory)
    for named, territory in every_pair(NAMED, TERRITORIES):
        yield Rules(shown=named, territory=territory)
        yield Rules(reserved=named, territory=territory)


def offers_of(rules: list[Rules], like: Sku) -> Mapping[Rules, Sku]:
    """A seller for each, with one SKU."""
    sellers = Company.objects.bulk_create(
        Company(name=f"Seller {n}", slug=f"seller-{n}", kind="manufacturer", country="GB", status="approved")
        for n in range(len(rules))
    )
    named = {"category": like.product.category, "name": "Vase", "slug": "vase", "status": "published"}
    products = Product.objects.bulk_create(Product(company=seller, **named) for seller in sellers)
    variants = Variant.objects.bulk_create(Variant(product=each) for each in products)
    skus = Sku.objects.bulk_create(
        Sku(company=each.product.company, product=each.product, variant=each, code="VASE") for each in variants
    )
    index_skus(Sku.objects.filter(pk__in=[sku.pk for sku in skus]))
    return dict(zip(rules, skus, strict=True))


def test_the_first_rule_that_speaks_decides_wherever_it_is_asked(cast: Cast) -> None:
    skus = offers_of(list(dict.fromkeys(every_rule())), cast.mug)
    for rules, sku in skus.items():
        rules.lay_down(sku, cast.cornershop, cast.eastwick)
    said = {sku.pk: rules.said for rules, sku in skus.items()}
    assert {HIDDEN, SOLD, SHOWN, RESERVED, TERRITORY} == set(said.values())

    buyer, every = buyer_of_company(cast.cornershop), list(said)
    wanted = {rules: rules.said for rules in skus}
    sold = offers_sold(buyer, every)
    assert {rules: (sold[sku.pk] or SOLD) if sku.pk in sold else HIDDEN for rules, sku in skus.items()} == wanted
    seen = {pk for pk in every if said[pk] != HIDDEN}
    assert offers_seen(buyer, every) == seen
    with asking_as(buyer):
        published = Sku.objects.across_companies(why="a test").filter(pk__in=every)
        assert set(published.filter(visible_skus(buyer)).values_list("pk", flat=True)) == seen
    searching = Searching(buyer.company_id, buyer.country, is_known=True)
    unsold = {pk: NotSold(said[pk]) for pk in seen if said[pk] != SOLD}
    for text in ("vase", ""):
        query = Query(text, buyer=searching, place=Place(size=500))
        assert set(PostgresSearch().find(query).ids) & said.keys() == seen
        bought = PostgresSearch().find(replace(query, filters=Filters(is_to_buy=True)))
        assert set(bought.ids) & said.keys() == seen - unsold.keys()
    assert {pk: cell.unsold for pk, cell in price_cells(seen, buyer).items() if cell.unsold} == unsold
    offered = offers_to(buyer, [Line(pk) for pk in every])
    assert (offered.seen, {pk: why for pk, why in offered.unsold.items() if pk in seen}) == (seen, unsold)


def test_nobody_in_particular_sees_what_is_reserved_and_buys_nothing_of_it(cast: Cast) -> None:
    cases = [
        Rules(reserved="me"),
        Rules("everybody's without it", reserved="me"),
        Rules(shown="me"),
        Rules("mine with it"),
    ]
    skus = offers_of(cases, cast.mug)
    for rules, sku in skus.items():
        rules.lay_down(sku, cast.cornershop, cast.eastwick)
    sold = offers_sold(STRANGER, [sku.pk for sku in skus.values()])
    assert [sold[sku.pk] for sku in skus.values()] == [NotSold.RESERVED, NotSold.RESERVED, None, None]


def test_a_seller_who_looks_on_sees_what_his_customer_can_not_buy_and_buys_his_own(cast: Cast) -> None:
    draft = AssortmentDraft("Dealers", [cast.mug.code], "reserved", companies=["Eastwick"])
    save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))
    own, customer = buyer_of_company(cast.northfield), buyer_of_company(cast.cornershop)
    assert offers_sold(own, [cast.mug.pk]) == {cast.mug.pk: None}
    looking_on = replace(customer, looks_on=cast.northfield.pk)
    assert offers_sold(looking_on, [cast.mug.pk, cast.kettle.pk]) == {cast.mug.pk: NotSold.RESERVED}


def test_where_goods_may_not_go_is_asked_of_the_country_that_they_go_to(cast: Cast) -> None:
    set_territory(cast.northfield, "", ["GB"], is_seen_elsewhere=True, actor=actor_of(cast.sally))
    for country, why in (("GB", None), ("IE", NotSold.TERRITORY), ("", None)):
        assert offers_sold(Buyer(cast.cornershop.pk, country), [cast.mug.pk]) == {cast.mug.pk: why}


def test_whoever_joins_the_dealers_may_buy_at_once(cast: Cast) -> None:
    group = save_group(cast.northfield, None, "Dealers", ["Eastwick"], actor=actor_of(cast.sally))
    draft = AssortmentDraft("Dealers' goods", [cast.mug.code], "reserved", groups=[group.pk])
    save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))
    shop = buyer_of_company(cast.cornershop)
    assert offers_sold(shop, [cast.mug.pk]) == {cast.mug.pk: NotSold.RESERVED}
    names = ["Eastwick", "Cornershop"]
    save_group(cast.northfield, group, "Dealers", names, seen=group.version, actor=actor_of(cast.sally))
    assert offers_sold(shop, [cast.mug.pk]) == {cast.mug.pk: None}


@pytest.mark.parametrize(("kind", "why"), [("shown", "Only a range"), ("reserved", "Only a range"), ("x", "“x” is")])
def test_only_a_range_is_for_everybody_else(cast: Cast, kind: str, why: str) -> None:
    draft = AssortmentDraft("Some", [cast.mug.code], kind, is_for_all=kind != "x")
    with pytest.raises(Refused, match=why):
        save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))


def test_a_search_says_whether_anything_may_only_be_looked_at_and_asks_nothing_more(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    me = Searching(cast.cornershop.pk, "GB", is_known=True)
    asked = Query(buyer=me), Query(buyer=me, filters=Filters(is_to_buy=True))
    assert not any(PostgresSearch().find(query).has_unsold for query in asked)
    draft = AssortmentDraft("Dealers' goods", [cast.mug.code], "reserved", companies=["Eastwick"])
    save_assortment(cast.northfield, None, draft, actor=actor_of(cast.sally))
    for query in asked:
        with django_assert_num_queries(3):
            assert PostgresSearch().find(query).has_unsold
    eastwick = Searching(cast.eastwick.pk, "GB", is_known=True)
    assert not PostgresSearch().find(Query(buyer=eastwick)).has_unsold


def test_what_is_sold_to_whom_costs_one_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    buyer, every = buyer_of_company(cast.cornershop), [cast.mug.pk, cast.plate.pk, cast.kettle.pk]
    with django_assert_num_queries(1):
        offers_sold(buyer, every)
    with django_assert_num_queries(0):
        assert offers_sold(buyer, []) == {}
