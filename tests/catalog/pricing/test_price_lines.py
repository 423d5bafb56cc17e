"""What lines cost whom: read in sets, by the database's clock, and never out of somebody else's list."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries

from backend.accounts.models import Company
from backend.catalog.audiences.actions import save_group, set_price_login
from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.states import ListKind
from backend.catalog.models import Product, SellerTerms, Sku, TierPrice, Variant
from backend.catalog.pricing import STRANGER, Buyer, Line, Rule, price_cells, price_lines
from backend.core.row_security import acting_for
from tests.cast import Cast, actor_of
from tests.catalog.pricing.lists import buyer, draft_list, fixed, in_force, off, pence, priced


def test_without_a_list_the_base_ladder_counts(cast: Cast) -> None:
    assert [pence(cast, cast.mug, n) for n in (1, 31, 32)] == ["295", "295", "255"]
    found = priced(cast, cast.mug, 40)
    assert found
    assert (found.list, found.rule, found.tier) == (None, Rule.BASE, 32)


def test_a_customers_list_is_for_that_customer(cast: Cast) -> None:
    in_force(cast, fixed(cast.mug, 1, 240), off(cast.plate, 12, 10))
    assert pence(cast, cast.mug) == "240"
    assert [pence(cast, cast.plate, n) for n in (1, 12, 32)] == ["295", "265.5", "229.5"]
    found = priced(cast, cast.plate, 32)
    assert found
    why = found.explanation
    assert (why.list and why.list.name, why.rule, why.tier, why.base_tier) == ("Trade", Rule.PERCENT, 12, 32)
    assert why.base
    assert why.base.minor == 255
    for other in (Buyer(cast.eastwick.pk), Buyer(), Buyer(cast.northfield.pk)):
        assert pence(cast, cast.mug, 1, other) == "295"


def test_a_group_is_a_seller_s_own_word_for_some_companies(cast: Cast) -> None:
    group = save_group(cast.northfield, None, "Gift shops", ["cornershop"], actor=actor_of(cast.sally))
    in_force(cast, fixed(cast.mug, 1, 200), kind=ListKind.GROUP, companies=[], groups=[group.pk])
    assert pence(cast, cast.mug) == "200"
    save_group(cast.northfield, group, "Gift shops", [], seen=group.version, actor=actor_of(cast.sally))
    assert pence(cast, cast.mug) == "295"


def test_the_strongest_list_counts_for_the_skus_that_it_names(cast: Cast) -> None:
    in_force(cast, name="Everybody", kind=ListKind.PUBLIC, companies=[], percent=Decimal(10))
    in_force(cast, fixed(cast.mug, 1, 280), name="Customer")
    in_force(cast, fixed(cast.mug, 1, 290), name="Contract", kind=ListKind.CONTRACT)
    assert pence(cast, cast.mug) == "290", "a contract counts, though another list is cheaper"
    assert pence(cast, cast.plate) == "265.5", "neither of the others names it"
    assert pence(cast, cast.mug, 1, Buyer()) == "265.5"


def test_a_draft_prices_nothing_and_neither_does_a_paused_list(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 200))
    for state in ("draft", "paused", "archived"):
        PriceList.objects.filter(pk=price_list.pk).update(state=state)
        assert pence(cast, cast.mug) == "295"


def test_a_schedule_is_read_by_the_databases_clock(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 200))
    rows = PriceList.objects.filter(pk=price_list.pk)
    rows.update(ends_at=Now() - timedelta(seconds=1), starts_at=Now() - timedelta(hours=1))
    assert pence(cast, cast.mug) == "295", "it has ended"
    rows.update(ends_at=Now() + timedelta(hours=1))
    assert pence(cast, cast.mug) == "200"
    rows.update(starts_at=F("ends_at") - timedelta(minutes=1))
    assert pence(cast, cast.mug) == "295", "it has not begun"
    price_list.refresh_from_db()
    line = Line(cast.mug.pk)
    found = price_lines([line], buyer(cast), at=price_list.starts_at)
    assert found[line].unit_price.minor == 200
    assert price_list.ends_at
    assert price_lines([line], buyer(cast), at=price_list.ends_at)[line].unit_price.minor == 295


def test_a_list_counts_in_its_own_currency_alone(cast: Cast) -> None:
    TierPrice.objects.create(sku=cast.mug, unit_price_minor=350, currency="EUR")
    in_force(cast, currency="EUR", percent=Decimal(10))
    line = Line(cast.mug.pk)
    assert price_lines([line], buyer(cast))[line].unit_price.minor == 295
    assert price_lines([line], buyer(cast), "EUR")[line].unit_price.minor == 315
    assert price_lines([line], buyer(cast), "USD") == {}
    SellerTerms.objects.update_or_create(company=cast.northfield, defaults={"currency": "EUR"})
    assert price_lines([line], buyer(cast))[line].unit_price.currency == "EUR"


def test_a_stranger_reads_prices_only_of_sellers_who_show_them(cast: Cast) -> None:
    in_force(cast, kind=ListKind.PUBLIC, companies=[], percent=Decimal(10))
    cells = price_cells([cast.mug.pk, cast.kettle.pk], STRANGER)
    assert cells[cast.mug.pk].is_withheld
    set_price_login(cast.northfield, prices_need_login=False, actor=actor_of(cast.nora))
    cells = price_cells([cast.mug.pk, cast.kettle.pk], STRANGER)
    assert cells[cast.kettle.pk].is_withheld
    single = cells[cast.mug.pk].single
    assert single
    assert single.priced.unit_price.minor == Decimal("265.5")


def test_a_thousand_lines_cost_one_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    groups = [
        save_group(cast.northfield, None, f"Group {n}", ["Cornershop"], actor=actor_of(cast.sally)) for n in range(3)
    ]
    skus = make_skus(cast, 500)
    lists = [in_force(cast, percent=Decimal(1), name="Mine")]
    for group in groups:
        lists.append(in_force(cast, percent=Decimal(5), name=group.name, kind="group", companies=[], groups=[group.pk]))
    PriceListEntry.objects.bulk_create(
        PriceListEntry(price_list=each, sku=sku, min_quantity=quantity, unit_price_minor=500 - quantity)
        for each in lists
        for sku in skus[::2]
        for quantity in (1, 10)
    )
    for count in (1, 1000):
        lines = [Line(sku.pk, quantity) for quantity in (1, 12) for sku in skus][:count]
        with django_assert_num_queries(1):
            assert len(price_lines(lines, buyer(cast))) == count
    with django_assert_num_queries(1):
        assert len(price_cells([sku.pk for sku in skus], buyer(cast))) == len(skus)


def make_skus(cast: Cast, count: int) -> list[Sku]:
    product = Product.objects.get(pk=cast.mug.product_id)
    variants = Variant.objects.bulk_create(Variant(product=product, position=n) for n in range(count))
    skus = Sku.objects.bulk_create(
        Sku(company_id=product.company_id, product=product, variant=variant, code=f"V{n}")
        for n, variant in enumerate(variants)
    )
    TierPrice.objects.bulk_create(TierPrice(sku=sku, unit_price_minor=600) for sku in skus)
    return skus


def test_the_words_of_one_company_s_list_stand_in_nobody_else_s_explanation(cast: Cast) -> None:
    in_force(cast, fixed(cast.mug, 1, 200), name="Secret")
    third = Company.objects.create(name="Third", slug="third", kind="retailer", country="GB", status="approved")
    for who in (Buyer(third.pk), Buyer(), Buyer(cast.eastwick.pk)):
        assert "Secret" not in repr(price_cells([cast.mug.pk], who))


def test_postgresql_itself_shows_a_list_to_its_seller_and_its_buyers_alone(cast: Cast) -> None:
    price_list = in_force(cast, fixed(cast.mug, 1, 200))
    draft_list(cast, name="Draft")
    lists, lines = "SELECT count(*) FROM catalog_pricelist", "SELECT count(*) FROM catalog_pricelistentry"
    for company, seen in ((cast.northfield, (2, 1)), (cast.cornershop, (1, 1)), (cast.eastwick, (0, 0))):
        with acting_for(company.pk), connection.cursor() as cursor:
            found = tuple(cursor.execute(query).fetchone()[0] for query in (lists, lines))
        assert found == seen, company
    with acting_for(cast.cornershop.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_pricelist SET name = 'Mine' WHERE id = %s", [price_list.pk])
        assert cursor.rowcount == 0, "who reads a list does not write it"
