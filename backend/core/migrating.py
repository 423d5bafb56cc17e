"""What our own migrations can do beside Django's."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from backend.core.row_security import RowSecurity


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
        schema_editor.execute(f"CREATE POLICY of_company ON {table} USING ({self.security.owns})")
        if self.security.readers:
            schema_editor.execute(f"CREATE POLICY for_readers ON {table} FOR SELECT USING ({self.security.reads})")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = self._table(app_label, schema_editor, from_state)
        for policy in ("of_company", "for_readers"):
            schema_editor.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Shows rows of {self.model_name} only to whoever works for their company"

    def _table(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState) -> str:
        model: Any = state.apps.get_model(app_label, self.model_name)
        return schema_editor.quote_name(model._meta.db_table)
