"""`./dev bench pages`: what a page costs the server, from the request to its last byte, in the demo market.

Each page is asked for by somebody who works with it, logged in, through all of the middleware, as one thread on one
core can: statements, and CPU time of this process and of its database connection, so that a busy machine disturbs it
less. It is asked for again and again; and *at first* by a process that has kept nothing of what it once wrote. The peer
is a page of the same stack that shows nothing: what it costs is the price of a session, a header and a footer.
"""

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.bench.bed import parse, say
from tests.bench.meter import cpu_s
from tests.bench.quiet import Others
from tests.bench.report import ROOT, Goal, end, finish, print_table

TARGET_MS = 25.0
TIMES, QUICK_TIMES, WARM_UP, AT_FIRST = 100, 20, 5, 5
LINES = 10
BARE = "nothing (the peer)"
HEADS = ("page", "statements", "CPU ms p50", "p99", "of it database", "at first", "times the peer", "KB", "")


@dataclass(frozen=True)
class Measured:
    """One page: CPU milliseconds of each time, the database's among them, and of the first ones; statements; bytes."""

    times_ms: Sequence[float]
    database_ms: Sequence[float]
    first_ms: Sequence[float]
    statements: int
    size: int

    @property
    def p50(self) -> float:
        return statistics.median(self.times_ms)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.times_ms, n=100, method="inclusive")[98]


class Asked:
    """How many statements."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, execute: Callable[..., object], *args: object) -> object:
        self.n += 1
        return execute(*args)


def main() -> None:
    asked, others = parse("pages", __doc__), Others()
    prepare()
    found: dict[str, Measured] = {}
    asking = pages()
    gc.freeze()  # as the web process does once it has loaded
    for name, (client, path) in asking.items():
        say(name)
        with others.turn():
            found[name] = measure(client, path, QUICK_TIMES if asked.quick else TIMES)
    bare = found[BARE].p50
    print_table(HEADS, [row(name, one, bare) for name, one in found.items()])
    turns = {"turns": {name: list(one.times_ms) for name, one in found.items()}}
    under = {"times each": QUICK_TIMES if asked.quick else TIMES}
    end(finish("pages", turns, under, others, goals_of(found)), asked.strict)


def goals_of(found: Mapping[str, Measured]) -> list[Goal]:
    """The slowest page is the main one."""
    ours = {name: goal_of(name, one) for name, one in found.items() if name != BARE}
    return [*ours.values(), Goal("pages", max(goal.figure for goal in ours.values()), TARGET_MS, at_most=True)]


def goal_of(name: str, one: Measured) -> Goal:
    return Goal(f"pages.{name.replace(' ', '-')}", one.p50, TARGET_MS, at_most=True)


def row(name: str, one: Measured, bare: float) -> list[str]:
    database = f"{statistics.median(one.database_ms) / one.p50:.0%}"
    first, verdict = statistics.median(one.first_ms), "ok" if goal_of(name, one).is_reached else "short"
    times = [f"{one.p50:.1f}", f"{one.p99:.1f}", database, f"{first:.1f}", f"{one.p50 / bare:.1f}"]
    return [name, str(one.statements), *times, f"{one.size / 1024:.0f}", verdict]


def prepare() -> None:
    """The demo market."""
    prepare_server(("load_market",), ("rebuild_search",))


def prepare_server(*more: Sequence[str]) -> None:
    """A released database, and what these commands make of it."""
    if "DATABASE_URL" not in os.environ:
        sys.exit("bench: DATABASE_URL is not set: run it as ./dev bench NAME")
    os.environ["ENTREPOT_ENV"] = "test"
    for command in (("release", "--verbosity", "0"), *more):
        subprocess.run((sys.executable, "manage.py", *command), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    import django

    django.setup()


def pages() -> Mapping[str, tuple[Any, str]]:
    """Who asks for what, by what it is called."""
    from backend.accounts.models import Company

    seller = Company.objects.filter(kind="manufacturer").order_by("pk")[0]
    shop = Company.objects.filter(kind="retailer", memberships__isnull=False).order_by("pk")[0]
    maker, buyer = logged_in(seller), logged_in(shop)
    skus = busiest(seller)
    order = order_of(shop, skus)
    fill_cart(shop, skus)
    product = skus[0].product
    ours, theirs = f"/c/{seller.slug}/", f"/c/{shop.slug}/"
    return {
        BARE: (buyer, "/accounts/logout/"),
        "catalogue": (buyer, f"{theirs}catalogue/"),
        "search": (buyer, f"{theirs}catalogue/?q=heart"),
        "search by price": (buyer, f"{theirs}catalogue/?q=heart&sort=price"),
        "product": (buyer, f"{theirs}catalogue/{product.pk}-{product.slug}/"),
        "cart": (buyer, f"{theirs}cart/"),
        "orders": (buyer, f"{theirs}orders/"),
        "order": (buyer, f"{theirs}orders/{order}/"),
        "sales": (maker, f"{ours}sales/"),
        "sale": (maker, f"{ours}orders/{order}/"),
        "stock grid": (maker, f"{ours}inventory/"),
        "stock of a SKU": (maker, f"{ours}inventory/skus/{skus[0].pk}/"),
        "own products": (maker, f"{ours}products/"),
        "price lists": (maker, f"{ours}prices/"),
        "people": (maker, f"{ours}members/"),
    }


def logged_in(company: Any) -> Any:
    """A browser of the company's owner."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(company.memberships.filter(role="owner").order_by("pk")[0].user)
    return client


def busiest(seller: Any) -> Sequence[Any]:
    """What sells best of what there is enough of."""
    from backend.catalog.models import Sku

    plenty = Sku.objects.published().filter(company=seller, stock__levels__on_hand__gte=200)
    return list(plenty.select_related("product").order_by("-product__popularity", "pk")[:LINES])


def fill_cart(shop: Any, skus: Sequence[Any]) -> Any:
    from backend.orders.carts.actions import put_in_cart

    actor = shop.memberships.filter(role="owner").order_by("pk").with_role()[0].as_actor()
    for sku in skus:
        put_in_cart(sku, sku.order_rule.nearest(1), actor=actor)
    return actor


def order_of(shop: Any, skus: Sequence[Any]) -> int:
    """An order of these, one of each smallest quantity; its id."""
    from backend.core.row_security import across_companies
    from backend.orders.placing.actions import place_orders
    from backend.orders.placing.details import Details

    actor = fill_cart(shop, skus)
    any_price = dict.fromkeys((sku.pk for sku in skus), Decimal(10**9))
    group = place_orders(shop, Details(), seen=any_price, key="bench", actor=actor)
    with across_companies(why="the bench asks for the order that it has placed"):
        return int(group.orders.get().pk)


def measure(client: Any, path: str, times: int) -> Measured:
    answer = client.get(path)
    if answer.status_code != 200:
        sys.exit(f"bench: {path} answers {answer.status_code}")
    first = [at_first(client, path) for _ in range(AT_FIRST)]
    for _ in range(WARM_UP):
        client.get(path)
    with counted() as asked:
        client.get(path)
    took = [timed(client, path) for _ in range(times)]
    together, database = [sum(each) for each in took], [of_database for _, of_database in took]
    return Measured(together, database, first, asked.n, len(answer.content))


def at_first(client: Any, path: str) -> float:
    """When nothing is kept of what was once written; templates stay as they were read."""
    from frontend_htmx.templatetags import kept, trade

    for each in (*vars(kept).values(), *vars(trade).values()):
        if hasattr(each, "cache_clear"):
            each.cache_clear()
    return sum(timed(client, path))


@contextmanager
def counted() -> Iterator[Asked]:
    from django.db import connection

    asked = Asked()
    connection.ensure_connection()
    with connection.execute_wrapper(asked):
        yield asked


def timed(client: Any, path: str) -> tuple[float, float]:
    """CPU milliseconds of this process, and of the one that serves its connection."""
    from django.db import connection

    connection.ensure_connection()
    server = connection.connection.info.backend_pid
    asked, began = cpu_s(server), time.process_time_ns()
    client.get(path)
    return (time.process_time_ns() - began) / 1e6, (cpu_s(server) - asked) * 1e3


if __name__ == "__main__":
    main()
