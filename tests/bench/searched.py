"""A market of a million products to search in, on a PostgreSQL of its own that is kept from run to run."""

import contextlib
import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from backend.local import filelocks, postgres
from backend.local.account import account_for
from backend.local.children import Program, stop
from backend.local.postgres import APPLICATION, OWNER, SUPERUSER, Postgres
from backend.local.servers import postgres_install
from tests.bench.bed import say
from tests.bench.report import ROOT, bench_dir

NAME = "entrepot_search"
PRODUCTS, QUICK_PRODUCTS = 1_000_000, 50_000
MEMORY = ("shared_buffers=2GB", "maintenance_work_mem=512MB", "max_wal_size=8GB", "autovacuum=off")
MARKET = Path(__file__).with_name("search_market.sql")
BUILDERS = (Path(__file__), MARKET)


@dataclass(frozen=True)
class Market:
    """What may be asked for: its words (the commonest first), categories, sellers, and codes."""

    words: Sequence[str]
    categories: Sequence[str]
    sellers: Sequence[str]
    shops: Sequence[int]
    """The ids of companies that buy, each on three price lists."""
    products: int
    conditions: Mapping[str, object]

    def word(self, chance: random.Random, at_least: int = 3) -> str:
        """One as people type it: the common ones oftener."""
        while len(word := self.words[int(chance.random() ** 3 * len(self.words))]) < at_least or not word.isalpha():
            pass
        return word

    def code(self, chance: random.Random) -> str:
        return f"B{chance.randrange(self.products):07}"


class Kept(Postgres):
    """With memory as a server for such a catalogue has; like all of a bench's it does not wait for the disk."""

    @property
    def program(self) -> Program:
        usual = super().program
        extra = [word for setting in MEMORY for word in ("-c", setting)]
        return replace(usual, command=(*usual.command, *extra))


@contextlib.contextmanager
def opened(products: int) -> Iterator[Market]:
    """The market of so many products, built where it is not there yet; Django speaks to its database."""
    directory = bench_dir() / f"search-{products}"
    account = account_for(postgres_install(), directory)
    home = account.place(directory)
    home.mkdir(parents=True, exist_ok=True)
    with filelocks.held(bench_dir() / f"{directory.name}.lock", str(os.getpid()), wait=True):
        if not (home / "data").exists():
            say("making a database")
            postgres.make(account, home / "data", home / "postgresql.log", (NAME,), durable=False)
        server = Kept(account, home / "data", home / "postgresql.log", durable=False)
        running = server.start()
        try:
            took = _built(server, home / "built", products)
            yield _read(server, took, products)
        finally:
            stop([running], deadline_s=60)
            server.forget()


def _built(server: Postgres, stamp: Path, products: int) -> str:
    """Builds the market where the stamp says that it is of another build; returns how long that took.

    What other rooms change of the schema is migrated: a million products are not made again for that.
    """
    os.environ["DATABASE_URL"] = server.url(APPLICATION, NAME)
    os.environ["DATABASE_OWNER_URL"] = server.url(OWNER, NAME)
    wanted = _version()
    if not stamp.exists() or stamp.read_text().partition(" ")[0] != wanted:
        stamp.unlink(missing_ok=True)
        began = time.monotonic()
        _build(server, products)
        stamp.write_text(f"{wanted} {time.monotonic() - began:.0f}")
    _release()
    _warm(server)
    _django()
    return stamp.read_text().partition(" ")[2]


def _warm(server: Postgres) -> None:
    """Reads the index and the buyers' lists into PostgreSQL's own memory, which has room for them."""
    with psycopg.connect(server.url(SUPERUSER, NAME), autocommit=True) as wire:
        wire.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        wire.execute(
            "SELECT pg_prewarm(oid) FROM pg_class WHERE relkind IN ('r', 'i')"
            " AND (relname LIKE 'search_%' OR relname LIKE 'catalog_pricelist%')"
        )


def _version() -> str:
    """Changes with whatever the market is built by: its own SQL, and the index."""
    search = ROOT / "backend" / "catalog" / "search"
    files = [*BUILDERS, search / "index.py", *sorted(search.glob("migrations/0*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _build(server: Postgres, products: int) -> None:
    say(f"building a market of {products:,} products, once")
    with psycopg.connect(server.url(SUPERUSER, SUPERUSER), autocommit=True) as wire:
        wire.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        wire.execute(f"CREATE DATABASE {NAME} OWNER {OWNER}")
    _release()
    with psycopg.connect(server.url(SUPERUSER, NAME), autocommit=True) as wire:
        # Nothing refers to what is not there: all of it is made up here.
        wire.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        wire.execute("CREATE TEMP TABLE vocabulary (n serial, word text)")
        with wire.cursor().copy("COPY vocabulary (word) FROM STDIN") as copy:
            for word in _vocabulary():
                copy.write_row((word,))
        indexes = _without_indexes(wire)
        say("rows")
        wire.execute(f"SET bench.products = {products}")
        wire.execute(MARKET.read_text())
        say("index entries")
        _django()
        _fill()
        say("indexes")
        for statement in indexes:
            wire.execute(statement)
        wire.execute("VACUUM (ANALYZE)")


def _release() -> None:
    """Makes the tables, or brings them up to date."""
    release = (sys.executable, "manage.py", "release", "--verbosity", "0")
    subprocess.run(release, env={**os.environ}, cwd=ROOT, check=True)


def _without_indexes(wire: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Drops the indexes that no constraint needs, to be made at once when the rows are there."""
    found = wire.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN"
        " ('search_searchentry', 'search_searchword', 'catalog_product', 'catalog_sku', 'catalog_variant',"
        " 'catalog_tierprice', 'catalog_pricelistentry') AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        " AND indexdef NOT LIKE 'CREATE UNIQUE%'"
    ).fetchall()
    for name, _ in found:
        wire.execute(f'DROP INDEX "{name}"')
    return [str(definition) for _, definition in found]


def _fill() -> None:
    """As `manage.py rebuild_search` does."""
    from backend.catalog.search import index
    from backend.inventory.indexing import index_stock

    for sku_id in index.rebuild():
        if sku_id % 200_000 > 180_000:
            say(f"  {sku_id:,}")
    index_stock()


def _vocabulary() -> list[str]:
    """The demo's words, the commonest first, and as many again that are made of two."""
    from collections import Counter

    from backend.market.files import read_catalogue

    counted = Counter(
        word for product in read_catalogue().products for word in product.name.lower().split() if word.isalpha()
    )
    known = [word for word, _ in counted.most_common() if len(word) > 2]
    chance = random.Random(1)
    made = {chance.choice(known)[:5] + chance.choice(known)[-4:] for _ in range(9_000)} - set(known)
    return [*known, *sorted(made)]


def _read(server: Postgres, took: str, products: int) -> Market:
    with psycopg.connect(server.url(SUPERUSER, NAME)) as wire:
        words = [row[0] for row in wire.execute("SELECT word FROM search_searchword ORDER BY uses DESC LIMIT 4000")]
        categories = [row[0] for row in wire.execute("SELECT slug FROM catalog_category")]
        sellers = [row[0] for row in wire.execute("SELECT slug FROM accounts_company WHERE kind = 'distributor'")]
        shops = [row[0] for row in wire.execute("SELECT id FROM accounts_company WHERE kind = 'retailer'")]
        n, size = wire.execute(
            "SELECT count(*), pg_size_pretty(pg_total_relation_size('search_searchentry')) FROM search_searchentry"
        ).fetchone() or (0, "")
    conditions = {"products": f"{n:,}", "index": size, "built in": f"{took} s", "price lists": "1,000 of 500 rows"}
    return Market(words, categories, sellers, shops, products, conditions)


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    django.setup()
