"""Where uploaded files lie: a folder that the web servers and the workers share, and that nobody is shown."""

import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from backend.catalog.transfer.models import Format
from backend.core.tables.opening import is_workbook, refused, workbook_rows
from backend.core.tables.sniffing import MAX_COLUMNS, EncodingWatch, Layout, layout_of, sniff_text

MAX_BYTES = 500 * 1024 * 1024
MAX_MB = MAX_BYTES // 1024 // 1024


def folder() -> Path:
    """Made where it does not exist yet."""
    place = Path(settings.DATA_DIR) / "imports"
    place.mkdir(parents=True, exist_ok=True)
    return place


def path_of(stored_as: str) -> Path:
    return folder() / stored_as


def forget(stored_as: str) -> None:
    path_of(stored_as).unlink(missing_ok=True)


def keep(blocks: Iterable[bytes], *, least_rows: int = 2) -> tuple[str, int, Format, Layout]:
    """Writes a file to disk block by block; its name there, its size, its format and its layout.

    Raises Refused for a file that is too large, empty, or no table; nothing of it is kept then.
    """
    stored_as = uuid.uuid4().hex
    try:
        watch, size = _write(path_of(stored_as), blocks)
        form = Format.XLSX if is_workbook(watch) else Format.CSV
        return stored_as, size, form, _layout(path_of(stored_as), form, watch, least_rows)
    except BaseException:
        forget(stored_as)
        raise


def _write(path: Path, blocks: Iterable[bytes]) -> tuple[EncodingWatch, int]:
    watch, size = EncodingWatch(), 0
    with path.open("wb") as file:
        for block in blocks:
            size += len(block)
            if size > MAX_BYTES:
                raise refused(_("The file is larger than %(max)d MB. Send it in parts.") % {"max": MAX_MB})
            watch.feed(block)
            file.write(block)
    return watch, size


def _layout(path: Path, form: Format, watch: EncodingWatch, least_rows: int) -> Layout:
    layout = _of_workbook(path) if form == Format.XLSX else sniff_text(watch.head, watch.encoding())
    if not any(layout.header) or len(layout.sample) < least_rows - 1:
        raise refused(_("There are no rows in this file: a header row, and a row for each product, are expected."))
    if len(layout.header) > MAX_COLUMNS:
        raise refused(_("The file has more than %(max)d columns.") % {"max": MAX_COLUMNS})
    return layout


def _of_workbook(path: Path) -> Layout:
    return layout_of(workbook_rows(path), encoding="", delimiter="")
