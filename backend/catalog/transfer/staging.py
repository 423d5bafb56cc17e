"""The tables in which a file stands while it is imported: one with its cells as text, one with what they mean.

Unlogged, in a schema of their own, named after the import and dropped after it. A crash of the database empties them:
then the file is read again.
"""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from io import TextIOWrapper
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import errors, sql

from backend.catalog.transfer.files import path_of
from backend.catalog.transfer.models import Format, Import
from backend.core.database import direct_connection
from backend.core.tables.workbook import copy_blocks, copy_line, in_blocks

SCHEMA = "staging"
BLOCK_BYTES = 256 * 1024
LONGEST_LINE = 1024 * 1024
TELL_EVERY = 1000
POSTGRES_NAMES = {"cp1252": "WIN1252"}
"""What the server can decode itself; the rest is decoded here, block by block."""
DAMAGED = (errors.BadCopyFileFormat, errors.CharacterNotInRepertoire, errors.UntranslatableCharacter, errors.DataError)

Told = Callable[[int], bool]
"""Hears how many bytes were read, and says whether to go on."""


class Stopped(Exception):
    """Whoever is told of the progress wants no more of it."""


def cells(import_id: int) -> sql.Identifier:
    """The file's rows as text: `line`, how many `cells` the row had (null: as many as the header), c0, c1 …"""
    return sql.Identifier(SCHEMA, f"import_{import_id}_cells")


def rows(import_id: int) -> sql.Identifier:
    """What the rows mean, as far as they can be understood: see checking.py."""
    return sql.Identifier(SCHEMA, f"import_{import_id}_rows")


def lines(import_id: int) -> sql.Identifier:
    """The right lines of a price list, SKU by SKU: see lists/sheets/checking.py."""
    return sql.Identifier(SCHEMA, f"import_{import_id}_lines")


def drop(import_id: int) -> None:
    every = sql.SQL(", ").join([cells(import_id), rows(import_id), lines(import_id)])
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(every))


def is_there(import_id: int) -> bool:
    """Whether the file's rows still stand there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.import_{import_id}_cells"])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(cells(import_id)))
        return bool(cursor.fetchone()[0])


def left_behind() -> list[int]:
    """The imports that have tables here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT split_part(tablename, '_', 2)::bigint FROM pg_tables WHERE schemaname = %s"
            " AND tablename LIKE 'import\\_%%' ORDER BY 1",
            [SCHEMA],
        )
        return [pk for (pk,) in cursor.fetchall()]


def fill(import_: Import, told: Told) -> tuple[int, int]:
    """Copies the file's rows as text, on a connection of its own; how many there are, and the last one's line.

    A whole file goes in as it is, and the server reads it. One that breaks its own rules (a row with more cells than
    the header, a byte of no letter) is read again row by row, so that only those rows are lost.
    Raises Stopped, csv.Error for a file that is no table, workbook.Unreadable.
    """
    with closing(direct_connection()) as wire:
        try:
            if import_.format == Format.CSV and import_.header_row == 1:
                return _copy_whole(wire, import_, told)
        except DAMAGED:
            pass
        return _copy_rows(wire, import_, told)


def _copy_whole(wire: psycopg.Connection[tuple[object, ...]], import_: Import, told: Told) -> tuple[int, int]:
    columns = sql.SQL(", ").join(_column_names(import_))
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, HEADER, DELIMITER {}, ENCODING {})").format(
        cells(import_.pk), columns, import_.delimiter, POSTGRES_NAMES.get(import_.encoding, "UTF8")
    )
    return _copy(wire, import_, command, _whole_blocks(import_, told))


def _copy_rows(wire: psycopg.Connection[tuple[object, ...]], import_: Import, told: Told) -> tuple[int, int]:
    command = sql.SQL("COPY {} FROM STDIN (NULL '', ENCODING 'UTF8')").format(cells(import_.pk))
    return _copy(wire, import_, command, _row_blocks(import_, told))


def _copy(
    wire: psycopg.Connection[tuple[object, ...]], import_: Import, command: sql.Composed, blocks: Iterable[bytes]
) -> tuple[int, int]:
    _create(wire, import_)
    with wire.cursor() as cursor:
        with cursor.copy(command) as copy:
            for block in blocks:
                copy.write(block)
        found = cursor.rowcount
        last = cursor.execute(sql.SQL("SELECT coalesce(max(line), 0) FROM {}").format(cells(import_.pk))).fetchone()
    index = sql.SQL("CREATE INDEX ON {} USING brin (line) WITH (pages_per_range = 16)").format(cells(import_.pk))
    wire.execute(index)
    wire.execute(sql.SQL("ANALYZE {} (line)").format(cells(import_.pk)))
    return found, int(str(last[0])) if last else 0


def _create(wire: psycopg.Connection[tuple[object, ...]], import_: Import) -> None:
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(name) for name in _column_names(import_))
    wire.execute(sql.SQL("DROP TABLE IF EXISTS {}, {}").format(cells(import_.pk), rows(import_.pk)))
    wire.execute(
        sql.SQL(
            "CREATE UNLOGGED TABLE {} (line bigint GENERATED BY DEFAULT AS IDENTITY (START WITH {} CACHE 1000),"
            " cells int, {}) WITH (autovacuum_enabled = off)"
        ).format(cells(import_.pk), import_.header_row + 1, columns)
    )


def _column_names(import_: Import) -> list[sql.Identifier]:
    return [sql.Identifier(f"c{column}") for column in range(len(import_.header))]


def _whole_blocks(import_: Import, told: Told) -> Iterator[bytes]:
    """The file's bytes as the server takes them: without the mark at its beginning, and never UTF-16."""
    blocks = _file_blocks(path_of(import_.stored_as), told)
    if import_.encoding in POSTGRES_NAMES or import_.encoding == "utf-8":
        return blocks
    return _decoded(blocks, import_.encoding)


def _decoded(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder, is_first = codecs.getincrementaldecoder(encoding)("replace"), True
    for block in blocks:
        text = decoder.decode(block)
        yield (text.removeprefix("\ufeff") if is_first else text).encode("utf-8", "replace")
        is_first = is_first and not text
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def _file_blocks(path: Path, told: Told) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if not told(file.tell()):
                raise Stopped
            yield block


def _row_blocks(import_: Import, told: Told) -> Iterator[bytes]:
    path, width = path_of(import_.stored_as), len(import_.header)
    if import_.format == Format.XLSX:
        return _counted(copy_blocks(path, width, import_.header_row), import_, told)
    return in_blocks(_lines(path, import_, width, told))


def _counted(blocks: Iterable[bytes], import_: Import, told: Told) -> Iterator[bytes]:
    """A workbook is packed, so what has come out of it says little of what is left: the bar waits at its beginning."""
    for block in blocks:
        if not told(0):
            raise Stopped
        yield block


def _lines(path: Path, import_: Import, width: int, told: Told) -> Iterator[str]:
    """Each row as csv understands it; bytes that are no letter become U+FFFD, which the check will find."""
    with path.open("rb") as raw, TextIOWrapper(raw, import_.encoding, "replace", newline="") as file:
        lines = iter(partial(file.readline, LONGEST_LINE), "")
        for number, row in enumerate(csv.reader(lines, delimiter=import_.delimiter), 1):
            if number % TELL_EVERY == 0 and not told(raw.tell()):
                raise Stopped
            if number > import_.header_row and any(cell.strip() for cell in row):
                yield copy_line(number, row, width)
