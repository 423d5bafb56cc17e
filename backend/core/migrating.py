"""What our own migrations can do beside Django's."""

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from backend.core.row_security import RowSecurity

WITHHELD = "unless_withheld"


class SecureRows(Operation):
    """From here on a table's rows are shown to whoever works for their company, to its owner's role as well."""

    reversible = True

    def __init__(self, model_name: str, security: RowSecurity) -> None:
        self.model_name = model_name
        self.security = security

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The rows' security is no part of Django's picture of the table."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = self._table(app_label, schema_editor, to_state)
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        for name, command, shown in self._policies():
            clause = "WITH CHECK" if command == "INSERT" else "USING"
            kind = "RESTRICTIVE" if name == WITHHELD else "PERMISSIVE"
            schema_editor.execute(f"DROP POLICY IF EXISTS {name} ON {table}")  # secured anew
            schema_editor.execute(f"CREATE POLICY {name} ON {table} AS {kind} FOR {command} {clause} ({shown})")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = self._table(app_label, schema_editor, from_state)
        for policy, _command, _shown in self._policies():
            schema_editor.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")

    def _policies(self) -> Iterator[tuple[str, str, str]]:
        """(name, command, which rows). Where all readers of another row read, its company is among them: asking for it
        once more would make every statement longer to plan."""
        owns, reads = self.security.owns, self.security.reads
        if self.security.read_along:
            yield from ((f"of_company_{command.lower()}", command, owns) for command in ("INSERT", "UPDATE", "DELETE"))
        else:
            yield "of_company", "ALL", owns
        if reads:
            yield "for_readers", "SELECT", reads
        if self.security.shows:
            yield WITHHELD, "SELECT", self.security.shows

    def describe(self) -> str:
        return f"Shows rows of {self.model_name} only to whoever works for their company"

    def _table(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState) -> str:
        model: Any = state.apps.get_model(app_label, self.model_name)
        return schema_editor.quote_name(model._meta.db_table)
