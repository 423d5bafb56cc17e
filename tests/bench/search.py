"""`./dev bench search`: how long a search over a million products takes, warm, with and without filters and typos.

The market is made up in SQL out of the words of the demo's, and kept in `.data/bench/search`: the first run builds it.
Every search is the whole of what a page asks for: the ids of its rows, the total, all facets with their counts. It is
asked for by a shop that buys on three of the thousand price lists, another shop each time, unless it says otherwise.

Beside the time on the clock stands the CPU time that each search took, of Python and of PostgreSQL: on a machine that
others use, too, the clock measures them.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.bed import parse, say
from tests.bench.meter import cpu_s
from tests.bench.quiet import Others
from tests.bench.report import Goal, end, finish, print_table
from tests.bench.searched import PRODUCTS, QUICK_PRODUCTS, Market, opened

TARGET_MS = 20.0
SEARCHES, QUICK_SEARCHES = 400, 60
WARM_UP = 40
SEED = 7
HEADS = ("searches", "p50 ms", "p99 ms", "CPU p50", "CPU p99", "PostgreSQL", "queries", "found, median")


@dataclass(frozen=True)
class Took:
    """Milliseconds of one search: on the clock, and of CPU in Python and in PostgreSQL."""

    clock: float
    python: float
    postgres: float

    @property
    def cpu(self) -> float:
        return self.python + self.postgres


@dataclass(frozen=True)
class Measured:
    """One kind of search: what each took, what each found, and its SQL statements."""

    took: Sequence[Took]
    found: Sequence[int]
    queries: float

    @property
    def p99(self) -> float:
        return p99([one.clock for one in self.took])

    @property
    def cpu_p99(self) -> float:
        return p99([one.cpu for one in self.took])

    def row(self, name: str) -> list[str]:
        """As HEADS call it."""
        postgres = sum(one.postgres for one in self.took) / sum(one.cpu for one in self.took)
        times = (median(self.took, "clock"), self.p99, median(self.took, "cpu"), self.cpu_p99)
        found = f"{statistics.median(self.found):,.0f}"
        return [name, *(f"{ms:.1f}" for ms in times), f"{postgres:.0%}", f"{self.queries:.1f}", found]


def median(took: Sequence[Took], what: str) -> float:
    return float(statistics.median(getattr(one, what) for one in took))


def p99(times_ms: Sequence[float]) -> float:
    return float(statistics.quantiles(times_ms, n=100, method="inclusive")[98])


def kinds(market: Market) -> Mapping[str, Callable[[random.Random], Any]]:
    """What people type and tick, by name; each makes one query out of chance."""
    from backend.catalog.search.port import Buyer, Filters, Query  # needs Django

    def words(chance: random.Random, n: int = 0) -> str:
        return " ".join(market.word(chance) for _ in range(n or chance.randint(1, 3)))

    def filters(chance: random.Random, *, price: bool = False) -> Filters:
        return Filters(
            category=chance.choice(market.categories),
            in_stock=chance.random() < 0.5,
            price=chance.choice(("1-5", "5-10", "10-25")) if price else "",
        )

    def seller(chance: random.Random) -> Filters:
        return Filters(seller=chance.choice(market.sellers))

    def slip(chance: random.Random) -> str:
        word = market.word(chance, at_least=5)
        at = chance.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    def asked(chance: random.Random, text: str = "", narrowed: Filters | None = None, sort: str = "") -> Query:
        buyer = Buyer(chance.choice(market.shops), "GB", is_known=True)
        return Query(text, narrowed or Filters(), sort, buyer)

    return {
        "words": lambda chance: asked(chance, words(chance)),
        "words, not logged in": lambda chance: Query(words(chance)),
        "one word that many share": lambda chance: asked(chance, chance.choice(market.words[:40])),
        "the beginning of a word": lambda chance: asked(chance, market.word(chance, at_least=5)[:4]),
        "words, filters": lambda chance: asked(chance, words(chance, 1), filters(chance)),
        "words, filters, own price": lambda chance: asked(chance, words(chance, 1), filters(chance, price=True)),
        "words, a seller": lambda chance: asked(chance, words(chance, 1), seller(chance)),
        "words, by own price": lambda chance: asked(chance, words(chance), sort="price"),
        "a typo": lambda chance: asked(chance, slip(chance)),
        "a code": lambda chance: asked(chance, market.code(chance)),
        "no words": lambda chance: asked(chance, sort=chance.choice(("", "newest", "name"))),
        "no words, by own price": lambda chance: asked(chance, sort=chance.choice(("price", "-price"))),
        "no words, filters": lambda chance: asked(chance, "", filters(chance)),
        "no words, filters, own price": lambda chance: asked(chance, "", filters(chance, price=True)),
    }


def measure(make: Callable[[random.Random], Any], searches: int, others: Others) -> Measured:
    """Different searches one after the other, after some that are not counted."""
    from django.db import connection

    from backend.catalog.search.engine import PostgresSearch

    chance, engine = random.Random(SEED), PostgresSearch()  # the same searches in every run
    queries = [make(chance) for _ in range(searches + WARM_UP)]
    counted = Statements()
    connection.ensure_connection()  # what Django puts on a connection that opens inside would go with the counter
    with connection.execute_wrapper(counted):
        for query in queries[:WARM_UP]:
            engine.find(query)
    gc.freeze()  # as the web process does: looking through Django for garbage takes longer than a search
    with others.turn():  # what was found is let go, as after a page: looking through it for garbage would count, too
        founds = [(took, found.total.n) for took, found in timed(engine.find, queries[WARM_UP:])]
    return Measured([took for took, _ in founds], [n for _, n in founds], counted.n / WARM_UP)


def timed(find: Callable[[Any], Any], queries: Sequence[Any]) -> Iterator[tuple[Took, Any]]:
    from django.db import connection

    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    for query in queries:
        in_postgres, began, in_python = cpu_s(backend), time.perf_counter_ns(), time.thread_time_ns()
        found = find(query)
        python, clock = time.thread_time_ns() - in_python, time.perf_counter_ns() - began
        yield Took(clock / 1e6, python / 1e6, (cpu_s(backend) - in_postgres) * 1e3), found


class Statements:
    """Counts what is asked of the database."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, execute: Callable[..., object], *args: object) -> object:
        self.n += 1
        return execute(*args)


def deep(shop: int, searches: int, others: Others) -> Measured:
    """The pages of the whole catalogue by a shop's own price, one after the other, as somebody reads on."""
    from backend.catalog.search.engine import PostgresSearch
    from backend.catalog.search.port import Buyer, Place, Query

    engine, times, mark, buyer = PostgresSearch(), [], "", Buyer(shop, "GB", is_known=True)
    with others.turn():
        for number in range(1, searches + 1):
            query = Query(sort="price", buyer=buyer, place=Place(number, after=mark), with_facets=False)
            ((took, found),) = timed(engine.find, [query])
            times.append(took)
            mark = found.last_mark
    return Measured(times, [number * 48], 2)


def said(name: str) -> str:
    """A kind of search as the last lines call it."""
    return name.replace(",", "").replace(" ", "-")


def main() -> None:
    asked, others = parse("search", __doc__), Others()
    searches = QUICK_SEARCHES if asked.quick else SEARCHES
    with opened(QUICK_PRODUCTS if asked.quick else PRODUCTS) as market:
        found: dict[str, Measured] = {}
        for name, make in kinds(market).items():
            say(name)
            found[name] = measure(make, searches, others)
        found["page after page"] = deep(market.shops[0], searches, others)
    print_table(HEADS, [one.row(name) for name, one in found.items()])
    goals = [Goal(f"search.{said(name)}", one.p99, TARGET_MS, at_most=True) for name, one in found.items()]
    goals += [Goal(f"search.cpu.{said(name)}", one.cpu_p99, TARGET_MS, at_most=True) for name, one in found.items()]
    goals.append(Goal("search.cpu", max(one.cpu_p99 for one in found.values()), TARGET_MS, at_most=True))
    goals.append(Goal("search", max(one.p99 for one in found.values()), TARGET_MS, at_most=True))
    turns = {
        "turns": {
            name: {"took_ms": [vars(took) for took in one.took], "found": list(one.found)}
            for name, one in found.items()
        }
    }
    end(finish("search", turns, {**market.conditions, "searches of each": searches}, others, goals), asked.strict)


if __name__ == "__main__":
    main()
