"""What the reconciler finds stands on the operators' page until it is mended."""

from django.test import Client

from backend.events.models import Event
from backend.inventory.drifting.queries import drifts
from backend.inventory.models import Drifted, StockLevel
from backend.inventory.tasks import reconcile_stock
from tests.cast import Cast
from tests.live import assert_live

WATCH, FLOOR = "/c/platform/watch/", "/c/platform/floor/"


def shift(cast: Cast, by: int) -> None:
    """Past the one place that writes a move with each change."""
    level = StockLevel.objects.get(item=cast.mug.pk, warehouse=cast.shelf)
    StockLevel.objects.this(level).update(on_hand=level.on_hand + by)


def test_a_counter_that_drifted_is_shown_until_it_is_mended(cast: Cast) -> None:
    reconcile_stock(0)
    shift(cast, 3)
    assert reconcile_stock(0) == 1
    (found,) = drifts()
    assert (found.sku, found.warehouse, found.seller) == (cast.mug.code, cast.shelf.name, cast.northfield.name)
    assert (found.counter, found.by, found.says - found.adds_up_to) == ("on_hand", 3, 3)
    shift(cast, 1)
    reconcile_stock(0)
    (later,) = drifts()
    assert (later.by, later.since) == (4, found.since)
    shift(cast, -4)
    reconcile_stock(0)
    assert list(drifts()) == []


def test_what_stays_as_it_is_is_told_once_and_written_once(cast: Cast) -> None:
    shift(cast, 3)
    for _ in range(3):
        reconcile_stock(0)
    assert Event.objects.filter(kind="events.watch_moved").count() == 1
    assert Drifted.objects.count() == 1


def test_a_drift_reaches_the_watch_and_the_floor(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    for page in (WATCH, FLOOR):
        with assert_live(client, page):
            shift(cast, 3)
            reconcile_stock(0)
        with assert_live(client, page):
            shift(cast, -3)
            reconcile_stock(0)
