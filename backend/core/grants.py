"""What the application's role may do: read and write every table, but never rewrite what is append-only.

A model says `append_only = True`; the columns that may still be set later stand in `settable_later`. One that says
`filled_in_bulk = True` may be looked at by the application when it has grown (ANALYZE).
"""

from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql


def grant_to_application(owner: BaseDatabaseWrapper, role: str) -> None:
    """Grants the application's role its rights on all tables there are; run by the owner after every migration."""
    for statement in _statements(sql.Identifier(role)):
        with owner.cursor() as cursor:
            cursor.execute(statement)


def _statements(role: sql.Identifier) -> Iterator[sql.Composable]:
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role)
    yield sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(role)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role)
    # A room to work in: the tables of one job, made for it and dropped after it.
    yield sql.SQL("CREATE SCHEMA IF NOT EXISTS staging")
    yield sql.SQL("GRANT USAGE, CREATE ON SCHEMA staging TO {}").format(role)
    for model in apps.get_models():
        if getattr(model, "append_only", False):
            table = sql.Identifier(model._meta.db_table)
            yield sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(table, role)
            yield from _settable(table, getattr(model, "settable_later", ()), role)
        if getattr(model, "filled_in_bulk", False):
            yield sql.SQL("GRANT MAINTAIN ON {} TO {}").format(sql.Identifier(model._meta.db_table), role)


def _settable(table: sql.Identifier, columns: Sequence[str], role: sql.Identifier) -> Iterator[sql.Composed]:
    if columns:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        yield sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(names, table, role)
