"""The committed catalogue and stream, counted anew against the numbers of the real till."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from django.utils.text import slugify

from backend.accounts.models import CompanyKind
from backend.accounts.roles import Role
from backend.core.quantity import OrderRule
from backend.core.units import Unit
from backend.inventory.disclosure import Disclosure
from backend.market.files import DATA, Catalogue, StreamLine, read_cast, read_catalogue, read_stream, stream_length

# Half a year of sales to named customers; what its slips came to; one day's carriage that no shelf holds. In pence.
WHOLESALE, VOIDED, CARRIAGE = Decimal(327_517_504), Decimal(8_367_061), Decimal(1_500)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


@pytest.fixture(scope="module")
def stream() -> Sequence[StreamLine]:
    return list(read_stream())


@pytest.fixture(scope="module")
def sales(stream: Sequence[StreamLine]) -> Sequence[StreamLine]:
    return [line for line in stream if not line.is_return]


def test_the_stream_comes_to_the_wholesalers_turnover(sales: Sequence[StreamLine]) -> None:
    assert sum(line.price * line.quantity for line in sales) + VOIDED + CARRIAGE == WHOLESALE


def test_the_stream_has_the_wholesalers_invoices_days_and_customers(
    catalogue: Catalogue, stream: Sequence[StreamLine], sales: Sequence[StreamLine]
) -> None:
    assert (len(sales), len(stream), stream_length()) == (141_643, 144_143, 144_143)
    assert len({line.invoice for line in sales}) == 7_345
    assert len({line.at.date() for line in stream}) <= 141
    # Of 2,716 named customers one bought nothing but what was voided.
    assert {line.retailer for line in stream} == set(range(1, len(catalogue.retailers) + 1))
    assert len(catalogue.retailers) == 2_715


def test_the_stream_runs_in_time_with_one_line_for_a_product_and_price(stream: Sequence[StreamLine]) -> None:
    assert all(before.at <= after.at for before, after in pairwise(stream))
    assert max(Counter((line.invoice, line.code, line.price) for line in stream).values()) == 1


def test_an_invoice_is_of_one_retailer_and_one_minute(stream: Sequence[StreamLine]) -> None:
    heads = {(line.invoice, line.retailer, line.at) for line in stream}
    assert len(heads) == len({line.invoice for line in stream})


def test_nobody_brings_back_more_than_they_bought(stream: Sequence[StreamLine]) -> None:
    had: Counter[tuple[int, str]] = Counter()
    for line in stream:
        had[line.retailer, line.code] += line.quantity
        assert had[line.retailer, line.code] >= 0


def test_every_product_of_the_stream_is_in_the_catalogue_at_a_price(
    catalogue: Catalogue, stream: Sequence[StreamLine]
) -> None:
    priced = {product.code for product in catalogue.products if product.is_priced}
    assert {line.code for line in stream} == priced
    # 3,108 products were sold to a named customer; one of them is carriage.
    assert len(priced) == 3_107
    assert len(catalogue.products) == 3_277 - 1 + 7  # sold at a price, without carriage, with the DCGS codes


def test_every_product_can_be_ordered_and_its_tiers_are_steps_down(catalogue: Catalogue) -> None:
    for product in catalogue.products:
        rule = OrderRule(product.moq, product.increment, product.case_pack)
        assert product.unit in list(Unit)
        assert product.moq % product.increment == 0 or product.increment == 1
        starts = [start for start, _ in product.tiers]
        prices = [Decimal(price) for _, price in product.tiers]
        assert starts[:1] in ([], [1])
        assert all(rule.accepts(start) for start in starts[1:])
        assert starts == sorted(set(starts))
        assert prices == sorted(set(prices), reverse=True)


def test_the_best_known_product_has_the_best_known_ladder(catalogue: Catalogue) -> None:
    (heart,) = [product for product in catalogue.products if product.code == "85123A"]
    assert heart.name == "White Hanging Heart T-Light Holder"
    assert [tuple(tier) for tier in heart.tiers] == [(1, "295"), (32, "255")]


def test_most_of_the_stream_may_be_ordered_just_as_it_is(catalogue: Catalogue, sales: Sequence[StreamLine]) -> None:
    products = {product.code: product for product in catalogue.products}
    fitting = wanted = sold = 0
    for line in sales:
        product = products[line.code]
        units = OrderRule(product.moq, product.increment).nearest(-(-line.quantity // product.eaches))
        fitting += units * product.eaches == line.quantity
        wanted, sold = wanted + line.quantity, sold + units * product.eaches
    assert fitting / len(sales) > 0.88
    assert 1 <= sold / wanted < 1.025


def test_no_category_swallows_the_catalogue(catalogue: Catalogue) -> None:
    shares = Counter(product.category for product in catalogue.products)
    assert set(shares) == {category.name for category in catalogue.categories}
    assert 12 <= len(shares) <= 20
    assert max(shares.values()) < 0.25 * len(catalogue.products)
    assert shares["Gifts & Curiosities"] < 0.08 * len(catalogue.products)


def test_northfield_is_the_largest_and_the_busiest_seller(catalogue: Catalogue) -> None:
    sellers = {category.name: category.company for category in catalogue.categories}
    products: Counter[str] = Counter(sellers[product.category] for product in catalogue.products)
    lines: dict[str, int] = defaultdict(int)
    for product in catalogue.products:
        lines[sellers[product.category]] += product.popularity
    assert products.most_common(1)[0][0] == max(lines, key=lambda slug: lines[slug]) == "northfield"


def test_names_are_unique_and_no_longer_in_capitals(catalogue: Catalogue) -> None:
    names = [product.name for product in catalogue.products]
    assert len({name.casefold() for name in names}) == len(names)
    assert not any(name.isupper() or "  " in name for name in names)
    assert len({slugify(retailer.name) for retailer in catalogue.retailers}) == len(catalogue.retailers)


def test_countries_are_iso_codes_and_disclosures_exist(catalogue: Catalogue) -> None:
    countries = {row.country for row in catalogue.companies} | {row.country for row in catalogue.retailers}
    assert all(len(country) == 2 and country.isupper() for country in countries)
    assert {company.disclosure for company in catalogue.companies} == set(Disclosure.values)


def test_shelves_are_full_low_and_empty_on_the_first_morning(catalogue: Catalogue) -> None:
    shelves = [product.opening for product in catalogue.products if product.is_priced]
    assert 0.01 < sum(units == 0 for units in shelves) / len(shelves) < 0.06
    assert sum(units >= 50 for units in shelves) / len(shelves) > 0.8


def test_the_data_is_compact() -> None:
    assert (DATA / "catalogue.json.xz").stat().st_size < 120_000
    assert (DATA / "stream.csv.xz").stat().st_size < 750_000


def test_the_cast_plays_every_role_and_shows_three_ways_to_log_in(catalogue: Catalogue) -> None:
    cast = read_cast()
    assert {person.role for person in cast} == set(Role.values) - {Role.SYSTEM, Role.CUSTOM}
    assert {person.kind for person in cast} == set(CompanyKind.values)
    assert sorted(person.kind for person in cast if person.shown) == ["manufacturer", "platform", "retailer"]
    assert len({person.email for person in cast}) == 18
    assert all(person.email.endswith(".example") for person in cast)


def test_the_casts_companies_are_the_catalogues_but_for_the_platform_and_an_applicant(catalogue: Catalogue) -> None:
    known = {company.slug: company.name for company in catalogue.companies}
    known |= {slugify(retailer.name): retailer.name for retailer in catalogue.retailers}
    unknown = {person.slug for person in read_cast() if known.get(person.slug) != person.company}
    assert unknown == {"entrepot", "copperleaf"}


def test_what_is_called_something_in_arabic_is_there(catalogue: Catalogue) -> None:
    said = json.loads((DATA / "arabic.json").read_text(encoding="utf-8"))
    asked = json.loads((DATA / "attributes.json").read_text(encoding="utf-8"))
    definitions = {row["code"]: row for rows in asked.values() for row in rows}
    assert set(said["categories"]) == {category.name for category in catalogue.categories}
    assert set(said["attributes"]) == set(definitions)
    assert all(set(called.get("choices", {})) <= set(definitions[code].get("choices", ()))
               for code, called in said["attributes"].items())  # fmt: skip
    popular = sorted(catalogue.products, key=lambda product: -product.popularity)[:96]
    assert {product.code for product in popular} <= set(said["products"]) <= {p.code for p in catalogue.products}
    assert all(len(name) <= 160 for name in said["products"].values())
