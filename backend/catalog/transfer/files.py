"""Where uploaded files lie: a folder that the web servers and the workers share, and that nobody is shown."""

import uuid
import zipfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from backend.catalog.transfer.models import Format
from backend.catalog.transfer.sniffing import MAX_COLUMNS, EncodingWatch, Layout, layout_of, sniff_text
from backend.catalog.transfer.workbook import MOST_UNPACKED_BYTES, TooMuch, Unreadable, first_rows, unpacked_bytes
from backend.core.errors import Refused

MAX_BYTES = 500 * 1024 * 1024
MAX_MB = MAX_BYTES // 1024 // 1024
WORKBOOK = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def folder() -> Path:
    """Made where it does not exist yet."""
    place = Path(settings.DATA_DIR) / "imports"
    place.mkdir(parents=True, exist_ok=True)
    return place


def path_of(stored_as: str) -> Path:
    return folder() / stored_as


def forget(stored_as: str) -> None:
    path_of(stored_as).unlink(missing_ok=True)


def keep(blocks: Iterable[bytes]) -> tuple[str, int, Format, Layout]:
    """Writes a file to disk block by block; its name there, its size, its format and its layout.

    Raises Refused for a file that is too large, empty, or no table; nothing of it is kept then.
    """
    stored_as = uuid.uuid4().hex
    try:
        watch, size = _write(path_of(stored_as), blocks)
        form = Format.XLSX if watch.head.startswith(WORKBOOK) else Format.CSV
        return stored_as, size, form, _layout(path_of(stored_as), form, watch)
    except BaseException:
        forget(stored_as)
        raise


def _write(path: Path, blocks: Iterable[bytes]) -> tuple[EncodingWatch, int]:
    watch, size = EncodingWatch(), 0
    with path.open("wb") as file:
        for block in blocks:
            size += len(block)
            if size > MAX_BYTES:
                raise _refused(_("The file is larger than %(max)d MB. Send it in parts.") % {"max": MAX_MB})
            watch.feed(block)
            file.write(block)
    return watch, size


def _layout(path: Path, form: Format, watch: EncodingWatch) -> Layout:
    if watch.head.startswith(OLD_EXCEL):
        raise _refused(_("This is a workbook of the old kind (XLS), or a protected one. Save it as XLSX or CSV."))
    if b"\x00" in watch.head and form == Format.CSV and not watch.encoding().startswith("utf-16"):
        raise _refused(_("This is neither a CSV nor an XLSX file."))
    layout = _of_workbook(path) if form == Format.XLSX else sniff_text(watch.head, watch.encoding())
    if not any(layout.header) or not layout.sample:
        raise _refused(_("There are no rows in this file: a header row, and a row for each product, are expected."))
    if len(layout.header) > MAX_COLUMNS:
        raise _refused(_("The file has more than %(max)d columns.") % {"max": MAX_COLUMNS})
    return layout


def _of_workbook(path: Path) -> Layout:
    """Raises Refused for a zip that would fill the memory, before any of it is unpacked."""
    try:
        unpacked = unpacked_bytes(path)
    except (zipfile.BadZipFile, OSError):
        raise _damaged() from None
    if unpacked > MOST_UNPACKED_BYTES:
        raise _refused(
            _("Unpacked, the workbook would be larger than %(max)d MB. Send it as CSV, or in parts.")
            % {"max": MOST_UNPACKED_BYTES // 1024 // 1024}
        )
    try:
        return layout_of(first_rows(path), encoding="", delimiter="")
    except TooMuch:
        raise _refused(
            _("The workbook takes too much memory to read: its sheet is very large, or a cell far below or far to the "
              "right of the others makes it so. Delete what lies outside the table, or send it as CSV.")
        ) from None  # fmt: skip
    except Unreadable:
        raise _damaged() from None


def _damaged() -> Refused:
    return _refused(_("The workbook is damaged. Open it, save it anew and send that."))


def _refused(message: str) -> Refused:
    return Refused(message, field="file")
