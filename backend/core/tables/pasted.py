"""A table as a text: copied from a spreadsheet, typed, or saved as CSV. Pure rules.

Spreadsheet programs put cells on the clipboard with a tab between them; a cell with a tab, a line break or both stands
in quotation marks, which are doubled inside. Any other quotation mark is part of what the cell says.
"""

import re

from backend.core.tables.sniffing import Rows, sniff_delimiter

MOST_COLUMNS = 20
BREAKS = re.compile("\r\n|\r|\n|\u2028|\u2029|\x0b|\x0c|\x85")


def table_of(text: str) -> Rows:
    """The cells of a text, trimmed; rows without anything stand there as empty ones, so that numbers stay right."""
    text = text.removeprefix("\ufeff").replace("\x00", "")
    return trimmed(_split(text, "\t" if "\t" in text else sniff_delimiter(text)))


def trimmed(rows: Rows) -> Rows:
    """Without what surrounds cells, with a space for each break inside one, and at most MOST_COLUMNS of them; nothing
    empty stands at the end."""
    kept = [[" ".join(BREAKS.sub(" ", cell).split()) for cell in row[:MOST_COLUMNS]] for row in rows]
    while kept and not any(kept[-1]):
        kept.pop()
    return kept


def _split(text: str, delimiter: str) -> Rows:
    """RFC 4180, except that a mark which does not enclose the whole cell is one that the cell says."""
    apart = re.escape(delimiter)
    cell = re.compile(
        rf'(?:"((?:[^"]|"")*+)"(?=[ ]*(?:{apart}|\r|\n|\Z))[ ]*|([^\r\n{apart}]*+))({apart}|\r\n|\r|\n|\Z)'
    )
    rows: list[list[str]] = [[]]
    for found in cell.finditer(text):
        quoted, plain, end = found.groups()
        rows[-1].append(plain if quoted is None else quoted.replace('""', '"'))
        if end != delimiter:
            rows.append([])
        if found.end() == len(text):
            break
    return rows
