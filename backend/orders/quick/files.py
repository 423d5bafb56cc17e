"""A file of codes and quantities, read whole: CSV in any dress, or XLSX. Nothing of it is kept."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.utils.translation import gettext as _

from backend.core.tables.opening import is_workbook, refused, workbook_rows
from backend.core.tables.sniffing import EncodingWatch, Rows
from backend.orders.quick.models import MAX_LINES
from backend.orders.quick.pasting import rows_of, trimmed

MAX_MB = 2
MAX_BYTES = MAX_MB * 1024 * 1024
MOST_ROWS = MAX_LINES + 100
"""Titles and empty rows may stand around the lines; whether these are too many is said by who takes them."""


def rows_of_file(blocks: Iterable[bytes]) -> Rows:
    """The cells of an uploaded file. Raises Refused for one that is too large, damaged, or no table."""
    watch, size = EncodingWatch(), 0
    with NamedTemporaryFile() as file:
        for block in blocks:
            size += len(block)
            if size > MAX_BYTES:
                raise refused(_("The file is larger than %(max)d MB. Send it in parts.") % {"max": MAX_MB})
            watch.feed(block)
            file.write(block)
        file.flush()
        path = Path(file.name)
        return _of_workbook(path) if is_workbook(watch) else _of_text(path, watch.encoding())


def _of_workbook(path: Path) -> Rows:
    rows = list(trimmed(workbook_rows(path, MOST_ROWS)))
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _of_text(path: Path, encoding: str) -> Rows:
    return rows_of(path.read_bytes().decode(encoding, "replace"))
