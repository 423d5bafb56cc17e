"""What a file is about decides how its rows are understood: products, or the lines of a price list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from backend.catalog.transfer.checking import Span, create_rows, mark_repeated, read_rows
from backend.catalog.transfer.classifying import classify_rows
from backend.catalog.transfer.families import mark_speakers
from backend.catalog.transfer.models import Import, ImportProblem
from backend.catalog.transfer.problems import Told, teller
from backend.catalog.transfer.steps import Counts
from backend.catalog.transfer.upserting import compared


@dataclass(frozen=True, slots=True)
class Rules:
    """SQL over many rows at once. `create` makes the table of what they mean, `read` fills it, `classify` writes down
    what is wrong, `finish` looks at all of them together; `compare` counts what some would change."""

    create: Callable[[Import], sql.Composed]
    read: Callable[[Import, Span], sql.Composed]
    classify: Callable[[Import, Span, int], sql.Composed]
    finish: Callable[[Import, int], Sequence[sql.Composed]]
    compare: Callable[[Import, Span], Counts]
    teller: Callable[[Import], Callable[[ImportProblem], Told]]
    """Says a problem in words; made once for many."""


def rules_of(import_: Import) -> Rules:
    """Those for what the file is about."""
    from backend.catalog.lists.sheets.rules import OF_LINES

    return OF_LINES if import_.price_list_id else OF_PRODUCTS


def _finished(import_: Import, most: int) -> Sequence[sql.Composed]:
    return mark_repeated(import_, most), mark_speakers(import_)


def _compared(import_: Import, span: Span) -> Counts:
    with connection.cursor() as cursor:
        cursor.execute(compared(import_, span))
        return Counts(*cursor.fetchone())


OF_PRODUCTS = Rules(create_rows, read_rows, classify_rows, _finished, _compared, teller)
