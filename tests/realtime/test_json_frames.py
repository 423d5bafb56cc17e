"""What partner systems read instead of HTML."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.conf import settings

from backend.catalog.models import Sku
from backend.inventory.availability.queries import AvailabilityView
from backend.inventory.disclosure import StockState
from backend.inventory.models import MoveKind
from backend.inventory.movements.queries import MoveView
from backend.inventory.queries import Expected, LevelView, LotView, OnTheWay, StockLevelView
from realtime.json_frames import json_frame, unversioned

SHELF = LevelView(
    3, "Stoke", on_hand=300, allocated=20, reserved=5, safety=10, backorder_limit=0, available=265, version=7, packed=12
)
SHOWN = AvailabilityView(42, 9, StockState.IN_STOCK, None, "200+", date(2026, 12, 14), None, "50+")
MOVING = OnTheWay(40, "Stoke", "Leeds")
LOT = LotView("L-2031", date(2027, 3, 1), False, "Stoke", 300, packed=12)
COMING = Expected(50, date(2026, 12, 14), "Stoke", "PO-7")
MOVE = MoveView(42, 118, datetime.now(UTC), MoveKind.ADJUSTMENT, "breakage", "", "Nora", "Stoke", -12, 288)
PAGE = settings.ROOT / "docs" / "api" / "live-for-partners.md"


@dataclass(frozen=True)
class Parcel:
    seq: int
    weighed_at: datetime
    weight: Decimal
    labels: dict[str, tuple[str, ...]]
    is_open: bool


def test_a_state_is_its_querys_fields_under_topic_and_version() -> None:
    shown = AvailabilityView(42, 9, StockState.LOW, 12, "")
    assert json_frame("stock:42", 9, "replace", shown) == (
        b'{"topic":"stock:42","v":9,"push":"replace","data":{"sku_id":42,"state":"low","quantity":12,"band":"",'
        b'"more_on":null,"more":null,"more_band":""}}'
    )


def test_what_lies_inside_is_written_too() -> None:
    frame = json.loads(json_frame("stock_level:42", 10, "replace", StockLevelView(42, 10, [SHELF], SHOWN)))
    assert frame["data"]["levels"] == [
        {
            "warehouse_id": 3,
            "warehouse": "Stoke",
            "on_hand": 300,
            "allocated": 20,
            "reserved": 5,
            "safety": 10,
            "backorder_limit": 0,
            "available": 265,
            "version": 7,
            "packed": 12,
            "reserved_until": None,
        }
    ]


def test_moments_are_in_utc_and_decimals_keep_every_digit() -> None:
    at = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    frame = json.loads(json_frame("parcel:1", 4, "append", Parcel(4, at, Decimal("1.50"), {"جهة": ("a",)}, True)))
    assert frame["data"] == {
        "weighed_at": "2026-02-28T23:30:00Z",
        "weight": "1.50",
        "labels": {"جهة": ["a"]},
        "is_open": True,
    }


def test_two_frames_that_differ_in_their_version_alone_show_the_same() -> None:
    old, new = (json_frame("stock:42", v, "replace", AvailabilityView(42, v, "low", 12, "")) for v in (9, 10))
    other = json_frame("stock:42", 10, "replace", AvailabilityView(42, 10, "low", 11, ""))
    assert old != new
    assert unversioned(old) == unversioned(new) != unversioned(other)


@pytest.mark.parametrize("shown", [Sku(code="85123A"), {"sku_id": 42}, object()])
def test_a_row_of_a_table_has_no_json(shown: object) -> None:
    with pytest.raises(TypeError, match="no dataclass of a query"):
        json_frame("stock:42", 1, "replace", shown)


def test_the_page_for_partners_shows_frames_as_they_are() -> None:
    shown = [
        AvailabilityView(42, 9, StockState.LOW, 12, ""),
        StockLevelView(42, 31, [SHELF], SHOWN, [MOVING], [COMING], True, [LOT]),
        MOVE,
    ]
    block = PAGE.read_text().partition("```json\n")[2].partition("```")[0]
    for line, view in zip(block.splitlines(), shown, strict=True):
        example = json.loads(line)
        made = json.loads(json_frame(example["topic"], example["v"], example["push"], view))
        assert skeleton(example) == skeleton(made)


def skeleton(value: object) -> object:
    """Names and types, in their order."""
    if isinstance(value, dict):
        return [(name, skeleton(content)) for name, content in value.items()]
    return [skeleton(content) for content in value] if isinstance(value, list) else type(value)
