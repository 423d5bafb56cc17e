"""The committed demo data: what stands in `data/catalogue.json.xz` and `data/stream.csv.xz`, and how it is read.

The catalogue is JSON with one row a line; the stream is CSV in which an empty cell repeats the cell above it. Both are
compressed with xz, and writing the same again gives the same bytes.
"""

import csv
import json
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
CATALOGUE = "catalogue.json.xz"
STREAM = "stream.csv.xz"
CAST = "cast.json"

Tiers = Sequence[tuple[int, str]]
"""From so many units of sale on, one costs so many pence (a decimal in text)."""


@dataclass(frozen=True, slots=True)
class Company:
    """A manufacturer or a distributor, with its warehouses (code and name), the main one first."""

    slug: str
    name: str
    kind: str
    country: str
    disclosure: str
    warehouses: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    company: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its one SKU. Quantities are units of sale, of which `case_pack` eaches fill a case."""

    code: str
    name: str
    category: str
    description: str
    unit: str
    case_pack: int
    moq: int
    increment: int
    tiers: Tiers
    opening: int
    weekly: int
    popularity: int

    @property
    def is_priced(self) -> bool:
        """What the wholesaler never sold to the trade has no price: its maker has yet to publish it."""
        return len(self.tiers) > 0

    @property
    def eaches(self) -> int:
        """How many eaches one unit of sale holds."""
        return self.case_pack if self.unit == "case" else 1


@dataclass(frozen=True, slots=True)
class Retailer:
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    companies: Sequence[Company]
    categories: Sequence[Category]
    products: Sequence[Product]
    retailers: Sequence[Retailer]


@dataclass(frozen=True, slots=True)
class StreamLine:
    """A line of the wholesale stream: sold to the n-th retailer (from 1), or brought back if the quantity is negative.

    `at` is the wholesaler's own wall clock; `quantity` counts eaches; `price` is the price of one each in pence.
    """

    at: datetime
    invoice: str
    retailer: int
    code: str
    quantity: int
    price: Decimal

    @property
    def is_return(self) -> bool:
        return self.quantity < 0


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the cast in one company; the cast is the only people who can log in. `./dev run` prints the `shown`.

    A company that the catalogue does not know is made for them: the platform, and one that waits for its approval.
    """

    email: str
    password: str
    name: str
    role: str
    company: str
    slug: str
    kind: str
    country: str
    status: str
    language: str
    shown: bool


def write_catalogue(catalogue: Catalogue, folder: Path) -> int:
    """Writes the catalogue and says how many bytes it has become."""
    tables = {field.name: [astuple(row) for row in getattr(catalogue, field.name)] for field in fields(Catalogue)}
    rows = ",\n".join(f"{json.dumps(name)}: [\n{_json_rows(table)}\n]" for name, table in tables.items())
    return _write(folder / CATALOGUE, "{\n" + rows + "\n}\n")


def read_catalogue(folder: Path = DATA) -> Catalogue:
    tables = json.loads(_read(folder / CATALOGUE))
    return Catalogue(
        companies=[Company(*row) for row in tables["companies"]],
        categories=[Category(*row) for row in tables["categories"]],
        products=[Product(*row) for row in tables["products"]],
        retailers=[Retailer(*row) for row in tables["retailers"]],
    )


def write_stream(lines: Iterable[StreamLine], folder: Path) -> int:
    """Writes the stream and says how many bytes it has become."""
    text = [",".join(field.name for field in fields(StreamLine))]
    above: tuple[str, ...] = ("", "", "")
    for line in lines:
        head = (line.at.strftime("%Y-%m-%dT%H:%M"), line.invoice, str(line.retailer))
        shown = [cell if cell != over else "" for cell, over in zip(head, above, strict=True)]
        text.append(",".join([*shown, line.code, str(line.quantity), f"{line.price:f}"]))
        above = head
    return _write(folder / STREAM, "\n".join(text) + "\n")


def read_stream(folder: Path = DATA) -> Iterator[StreamLine]:
    """The stream in the order of its time."""
    above = ("", "", "")
    with lzma.open(folder / STREAM, "rt", encoding="utf-8", newline="") as file:
        for at, invoice, retailer, code, quantity, price in islice(csv.reader(file), 1, None):
            above = (at or above[0], invoice or above[1], retailer or above[2])
            moment = datetime.fromisoformat(above[0])
            yield StreamLine(moment, above[1], int(above[2]), code, int(quantity), Decimal(price))


def stream_length(folder: Path = DATA) -> int:
    """How many lines the stream has."""
    with lzma.open(folder / STREAM, "rb") as file:
        return sum(1 for _ in file) - 1


def read_cast(folder: Path = DATA) -> Sequence[Person]:
    rows = json.loads((folder / CAST).read_text(encoding="utf-8"))
    return [Person(**row) for row in rows]


def _json_rows(table: Sequence[tuple[object, ...]]) -> str:
    return ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in table)


def _write(path: Path, text: str) -> int:
    packed = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    path.write_bytes(packed)
    return len(packed)


def _read(path: Path) -> str:
    return lzma.decompress(path.read_bytes()).decode()
