"""What was sent is a table, or is refused with what would be: the first look at a file, whoever wants its rows."""

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.core.tables.sniffing import EncodingWatch
from backend.core.tables.workbook import (
    FIRST_ROWS,
    MOST_UNPACKED_BYTES,
    TooMuch,
    Unreadable,
    first_rows,
    unpacked_bytes,
)

WORKBOOK = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def is_workbook(watch: EncodingWatch) -> bool:
    """Whether it is an XLSX; else it is text. Raises Refused for what is neither."""
    if watch.head.startswith(OLD_EXCEL):
        raise refused(_("This is a workbook of the old kind (XLS), or a protected one. Save it as XLSX or CSV."))
    if watch.head.startswith(WORKBOOK):
        return True
    if b"\x00" in watch.head and not watch.encoding().startswith("utf-16"):
        raise refused(_("This is neither a CSV nor an XLSX file."))
    return False


def workbook_rows(path: Path, most: int = FIRST_ROWS) -> list[list[str]]:
    """The first rows of its first visible sheet, at most so many.

    Raises Refused for a zip that would fill the memory, before any of it is unpacked, and for what can't be read.
    """
    _require_small(path)
    try:
        return first_rows(path, most)
    except TooMuch:
        raise refused(
            _("The workbook takes too much memory to read: its sheet is very large, or a cell far below or far to the "
              "right of the others makes it so. Delete what lies outside the table, or send it as CSV.")
        ) from None  # fmt: skip
    except Unreadable:
        raise _damaged() from None


def refused(message: str) -> Refused:
    """Stands beside the file."""
    return Refused(message, field="file")


def _require_small(path: Path) -> None:
    try:
        unpacked = unpacked_bytes(path)
    except (zipfile.BadZipFile, OSError):
        raise _damaged() from None
    if unpacked > MOST_UNPACKED_BYTES:
        raise refused(
            _("Unpacked, the workbook would be larger than %(max)d MB. Send it as CSV, or in parts.")
            % {"max": MOST_UNPACKED_BYTES // 1024 // 1024}
        )


def _damaged() -> Refused:
    return refused(_("The workbook is damaged. Open it, save it anew and send that."))
