"""How numbers, prices, moments and goods are written and drawn."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from backend.core.money import Money, UnitPrice
from backend.inventory.movements.queries import HistoryPoint
from frontend_htmx.catalog.drawings import CATEGORIES, FALLBACK, THINGS, drawing_of
from frontend_htmx.inventory.chart import draw_history
from frontend_htmx.templatetags import trade

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "written"),
    [
        ("295", "£2.95"),
        ("250", "£2.50"),
        ("1.25", "£0.0125"),
        ("221.25", "£2.2125"),
        ("0", "£0.00"),
        ("123456700", "£1,234,567.00"),
    ],
)
def test_a_unit_price_has_its_coins_and_as_many_decimals_as_it_needs(minor: str, written: str) -> None:
    assert trade.price(UnitPrice(Decimal(minor))) == written


def test_a_settled_amount_has_exactly_its_coins() -> None:
    assert trade.money(Money(3540)) == "£35.40"


def test_arabic_places_the_sign_where_arabic_does_and_keeps_the_trades_digits() -> None:
    with override("ar"):
        assert "2.95" in trade.price(UnitPrice(Decimal(295)))
        assert trade.price(UnitPrice(Decimal(295))).endswith("£")
        assert trade.whole(12000) == "12,000"
        assert trade.country("GB") == "المملكة المتحدة"


@pytest.mark.parametrize(("number", "written"), [(12, "+12"), (-1200, "−1,200"), (0, "0")])
def test_a_change_is_never_mistaken_for_a_level(number: int, written: str) -> None:
    assert trade.signed(number) == written


def test_a_moment_is_written_in_utc_for_whoever_has_no_scripts() -> None:
    assert trade.moment(NOON) == '<time datetime="2026-05-03T12:00:00+00:00">3 May 2026, 12:00 UTC</time>'


def test_an_unknown_country_is_written_as_its_code() -> None:
    assert trade.country("XX") == "XX"


def test_every_drawing_that_may_be_asked_for_is_drawn() -> None:
    sprite = (Path(settings.ROOT) / "frontend_htmx" / "static" / "drawings.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    assert drawn == CATEGORIES | set(THINGS.values()) | {FALLBACK}


@pytest.mark.parametrize(
    ("category", "name", "drawn"),
    [
        ("kitchen-bath", "Set of 3 Cake Tins Pantry Design", "tin"),
        ("kitchen-bath", "Jam Making Set", "kitchen-bath"),
        ("no-such-category", "Thing", "goods"),
        ("lighting", "", "lighting"),
    ],
)
def test_a_product_is_drawn_as_what_its_name_says_else_as_its_category(category: str, name: str, drawn: str) -> None:
    assert drawing_of(category, name) == drawn


def test_stock_over_time_is_drawn_in_steps_from_left_to_right() -> None:
    points = [HistoryPoint(NOON + timedelta(hours=h), on_hand) for h, on_hand in ((0, 100), (1, 50), (4, 0))]
    picture = draw_history(points)
    assert picture is not None
    assert picture.line == "M0 0H180V80H720V160"
    assert picture.area == picture.line + "V160H0Z"
    assert (picture.highest, picture.began, picture.ended) == (100, NOON, NOON + timedelta(hours=4))


@pytest.mark.parametrize("count", [0, 1])
def test_what_has_hardly_moved_has_no_picture(count: int) -> None:
    assert draw_history([HistoryPoint(NOON, 5)] * count) is None
    assert draw_history([HistoryPoint(NOON, 5)] * 2) is None, "all in one moment"


def test_nothing_at_all_is_drawn_as_a_flat_line() -> None:
    picture = draw_history([HistoryPoint(NOON, 0), HistoryPoint(NOON + timedelta(hours=1), 0)])
    assert picture is not None
    assert picture.line == "M0 160H720V160"
