"""A file that is small enough to be read at once: CSV in any dress, or XLSX. Nothing of it is kept."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.utils.translation import gettext as _

from backend.core.tables.opening import is_workbook, refused, workbook_rows
from backend.core.tables.pasted import table_of, trimmed
from backend.core.tables.sniffing import EncodingWatch, Rows


def rows_of_file(blocks: Iterable[bytes], *, max_mb: int, most_rows: int) -> Rows:
    """The cells of an uploaded file; of a workbook at most so many rows. Raises Refused for one that is too large,
    damaged, or no table."""
    watch, size = EncodingWatch(), 0
    with NamedTemporaryFile() as file:
        for block in blocks:
            size += len(block)
            if size > max_mb * 1024 * 1024:
                raise refused(_("The file is larger than %(max)d MB. Send it in parts.") % {"max": max_mb})
            watch.feed(block)
            file.write(block)
        file.flush()
        path = Path(file.name)
        if is_workbook(watch):
            return trimmed(workbook_rows(path, most_rows))
        return table_of(path.read_bytes().decode(watch.encoding(), "replace"))
