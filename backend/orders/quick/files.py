"""A file of codes and quantities, read whole: CSV in any dress, or XLSX. Nothing of it is kept."""

from collections.abc import Iterable

from backend.core.tables.sent import rows_of_file as read_file
from backend.core.tables.sniffing import Rows
from backend.orders.quick.models import MAX_LINES
from backend.orders.quick.pasting import taken_apart

MAX_MB = 2
MAX_BYTES = MAX_MB * 1024 * 1024
MOST_ROWS = MAX_LINES + 100
"""Titles and empty rows may stand around the lines; whether these are too many is said by who takes them."""


def rows_of_file(blocks: Iterable[bytes]) -> Rows:
    """The cells of an uploaded file. Raises Refused for one that is too large, damaged, or no table."""
    return taken_apart(read_file(blocks, max_mb=MAX_MB, most_rows=MOST_ROWS))
