"""`./dev bench replay`: the whole stream as orders and returns, through the real actions, as fast as one thread goes.

Each invoice is put into a cart and placed, and each of its orders accepted, sent and delivered at once; what comes back
is returned, looked at and resolved; every listener follows the log to its end. Afterwards the totals have to be the
stream's as a second reader counts them, the stock's counters the sums of their moves, and the log without a gap. There
is no peer: an order's whole life is compared with a bare reservation, one unit of one SKU promised and told in a
transaction, which is measured in turn. `--until 2010-12-31` ends it with that day.
"""

import time
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tests.bench.bed import parse, say
from tests.bench.meter import cpu_s
from tests.bench.pages import counted, prepare_server
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table

FIRST, LAST = "2010-12-01", "2011-05-31"
QUICK_FIRST, QUICK_LAST = "2010-12-21", "2011-01-03"
RESERVATIONS, INVOICES_A_TURN = 100, 100
TARGET = 20.0
HEADS = ("", "orders", "lines", "events", "seconds", "orders/s", "events/s", "CPU ms an order", "of it database",
         "statements an order")  # fmt: skip


@dataclass
class Spent:
    """Seconds, CPU seconds of this process and of its database connection, statements."""

    seconds: float = 0.0
    own_s: float = 0.0
    database_s: float = 0.0
    statements: int = 0

    @property
    def cpu_s(self) -> float:
        return self.own_s + self.database_s


class Meter:
    """What happens inside is added to what was spent."""

    def __init__(self, spent: Spent) -> None:
        self.spent, self._asked = spent, counted()

    def __enter__(self) -> None:
        self._statements = self._asked.__enter__()
        self._began = (time.perf_counter(), time.process_time(), _database_s())

    def __exit__(self, *_error: object) -> None:
        began, own, database = self._began
        self.spent.seconds += time.perf_counter() - began
        self.spent.own_s += time.process_time() - own
        self.spent.database_s += _database_s() - database
        self.spent.statements += self._statements.n
        self._asked.__exit__(None, None, None)


def _database_s() -> float:
    from django.db import connection

    return cpu_s(connection.connection.info.backend_pid)


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
    under = {"from": first, "to": last}
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
    from tests.market.full_speed import FullSpeed, check, listen_to_the_end, stocked_for, within
    from tests.market.second_reader import SecondReader

    said = SecondReader().read(first, last)
    catalogue = stocked_for(read_catalogue(), said)
    open_market(catalogue, read_cast())
    speed, play = FullSpeed(catalogue), within(date.fromisoformat(first), date.fromisoformat(last))
    listen_to_the_end()
    stall, events = next(iter(speed.stalls.values())), 0
    for start in range(0, len(play), INVOICES_A_TURN):
        with others.turn():
            before = log.last_position()
            with Meter(playing):
                for invoice in play[start : start + INVOICES_A_TURN]:
                    speed.play(invoice)
            with Meter(listening):
                listen_to_the_end()
            events += log.last_position() - before
            reserve(stall, reserving)
            listen_to_the_end()
        say(f"{min(start + INVOICES_A_TURN, len(play)):,} of {len(play):,} invoices")
    check(catalogue, said)
    return said, events


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
