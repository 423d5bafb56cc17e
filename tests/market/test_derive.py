"""The whole derivation, on the small till roll and through the command."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backend.market import files
from backend.market.derive.building import Market
from tests.market.conftest import TILL

WRITTEN = (files.CATALOGUE, files.STREAM, "SOURCE.md")


def test_every_number_that_the_rules_saw_is_told(market: Market) -> None:
    assert market.numbers == {
        "rows": 59,
        "sales invoices": 21,
        "cancellations": 8,
        "trading days": 7,
        "codes as printed": 23,
        "codes in capitals": 22,
        "product codes sold at a price": 11,
        "rows without a customer": "22.0%",
        "web-shop invoices": 1,
        "rows at price 0": 6,
        "of them without a description": 1,
        "negative quantities without a C": 4,
        "exact duplicates": 2,
        "times one code twice in an invoice": 7,
        "codes with several descriptions": 3,
        "double spaces": 4,
        "countries": 7,
        "wholesale rows": 34,
        "wholesale invoices": 13,
        "wholesale customers": 8,
        "wholesale amount": "GBP 79,374.88",
        "products sold to a named customer": 10,
        "lines of an invoice, median": 3,
        "lines of an invoice, most": 4,
        "rows of returns": 5,
        "products whose prices are: one price": 2,
        "products whose prices are: clean ladder": 1,
        "products whose prices are: contradictory": 1,
        "products whose prices are: none": 6,
        "sales voided within the hour": 1,
        "their amount": "GBP 77,183.60",
        "sale lines": 27,
        "sale invoices": 12,
        "amount of the sale lines": "GBP 2,176.28",
        "return lines": 3,
        "amount of the return lines": "GBP -1,277.70",
        "rows of returns of what was not bought before": 1,
    }


def test_what_was_sold_is_what_was_voided_what_is_replayed_and_one_carriage(market: Market) -> None:
    replayed = sum(line.price * line.quantity for line in market.stream if not line.is_return)
    assert Decimal("7937488") == Decimal("7718360") + replayed + 1500


def test_the_stream_is_in_the_order_of_time(market: Market) -> None:
    times = [line.at for line in market.stream]
    assert times == sorted(times)


def test_every_customer_is_a_retailer_in_the_country_with_most_of_their_lines(market: Market) -> None:
    countries = [retailer.country for retailer in market.catalogue.retailers]
    assert countries == ["GB", "BE", "IE", "BE", "GB", "JE", "GB"]
    assert {line.retailer for line in market.stream} == set(range(1, 8))


def test_the_same_till_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "once", tmp_path / "again"):
        folder.mkdir()
        call_command("derive_market", TILL, into=folder, verbosity=0, stdout=StringIO())
    for name in WRITTEN:
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_what_is_written_is_what_is_read(tmp_path: Path, market: Market) -> None:
    files.write_catalogue(market.catalogue, tmp_path)
    files.write_stream(market.stream, tmp_path)
    assert [product.name for product in files.read_catalogue(tmp_path).products] == [
        product.name for product in market.catalogue.products
    ]
    assert list(files.read_stream(tmp_path)) == list(market.stream)
    assert files.stream_length(tmp_path) == len(market.stream)


def test_the_place_of_the_source_is_written_nowhere(tmp_path: Path) -> None:
    call_command("derive_market", TILL, into=tmp_path, stdout=StringIO())
    assert str(TILL.parent) not in (tmp_path / "SOURCE.md").read_text()


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv"):
        call_command("derive_market", tmp_path / "nowhere.csv", into=tmp_path)
