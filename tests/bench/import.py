"""`./dev bench import`: a catalogue of 1,000,000 rows, against COPY of what becomes of it into the same tables.

The whole road of an import but the upload: the file is read into its table, every cell is understood, one row in a
hundred is broken and told with its cell, the rest become products, variants, offers and prices in chunks of ten
thousand, each with its event. The limit: one COPY of those very rows into each of four tables that have the same
columns, indexes, checks and foreign keys. Both on one server that never waits for the disk. Then memory: the highest
of a worker that reads 200 MB, and of one that reads 400.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.bed import parse, say
from tests.bench.quiet import Others
from tests.bench.report import ROOT, Goal, end, finish, print_table

ROWS, QUICK_ROWS = 1_000_000, 100_000
BROKEN_EVERY = 100
MEMORY_MB, QUICK_MEMORY_MB = (200, 400), (20, 40)
TABLES = ("catalog_product", "catalog_variant", "catalog_sku", "catalog_tierprice")
HEADER = "SKU,Name,Category,Description,Price,From 2,Price 2,Case pack,Minimum order,Barcode\n"
WORDS = ["stoneware", "enamel", "copper", "oak", "linen", "felt", "glass", "tin", "rope", "brass"]
THINGS = ["mug", "jug", "plate", "bowl", "lantern", "basket", "cushion", "clock", "tray", "vase"]


def main() -> None:
    asked, others = parse("import", __doc__), Others()
    rows, memory = (QUICK_ROWS, QUICK_MEMORY_MB) if asked.quick else (ROWS, MEMORY_MB)
    prepare()
    with tempfile.TemporaryDirectory() as folder:
        say(f"a file of {rows:,} rows …")
        path = write_catalogue(Path(folder) / "catalogue.csv", rows)
        with others.turn():
            ours = time_import(path)
        with others.turn():
            limit = time_copy(Path(folder))
        peaks = [peak_mb(Path(folder), size) for size in memory]
    finish_with(rows, path, ours, limit, peaks, memory, asked, others)


def finish_with(
    rows: int, path: Path, ours: dict[str, float], limit: float, peaks: list[float], memory: tuple[int, int],
    asked: Any, others: Others,
) -> None:  # fmt: skip
    total = sum(ours.values())
    table = [[step, f"{seconds:.1f}", f"{rows / seconds:,.0f}"] for step, seconds in ours.items()]
    table += [["the import", f"{total:.1f}", f"{rows / total:,.0f}"], ["COPY", f"{limit:.1f}", f"{rows / limit:,.0f}"]]
    print_table(("", "seconds", "rows/s"), table)
    print(f"memory of the worker: {peaks[0]:.0f} MB with {memory[0]} MB, {peaks[1]:.0f} MB with {memory[1]} MB")
    goals = [
        Goal("import.memory", peaks[1] - peaks[0], 32, at_most=True),
        Goal("import", limit / total, 0.4),
    ]
    under = {"rows": f"{rows:,}", "broken": f"1 in {BROKEN_EVERY}"}
    found = {"seconds": ours, "copy_s": limit, "peaks_mb": peaks}
    end(finish("import", found, under, others, goals), asked.strict)


def prepare() -> None:
    """An empty market with one seller, one category and one owner."""
    if "DATABASE_URL" not in os.environ:
        sys.exit("bench: DATABASE_URL is not set: run it as ./dev bench import")
    subprocess.run((sys.executable, "manage.py", "release", "--verbosity", "0"), cwd=ROOT, check=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    import django

    django.setup()
    from backend.accounts.models import Company, Membership, User
    from backend.catalog.models import Category

    seller = Company.objects.create(name="Bench", slug="bench", kind="manufacturer", country="GB", status="approved")
    Membership.objects.create(user=User.objects.create_user("bench@bench.example"), company=seller, role="owner")
    Category.objects.create(name="Crockery", slug="crockery")


# --- The file --------------------------------------------------------------------------------------------------------
def write_catalogue(path: Path, rows: int, description: str = "Washed by hand. Packed twelve to the case.") -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(_lines(rows, description))
    return path


def _lines(rows: int, description: str) -> Iterator[str]:
    for n in range(rows):
        name = f"{WORDS[n % 10]} {THINGS[n // 10 % 10]} no {n}"
        price = "cheap" if n % BROKEN_EVERY == 50 else f"{2 + n % 50}.95"
        yield f'A{n:07},{name},Crockery,"{description}",{price},{24 + n % 5},{1 + n % 50}.10,12,6,{barcode(n)}\n'


def barcode(n: int) -> str:
    """A GTIN-13 with the right last digit."""
    digits = f"50{n:010}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


# --- Ours ------------------------------------------------------------------------------------------------------------
def sent(path: Path, *, is_dry_run: bool) -> Any:
    """The file is there, its columns are matched, a worker may begin."""
    from backend.accounts.models import Company
    from backend.catalog.transfer.actions import Plan, create_import, start_import

    seller = Company.objects.get(slug="bench")
    actor = seller.memberships.get().as_actor()
    with path.open("rb") as file:
        import_ = create_import(seller, path.name, iter(lambda: file.read(1 << 20), b""), actor=actor)
    return start_import(import_, Plan(mapping=import_.mapping), is_dry_run=is_dry_run, actor=actor)


def time_import(path: Path) -> dict[str, float]:
    """Seconds of each step."""
    from backend.catalog.transfer import running
    from backend.catalog.transfer.states import WORKING

    import_, took = sent(path, is_dry_run=False), {}
    say("the import …")
    while import_.state in WORKING:
        step, began = import_.state, time.perf_counter()
        running.run_to_its_end(import_.pk, may_go_on=_while_in(import_.pk, step))
        took[step] = time.perf_counter() - began
        import_.refresh_from_db()
    expected = sum(1 for n in range(import_.rows) if n % BROKEN_EVERY == 50)
    found = (import_.state, import_.created_rows, import_.broken_rows)
    assert found == ("done", import_.rows - expected, expected), f"{found}: {import_.reason}"
    return took


def _while_in(pk: int, step: str) -> Callable[[], bool]:
    from backend.catalog.transfer.models import Import

    return lambda: Import.objects.filter(pk=pk, state=step).exists()


# --- The limit -------------------------------------------------------------------------------------------------------
def time_copy(folder: Path) -> float:
    """Seconds of one COPY into each of four tables like ours, filled with what ours hold."""
    import psycopg
    from django.db import connection

    say("COPY into the same tables …")
    admin = os.environ["DATABASE_ADMIN_URL"]
    with psycopg.connect(admin, dbname=connection.settings_dict["NAME"], autocommit=True) as wire:
        for table in TABLES:
            copy_out(wire, table, folder / table)
        for table in TABLES:
            make_twin(wire, table)
        began = time.perf_counter()
        for table in TABLES:
            copy_in(wire, table, folder / table)
        return time.perf_counter() - began


def copy_out(wire: Any, table: str, path: Path) -> None:
    with path.open("wb") as file, wire.cursor().copy(f"COPY {table} TO STDOUT") as copy:
        for block in copy:
            file.write(block)


def copy_in(wire: Any, table: str, path: Path) -> None:
    with path.open("rb") as file, wire.cursor().copy(f"COPY twin_{table} FROM STDIN") as copy:
        while block := file.read(1 << 18):
            copy.write(block)


def make_twin(wire: Any, table: str) -> None:
    """Columns, checks, indexes and foreign keys as the table has them; keys to its kind point to the twins."""
    wire.execute(f"CREATE TABLE twin_{table} (LIKE {table} INCLUDING ALL)")
    keys = wire.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", [table]
    )
    for (key,) in keys.fetchall():
        for other in TABLES:
            key = key.replace(f"REFERENCES {other}(", f"REFERENCES twin_{other}(")
        wire.execute(f"ALTER TABLE twin_{table} ADD {key}")


# --- Memory ----------------------------------------------------------------------------------------------------------
def peak_mb(folder: Path, size_mb: int) -> float:
    """The highest memory of a worker that checks a file of this size, whose rows are long."""
    say(f"a file of {size_mb} MB …")
    rows = size_mb * 1024 * 1024 // 2_000
    path = write_catalogue(folder / f"{size_mb}.csv", rows, "x" * 1_890)
    import_ = sent(path, is_dry_run=True)
    path.unlink()
    command = (sys.executable, "-m", "tests.catalog.transfer.measure", str(import_.pk))
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


if __name__ == "__main__":
    main()
