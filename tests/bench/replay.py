"""`./dev bench replay`: the whole stream as orders and returns, through the real actions, as fast as two players go.

Each invoice is put into a cart and placed, and each of its orders accepted, sent and delivered at once; what comes back
is returned, looked at and resolved; after each turn every listener follows the log to its end. At the end of each month
the totals have to be the stream's as a second reader counts them, the stock's counters the sums of their moves, and the
log without a gap. There is no peer: an order's whole life is compared with a bare reservation, one unit of one SKU
promised and told in a transaction, which is measured in turn. `--until 2010-12-31` ends it with that day.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any

from tests.bench.bed import parse, say
from tests.bench.pages import prepare_server
from tests.bench.players import PLAYERS, Players
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.spent import Meter, Spent

FIRST, LAST = "2010-12-01", "2011-05-31"
QUICK_FIRST, QUICK_LAST = "2010-12-21", "2011-01-03"
RESERVATIONS, INVOICES_A_TURN = 100, 200
TARGET = 20.0
HEADS = ("", "orders", "lines", "events", "seconds", "orders/s", "events/s", "CPU ms an order", "of it database",
         "statements an order")  # fmt: skip


def main() -> None:
    asked, others = parse("replay", __doc__, until=LAST), Others()
    first, last = (QUICK_FIRST, QUICK_LAST) if asked.quick else (FIRST, asked.until)
    prepare_server()
    playing, listening, reserving = Spent(), Spent(), Spent()
    said, events = replay(first, last, others, playing, listening, reserving)
    print_table(HEADS, [_row("played", said, events, playing), _row("listened", said, events, listening)])
    print(f"brought back: {said.brought_back.total():,} units, {said.refunded_minor / 100:,.2f} of "
          f"{said.net_minor / 100:,.2f} refunded")  # fmt: skip
    each = reserving.cpu_s / (RESERVATIONS * len(others.shares))
    print(f"a bare reservation: {each * 1e3:.1f} ms of CPU")
    ratio = (playing.cpu_s + listening.cpu_s) / said.orders / each
    found = {"played": asdict(playing), "listened": asdict(listening), "reserved": asdict(reserving)}
    totals = {"orders": said.orders, "lines": said.lines, "events": events}
    under = {"from": first, "to": last, "players": PLAYERS}
    end(
        finish("replay", {**found, **totals}, under, others, [Goal("replay", ratio, TARGET, at_most=True)]),
        asked.strict,
    )


def replay(
    first: str, last: str, others: Others, playing: Spent, listening: Spent, reserving: Spent
) -> tuple[Any, int]:
    """What the stream comes to, and how many events that were. Raises AssertionError where anything is not so."""
    from backend.events import log
    from backend.market.actions import open_market
    from backend.market.files import read_cast, read_catalogue
    from backend.market.simulator.stalls import open_stalls
    from tests.market.full_speed import listen_to_the_end, stocked_for, within
    from tests.market.second_reader import SecondReader

    said = SecondReader().read(first, last)
    catalogue = stocked_for(read_catalogue(), said)
    open_market(catalogue, read_cast())
    stall = next(iter(open_stalls(catalogue).values()))
    play = within(date.fromisoformat(first), date.fromisoformat(last))
    listen_to_the_end()
    events, progress = 0, Progress([len(invoice.lines) for invoice in play])
    with Players(first, last) as players:
        for turn, day in turns(play):
            with others.turn():
                before = log.last_position()
                players.play(turn, playing)
                with Meter(listening):
                    listen_to_the_end()
                events += log.last_position() - before
                reserve(stall, reserving)
                listen_to_the_end()
            say(f"{play[turn[-1]].lines[0].at:%Y-%m-%d}: {progress.after(turn)}")
            if day:
                check_up_to(day, first, catalogue)
    return said, events


def turns(play: Sequence[Any]) -> Iterator[tuple[range, str]]:
    """So many invoices a turn; with the last day of a month, or of all, the turn that ends there."""
    at = 0
    for _month, invoices in groupby(play, lambda invoice: invoice.lines[0].at.replace(day=1).date()):
        listed = list(invoices)
        end_of_month = at + len(listed)
        for start in range(at, end_of_month, INVOICES_A_TURN):
            stop = min(start + INVOICES_A_TURN, end_of_month)
            yield range(start, stop), f"{listed[-1].lines[0].at:%Y-%m-%d}" if stop == end_of_month else ""
        at = end_of_month


@dataclass
class Progress:
    """How far the replay has come, by the lines of its invoices."""

    lines: Sequence[int]

    def __post_init__(self) -> None:
        self._began, self._done = time.monotonic(), 0

    def after(self, turn: range) -> str:
        self._done += sum(self.lines[turn.start : turn.stop])
        so_far = (time.monotonic() - self._began) / 60
        left = so_far * (sum(self.lines) / self._done - 1)
        return f"{turn.stop:,} of {len(self.lines):,} invoices in {so_far:.0f} minutes, at this pace {left:.0f} more"


def check_up_to(day: str, first: str, catalogue: Any) -> None:
    """That all is so which has to be, by the end of a day. Raises AssertionError."""
    from tests.market.full_speed import check
    from tests.market.second_reader import SecondReader

    try:
        check(catalogue, SecondReader().read(first, day))
    except AssertionError as wrong:
        raise AssertionError(f"between {day[:8]}01 and {day}: {wrong}") from wrong
    say(f"{day}: totals, shelves, counters and the log are as they have to be")


def reserve(stall: Any, reserving: Spent) -> None:
    """One unit of one SKU is promised, and told, so many times; afterwards all are given back."""
    from django.db.transaction import atomic

    from backend.events.kinds import Kind
    from backend.inventory.holds.allocating import Demand
    from backend.inventory.holds.models import HoldKind
    from backend.inventory.holds.steps import hold_stock, lock_stock, settle_stock

    pk, holder = stall.sku.pk, stall.sku.company_id
    with Meter(reserving):
        for nth in range(RESERVATIONS):
            with atomic():
                stock = lock_stock([pk])
                hold_stock(stock, [Demand(nth, pk, 1)], kind=HoldKind.ORDER, holder_id=holder, subject="bench:1")
                settle_stock(stock, Kind.INVENTORY_STOCK_PROMISED, actor=stall.actor)
    with atomic():
        settle_stock(lock_stock([pk], freeing="bench:1"), Kind.INVENTORY_STOCK_RELEASED, actor=stall.actor)


def _row(name: str, said: Any, events: int, spent: Spent) -> list[str]:
    each = spent.cpu_s / said.orders * 1e3
    return [
        name,
        f"{said.orders:,}",
        f"{said.lines:,}",
        f"{events:,}",
        f"{spent.seconds:,.0f}",
        f"{said.orders / spent.seconds:.1f}",
        f"{events / spent.seconds:.0f}",
        f"{each:.1f}",
        f"{spent.database_s / spent.cpu_s:.0%}",
        f"{spent.statements / said.orders:.0f}",
    ]


if __name__ == "__main__":
    main()
