"""The replay: real sales and returns through the sellers' own actions, stopped and resumed at any moment."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from backend.accounts.models import Membership
from backend.accounts.roles import Role
from backend.catalog.models import Product, Sku
from backend.catalog.states import ProductStatus
from backend.core.database import direct_connection
from backend.inventory.models import MoveKind, StockLevel, StockMove
from backend.inventory.reconcile import drift
from backend.market import files
from backend.market.actions import open_market
from backend.market.derive.building import Market
from backend.market.files import StreamLine, read_cast, stream_length
from backend.market.models import Delivery, LostSale, Replay
from backend.market.simulator import replaying
from backend.market.simulator.pacing import BackOff, Pace
from backend.market.simulator.replaying import Simulator
from backend.market.simulator.restocking import LEAST_LEAD, MOST_LEAD, order_all_low, take_in
from backend.market.simulator.script import Step, steps
from backend.market.simulator.stalls import Stall, open_stalls
from backend.market.simulator.trading import Outcome, trade


@pytest.fixture
def stalls(market: Market, db: None) -> dict[str, Stall]:
    """The market of the small till roll, open, with everything that is for sale there."""
    open_market(market.catalogue, read_cast())
    return dict(open_stalls(market.catalogue))


def step(quantity: int, *, code: str = "85123A", nth: int = 1, number: int = 0, retailer: int = 1) -> Step:
    """One line of invoice 536365, in eaches."""
    at = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001 - the till's wall clock
    return Step(number, 1, f"536365/{nth}", StreamLine(at, "536365", retailer, code, quantity, Decimal(295)))


def on_hand(stall: Stall) -> int:
    return sum(StockLevel.objects.filter(item=stall.sku.pk).values_list("on_hand", flat=True))


def set_on_hand(stall: Stall, units: int) -> None:
    """Leaves so many units in the main warehouse and none elsewhere."""
    StockLevel.objects.filter(item=stall.sku.pk).update(on_hand=0)
    StockLevel.objects.filter(item=stall.sku.pk, warehouse=stall.warehouse).update(on_hand=units)


# --- One line ---------------------------------------------------------------------------------------------------------


def test_a_line_takes_its_units_off_the_shelf_under_its_reference(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    assert trade(step(8), heart) == Outcome.SOLD
    sale = StockMove.objects.get(kind=MoveKind.SALE)
    assert (on_hand(heart), sale.quantity, sale.reference) == (before - 8, -8, "536365/1")
    assert Membership.objects.get(user=sale.actor_id).role == Role.SYSTEM


def test_a_line_replayed_twice_sells_once(stalls: dict[str, Stall]) -> None:
    trade(step(8), stalls["85123A"])
    trade(step(8), stalls["85123A"])
    assert StockMove.objects.filter(kind=MoveKind.SALE).count() == 1


def test_what_may_not_be_ordered_goes_up_to_the_next_quantity_that_may(stalls: dict[str, Stall]) -> None:
    trade(step(5), stalls["85123A"])  # sold in steps of 4
    assert StockMove.objects.get(kind=MoveKind.SALE).quantity == -8


def test_goods_sold_by_the_case_leave_by_the_case(stalls: dict[str, Stall]) -> None:
    wrap = stalls["16161U"]
    Sku.objects.filter(pk=wrap.sku.pk).update(unit_of_sale="case", case_pack=25)
    wrap.sku.refresh_from_db()
    trade(step(30, code="16161U"), wrap)
    assert StockMove.objects.get(kind=MoveKind.SALE).quantity == -2


def test_more_than_is_there_is_a_lost_sale_and_nothing_leaves(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 7)
    assert trade(step(8), heart) == Outcome.LOST
    assert trade(step(8), heart) == Outcome.LOST
    lost = LostSale.objects.get()
    assert (lost.sku, lost.quantity, lost.reference, on_hand(heart)) == (heart.sku, 8, "536365/1", 7)


def test_returned_goods_are_back_on_the_shelf_once(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    assert trade(step(-2), heart) == Outcome.RETURNED
    assert trade(step(-2), heart) == Outcome.RETURNED
    assert on_hand(heart) == before + 2


def test_nobody_brings_back_what_they_did_not_get(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 0)
    trade(step(8), heart)
    assert trade(step(-8, nth=2), heart) == Outcome.SKIPPED
    assert trade(step(-8, nth=3, retailer=2), heart) == Outcome.RETURNED


def test_less_than_a_case_brought_back_is_no_case(stalls: dict[str, Stall]) -> None:
    wrap = stalls["16161U"]
    wrap.sku.unit_of_sale, wrap.sku.case_pack = "case", 25
    assert trade(step(-24, code="16161U"), wrap) == Outcome.SKIPPED


def test_a_dismissed_system_member_sells_nothing(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    powerless = replace(heart, actor=replace(heart.actor, permissions=frozenset()))
    assert trade(step(8), powerless) == Outcome.SKIPPED


# --- What is for sale -------------------------------------------------------------------------------------------------


def test_everything_published_is_for_sale_in_few_queries(
    stalls: dict[str, Stall], market: Market, django_assert_num_queries: object
) -> None:
    assert set(stalls) == {row.code for row in market.catalogue.products if row.is_priced}
    with django_assert_num_queries(4):  # type: ignore[operator]
        open_stalls(market.catalogue)


def test_a_paused_product_is_not_for_sale(stalls: dict[str, Stall], market: Market) -> None:
    Product.objects.filter(skus__code="85123A").update(status=ProductStatus.PAUSED)
    assert "85123A" not in open_stalls(market.catalogue)


def test_a_seller_without_a_system_member_sells_nothing(stalls: dict[str, Stall], market: Market) -> None:
    Membership.objects.filter(company__slug="northfield", role=Role.SYSTEM).delete()
    assert "85123A" not in open_stalls(market.catalogue)


# --- Goods coming in --------------------------------------------------------------------------------------------------


def test_goods_are_ordered_when_stock_runs_low_in_full_cases_and_once(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 16)
    trade(step(8, number=500), heart)
    trade(step(4, nth=2, number=501), heart)
    delivery = Delivery.objects.get()
    assert delivery.quantity % heart.case == 0
    assert delivery.quantity >= 3 * heart.weekly
    assert 500 + LEAST_LEAD <= delivery.due_step <= 500 + MOST_LEAD


def test_nothing_is_ordered_while_there_is_enough(stalls: dict[str, Stall]) -> None:
    trade(step(8), stalls["85123A"])
    assert not Delivery.objects.exists()


def test_a_lost_sale_orders_what_was_missed_too(stalls: dict[str, Stall]) -> None:
    trade(step(100_000), stalls["85123A"])
    assert Delivery.objects.get().quantity >= 100_000


def test_a_delivery_comes_in_when_it_is_due_and_not_before(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    Delivery.objects.create(sku=heart.sku, quantity=64, due_step=700)
    by_sku = {heart.sku.pk: heart}
    assert (take_in(by_sku, 699), on_hand(heart)) == (0, before)
    assert (take_in(by_sku, 700), on_hand(heart)) == (1, before + 64)
    assert (take_in(by_sku, 701), on_hand(heart)) == (0, before + 64)


def test_a_delivery_that_a_crash_left_on_the_list_comes_in_once(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    before = on_hand(heart)
    delivery = Delivery.objects.create(sku=heart.sku, quantity=64, due_step=700)
    take_in({heart.sku.pk: heart}, 700)
    Delivery.objects.create(pk=delivery.pk, sku=heart.sku, quantity=64, due_step=700)
    take_in({heart.sku.pk: heart}, 700)
    assert on_hand(heart) == before + 64


def test_what_starts_low_is_ordered_in_the_first_minute(stalls: dict[str, Stall]) -> None:
    heart = stalls["85123A"]
    set_on_hand(heart, 0)
    order_all_low(stalls.values(), 0)
    order_all_low(stalls.values(), 0)
    assert Delivery.objects.filter(sku=heart.sku).count() == 1


# --- The play ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(market: Market, tmp_path: Path) -> Path:
    """Where the stream of the small till roll lies."""
    files.write_stream(market.stream, tmp_path)
    return tmp_path


def first(play: Iterator[Step], n: int) -> list[Step]:
    return [next(play) for _ in range(n)]


def test_every_line_has_a_reference_of_its_own_in_every_lap(folder: Path) -> None:
    length = stream_length(folder)
    played = first(steps(0, folder), 2 * length + 1)
    assert [one.reference for one in played[:4]] == ["500001/1", "500001/2", "500001/3", "500002/1"]
    assert played[length].reference == "500001/1 (2)"
    assert len({one.reference for one in played}) == len(played)
    assert [one.lap for one in played] == [1] * length + [2] * length + [3]


def test_the_play_resumed_anywhere_is_the_same_play(folder: Path) -> None:
    length = stream_length(folder)
    whole = first(steps(0, folder), 2 * length + 3)
    for start in (0, 1, length - 1, length, length + 7):
        assert first(steps(start, folder), 3) == whole[start : start + 3]


def test_the_real_play_starts_with_its_first_invoice() -> None:
    assert next(steps(0)).reference == "536365/1"
    assert next(steps(stream_length())).reference == "536365/1 (2)"


# --- The loop ---------------------------------------------------------------------------------------------------------


class StopAfter(Event):
    """Tells the simulator to stop after so many lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.lines = lines

    def is_set(self) -> bool:
        self.lines -= 1
        if self.lines < -1:
            self.set()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


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


@pytest.fixture
def opened(market: Market, transactional_db: None) -> Market:
    open_market(market.catalogue, read_cast())
    return market


def test_the_replay_goes_on_where_it_stopped_and_counters_stay_the_sum_of_moves(opened: Market, folder: Path) -> None:
    replay(opened, folder, 10)
    stood = Replay.objects.get().step
    replay(opened, folder, 10)
    assert 0 < stood < Replay.objects.get().step
    references = StockMove.objects.filter(kind=MoveKind.SALE).values_list("reference", flat=True)
    assert {"500001/1", "500002/1"} <= set(references)
    assert drift() == []


def test_at_its_end_the_replay_starts_again(opened: Market, folder: Path) -> None:
    length = stream_length(folder)
    replay(opened, folder, length + 5)
    assert Replay.objects.get().step > length
    assert StockMove.objects.filter(reference="500001/1 (2)").exists()


def test_a_crash_before_the_place_was_saved_sells_nothing_twice(opened: Market, folder: Path) -> None:
    replay(opened, folder, 10)
    sold = StockMove.objects.filter(kind=MoveKind.SALE).count()
    Replay.objects.update(step=0)
    replay(opened, folder, 10)
    assert StockMove.objects.filter(kind=MoveKind.SALE).count() == sold


def test_a_cut_connection_is_made_anew_and_nothing_is_lost_or_sold_twice(opened: Market, folder: Path) -> None:
    replay(opened, folder, 60, CutAfter)
    sold: Counter[str] = Counter()
    for reference, quantity in StockMove.objects.filter(kind=MoveKind.SALE).values_list("reference", "quantity"):
        sold[reference] -= quantity
    stalls = open_stalls(opened.catalogue)
    played = [one for one in first(steps(0, folder), Replay.objects.get().step) if one.line.quantity > 0]
    assert sold == {
        one.reference: stalls[one.line.code].sku.order_rule.nearest(one.line.quantity)
        for one in played
        if not LostSale.objects.filter(reference=one.reference).exists()
    }
    assert len(sold) > 10
    assert drift() == []


def test_only_one_simulator_is_at_work(opened: Market, folder: Path) -> None:
    with direct_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [replaying.SEAT])
        assert replay(opened, folder, 10) == {}
    assert replay(opened, folder, 10)[Outcome.SOLD] > 0


@pytest.mark.django_db
def test_without_a_market_the_simulator_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="load_market"):
        call_command("simulate", pace=5)


# --- The pace ---------------------------------------------------------------------------------------------------------


def test_lines_come_evenly_at_the_pace() -> None:
    pace = Pace(50, Event())
    began = monotonic()
    for _ in range(26):
        assert pace.wait()
    assert 0.45 < monotonic() - began < 1.5


def test_after_a_long_pause_no_burst_follows() -> None:
    pace = Pace(1000, Event(), next_at=monotonic() - 3600)
    pace.wait()
    assert pace.next_at > monotonic() - 1.1


def test_told_to_stop_it_does_not_wait_for_the_next_line() -> None:
    stop = Event()
    pace = Pace(0.001, stop)
    assert pace.wait()
    Thread(target=stop.set).start()
    began = monotonic()
    assert not pace.wait()
    assert monotonic() - began < 5


def test_waits_for_the_database_double_to_a_limit_and_begin_anew() -> None:
    back_off = BackOff(StopAfter(0))
    for _ in range(10):
        back_off.wait()
    assert back_off.wait_s == 10
    back_off.succeeded()
    assert back_off.wait_s == 0.5


@pytest.mark.parametrize("pace", ["-1", "nan", "inf", "fast", "1001"])
def test_a_pace_that_is_none_says_what_is_one(pace: str) -> None:
    with pytest.raises(CommandError, match="from 0 to 1000"):
        call_command("simulate", f"--pace={pace}")


@pytest.mark.parametrize("pace", ["0", "5"])
def test_sigterm_ends_it_at_once(opened: Market, pace: str) -> None:
    command = [sys.executable, "manage.py", "simulate", "--pace", pace]
    url = f"postgresql://{settings.DATABASES['default']['USER']}@/{connection.settings_dict['NAME']}"
    host = connection.settings_dict["HOST"]
    env = os.environ | {"DATABASE_URL": f"{url}?host={host}&port={connection.settings_dict['PORT'] or 5432}"}
    process = subprocess.Popen(command, cwd=settings.ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert "The market" in process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)  # it goes on until it is told to stop
        process.send_signal(signal.SIGTERM)
        began = monotonic()
        assert process.wait(10) == 0
        assert monotonic() - began < 3
    finally:
        process.kill()
        process.communicate()
