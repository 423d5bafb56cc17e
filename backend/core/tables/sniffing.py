"""What kind of text a file is: its encoding, its delimiter, its header row, how it writes decimals. Pure rules."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SAMPLE_BYTES = 128 * 1024
SAMPLE_ROWS = 40
SHOWN_ROWS = 5
HEADER_WITHIN = 20
DELIMITERS = ";,\t|"
MAX_COLUMNS = 100
MAX_TITLE = 120
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
ENDS_IN_COMMA_DECIMALS = re.compile(r"\A\D{0,3}\d+(?:\.\d{3})*,\d{1,2}\D{0,3}\Z")

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read, and the rows that show whether that is so. Rows count from 1."""

    encoding: str
    delimiter: str
    header_row: int
    header: Sequence[str]
    sample: Rows
    decimal_comma: bool


@dataclass
class EncodingWatch:
    """Sees every block of a file once, as it comes in, and then knows how it is encoded."""

    head: bytes = b""
    is_utf8: bool = True
    _decoder: codecs.IncrementalDecoder = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")())

    def feed(self, block: bytes) -> None:
        if len(self.head) < SAMPLE_BYTES:
            self.head += block[: SAMPLE_BYTES - len(self.head)]
        if self.is_utf8:
            self._decode(block)

    def encoding(self) -> str:
        """Python's name of it: UTF-8 where every byte of the file agrees, UTF-16 by its mark or its zeros, else
        Windows-1252, which any byte may be."""
        marked = next((name for mark, name in BOMS if self.head.startswith(mark)), "")
        if self.is_utf8:
            self._decode(b"", final=True)
        return marked or utf16_by_zeros(self.head) or ("utf-8" if self.is_utf8 else "cp1252")

    def _decode(self, block: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(block, final)
        except UnicodeDecodeError:
            self.is_utf8 = False


def utf16_by_zeros(head: bytes) -> str:
    """UTF-16 without a mark: Latin letters leave every other byte zero. "" where they don't."""
    even, odd = head[0:2000:2], head[1:2000:2]
    if not odd:
        return ""
    if even.count(0) * 10 > len(even) * 4 and odd.count(0) * 10 < len(odd):
        return "utf-16-be"
    if odd.count(0) * 10 > len(odd) * 4 and even.count(0) * 10 < len(even):
        return "utf-16-le"
    return ""


def text_of(head: bytes, encoding: str) -> str:
    """The beginning of a file as text, without its mark and without its last line, which may be cut."""
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head).removeprefix("\ufeff")
    return text if len(head) < SAMPLE_BYTES else text[: text.rfind("\n") + 1]


def sniff_text(head: bytes, encoding: str) -> Layout:
    """The layout of a CSV file by its first 128 KB."""
    text = text_of(head, encoding)
    delimiter = sniff_delimiter(text)
    return layout_of(list(_rows(text, delimiter)), encoding=encoding, delimiter=delimiter)


def sniff_delimiter(text: str) -> str:
    """The one that cuts most rows into the same number of cells, more than one; a comma where none does.

    Of two that do it alike the semicolon: `85123A;1,95` has a comma in each row, too.
    """
    fits = {delimiter: _fit(text, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: fits[delimiter])
    return best if fits[best][0] else ","


def layout_of(rows: Rows, *, encoding: str, delimiter: str) -> Layout:
    """The header is the first row as wide as most rows are; a title above it is not."""
    width = max(Counter(_width(row) for row in rows).items(), key=lambda found: (found[1], found[0]), default=(0, 0))[0]
    wide = (number for number, row in enumerate(rows[:HEADER_WITHIN]) if _width(row) >= max(width - 1, 1))
    first = next(wide, 0)
    header = [" ".join(title.split())[:MAX_TITLE] for title in (rows[first] if rows else [])]
    body = [list(row) for row in rows[first + 1 :]]
    return Layout(encoding, delimiter, first + 1, header, body[:SHOWN_ROWS], has_decimal_commas(body, delimiter))


def normal(title: str) -> str:
    """A title as it is compared: "Art.-Nr. " is "art nr"."""
    return " ".join(re.sub(r"[\W_]+", " ", title.lower()).split())


def has_decimal_commas(rows: Rows, delimiter: str) -> bool:
    """Whether numbers such as 2,95 or 1.234,50 stand there, and more of them than such as 2.95."""
    cells = [cell.strip() for row in rows for cell in row]
    commas = sum(bool(ENDS_IN_COMMA_DECIMALS.match(cell)) for cell in cells)
    points = sum(bool(ENDS_IN_COMMA_DECIMALS.match(cell.translate(SWAPPED))) for cell in cells)
    return delimiter != "," and commas > points


SWAPPED = str.maketrans(",.", ".,")


def _width(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    widths = Counter(len(row) for row in _rows(text, delimiter) if any(row))
    width, rows = max(widths.items(), key=lambda found: (found[0] > 1, found[1]), default=(1, 0))
    return (rows / max(widths.total(), 1) if width > 1 else 0.0, width)


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        for count, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
            if count >= SAMPLE_ROWS:
                return
            yield row
    except csv.Error:  # one cell longer than any is: the careful reading will name its row
        return
