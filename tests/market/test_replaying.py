"""The replay as a whole: its script, and the loop that may stop anywhere."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from backend.accounts.models import Company, Membership
from backend.accounts.roles import Role
from backend.core.database import direct_connection
from backend.inventory.reconcile import drift
from backend.market.derive.building import Market
from backend.market.files import stream_length
from backend.market.models import Replay
from backend.market.simulator import replaying
from backend.market.simulator.buying import Outcome
from backend.market.simulator.replaying import Simulator
from backend.market.simulator.script import Step, steps
from backend.market.simulator.stalls import open_stalls
from backend.orders.models import Order
from tests.cast import make_person
from tests.market.conftest import StopAfter


def first(play: Iterator[Step], n: int) -> list[Step]:
    return [next(play) for _ in range(n)]


def test_every_invoice_has_a_reference_of_its_own_in_every_lap(folder: Path) -> None:
    length = stream_length(folder)
    played = first(steps(0, folder), 2 * length + 1)
    assert [(one.invoice.reference, one.nth) for one in played[:4]] == [
        ("500001", 1), ("500001", 2), ("500001", 3), ("500002", 1)
    ]  # fmt: skip
    assert played[length].invoice.reference == "500001 (2)"
    assert len({(one.invoice.reference, one.nth) for one in played}) == len(played)
    assert [one.invoice.lap for one in played] == [1] * length + [2] * length + [3]


def test_the_play_resumed_anywhere_is_the_same_play(folder: Path) -> None:
    length = stream_length(folder)
    whole = first(steps(0, folder), 2 * length + 3)
    for start in (0, 1, length - 1, length, length + 7):
        assert first(steps(start, folder), 3) == whole[start : start + 3]


def test_the_real_play_starts_with_its_first_invoice() -> None:
    assert next(steps(0)).invoice.reference == "536365"
    assert next(steps(stream_length())).invoice.reference == "536365 (2)"


class CutAfter(StopAfter):
    """Cuts the connection to the database 40 lines before it tells to stop."""

    def is_set(self) -> bool:
        if self.lines == 40:
            cut_connection()
        return super().is_set()


def cut_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    with direct_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ours])


def replay(market: Market, folder: Path, lines: int, stop: type[StopAfter] = StopAfter) -> Counter[str]:
    """Replays about so many lines as fast as it goes."""
    simulator = Simulator(market.catalogue, 1000, stop(lines), folder)
    simulator.run()
    return simulator.tally


def placed() -> Counter[str]:
    """How many orders stand under each PO number."""
    return Counter(list(Order.objects.values_list("po_number", flat=True)))


def test_the_replay_goes_on_where_it_stopped_and_counters_stay_the_sum_of_moves(opened: Market, folder: Path) -> None:
    replay(opened, folder, 10)
    stood = Replay.objects.get().step
    replay(opened, folder, 10)
    assert 0 < stood < Replay.objects.get().step
    assert {"500001", "500002"} <= set(placed())
    assert drift() == []


def test_at_its_end_the_replay_starts_again(opened: Market, folder: Path) -> None:
    length = stream_length(folder)
    replay(opened, folder, length + 5)
    assert Replay.objects.get().step > length
    assert "500001 (2)" in placed()


def test_a_crash_before_the_place_was_saved_orders_nothing_twice(opened: Market, folder: Path) -> None:
    replay(opened, folder, 10)
    before = placed()
    Replay.objects.update(step=0)
    replay(opened, folder, 10)
    assert placed() == before


def test_a_cut_connection_is_made_anew_and_nothing_is_lost_or_ordered_twice(opened: Market, folder: Path) -> None:
    replay(opened, folder, 60, CutAfter)
    stalls = open_stalls(opened.catalogue)
    played = {one.invoice.reference: one for one in first(steps(0, folder), Replay.objects.get().step) if one.is_last}
    sellers = {
        reference: len({stalls[line.code].sku.company_id for line in one.invoice.lines if line.code in stalls})
        for reference, one in played.items()
        if not one.invoice.is_return
    }
    found = placed()
    assert all(count <= sellers[reference] for reference, count in found.items())
    assert len(found) > 10
    assert drift() == []


def test_the_shops_that_people_log_in_for_find_an_order_on_the_first_morning(opened: Market, folder: Path) -> None:
    shop = Company.objects.get(name=opened.catalogue.retailers[5].name)
    employ(shop)
    replay(opened, folder, 1)
    assert Order.objects.filter(buyer=shop, po_number="500024").exists()


def employ(shop: Company) -> None:
    Membership.objects.create(user=make_person("pat@gorey.example"), company=shop, role=Role.BUYER)


def test_only_one_simulator_is_at_work(opened: Market, folder: Path) -> None:
    with direct_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [replaying.SEAT])
        assert replay(opened, folder, 10) == {}
        other.execute("SELECT pg_advisory_unlock_all()")  # the server hears of a closed connection some time later
    assert replay(opened, folder, 10)[Outcome.ORDERED] > 0
