"""The lists of stock-keeping go out as files: all of their pages, and nothing of another company."""

import csv
import io
from datetime import date

import pytest
from django.db.models import F
from django.test import Client
from python_calamine import CalamineWorkbook

from backend.catalog.queries import EXPORTED_AT_ONCE
from backend.inventory.actions import adjust_stock
from backend.inventory.limits.actions import set_default_low_mark
from backend.inventory.lots.actions import keep_by_lots
from backend.inventory.models import StockMove
from backend.inventory.movements.queries import every_move
from tests.cast import Cast, actor_of
from tests.routes import incoming_of

STOCK = "/c/northfield/inventory/"


@pytest.fixture
def wes(cast: Cast, client: Client) -> Client:
    client.force_login(cast.wes)
    return client


def table(client: Client, url: str) -> list[dict[str, str]]:
    response = client.get(f"{STOCK}{url}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_every_movement_of_a_sku_goes_out_the_newest_first(cast: Cast, wes: Client) -> None:
    for by in (-5, 12):
        adjust_stock(cast.mug, cast.shelf, by=by, reason="=broken", key=str(by), actor=actor_of(cast.wes))
    where = f"skus/{cast.mug.pk}/movements/export"
    newest, older, *_rest = table(wes, f"{where}.csv")
    assert (newest["Change"], newest["On hand after"], older["Change"]) == ("12", "307", "-5")
    assert (newest["Reason"], newest["Who"], newest["Warehouse"]) == ("'=broken", "Wes", cast.shelf.name)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(wes.get(f"{STOCK}{where}.xlsx").getvalue()))
    assert sheet.get_sheet_by_index(0).to_python()[1][-1] == 307
    assert f'href="{STOCK}{where}.csv"' in wes.get(f"{STOCK}skus/{cast.mug.pk}/").content.decode()
    assert wes.get(f"{STOCK}skus/{cast.kettle.pk}/movements/export.csv").status_code == 404


def test_more_movements_than_are_read_at_once_go_out_without_a_gap(cast: Cast) -> None:
    first = StockMove.objects.scoped(item=cast.mug.pk).order_by("seq").first()
    assert first
    more = EXPORTED_AT_ONCE + 1
    StockMove.objects.bulk_create(
        StockMove(item_id=cast.mug.pk, level_id=first.level_id, seq=seq, kind="adjustment", quantity=1, on_hand_after=1)
        for seq in range(first.seq + 1, first.seq + more)
    )
    type(first.item).objects.of_sku(cast.mug.pk).update(last_seq=F("last_seq") + more - 1)
    assert [move.seq for move in every_move(cast.mug.pk)] == list(range(more, 0, -1))


def test_what_runs_low_is_expected_or_runs_out_goes_out(cast: Cast, wes: Client) -> None:
    set_default_low_mark(cast.northfield, 1000, actor=actor_of(cast.nora))
    low = {row["SKU"]: row for row in table(wes, "low/export.csv")}
    assert (low["85123A"]["Available"], low["85123A"]["Runs low at"], low["85123A"]["Lasts, in days"]) == (
        "300", "1000", "",
    )  # fmt: skip
    coming = incoming_of(cast.shelf, cast.mug)
    (row,) = table(wes, "incoming/export.csv")
    assert (row["SKU"], row["Expected on"], row["Still to come"]) == ("85123A", str(coming.due_on), str(coming.rest))
    keep_by_lots(cast.mug, number="L-MAY", best_before=date(2020, 5, 1), actor=actor_of(cast.wes))
    (row,) = table(wes, "lots/export.csv")
    assert (row["Lot"], row["Best before"], row["On hand"]) == ("L-MAY", "2020-05-01", "300")
    assert row["Days left"].startswith("-"), "a number, and no formula"
