"""Migration operations that build the walls: forced row-level security and foreign keys that carry the tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import ForeignKey

POLICY = "tenant_id = current_setting('app.tenant')::int"


class BuildWalls(Operation):
    """Put tables behind the tenant's wall.

    For each model: row-level security, forced on the owner too, with a policy that raises outside of a scope;
    UNIQUE (tenant_id, id) where `referenced` names the model; a foreign key on (tenant_id, x_id) for every link
    to another table behind the wall, unless the link is named in `unchecked` ("model.field").
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, *models: str, referenced: tuple[str, ...] = (), unchecked: tuple[str, ...] = ()) -> None:
        self.models = models
        self.referenced = referenced
        self.unchecked = unchecked

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        return type(self).__name__, self.models, {"referenced": self.referenced, "unchecked": self.unchecked}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing: walls are not part of Django's model state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for name in self.referenced:
            table = to_state.apps.get_model(app_label, name)._meta.db_table
            schema_editor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_key" UNIQUE (tenant_id, id)')
        for name in self.models:
            model = to_state.apps.get_model(app_label, name)
            self._add_keys(schema_editor, name, model)
        for name in self.models:
            table = to_state.apps.get_model(app_label, name)._meta.db_table
            schema_editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
            schema_editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
            schema_editor.execute(f'CREATE POLICY tenant ON "{table}" USING ({POLICY}) WITH CHECK ({POLICY})')

    def _add_keys(self, schema_editor: BaseDatabaseSchemaEditor, name: str, model: Any) -> None:
        table = model._meta.db_table
        for field in model._meta.local_fields:
            if not isinstance(field, ForeignKey) or field.name == "tenant" or f"{name}.{field.name}" in self.unchecked:
                continue
            target = field.related_model._meta
            if not any(other.name == "tenant" for other in target.local_fields):
                continue
            # Validating a new key reads the other table as the owner, whom a wall that already stands would stop.
            is_new = target.app_label == model._meta.app_label and target.model_name in self.models
            walled = target.db_table != table and not is_new
            with without_forced_walls(schema_editor, *([target.db_table] if walled else [])):
                schema_editor.execute(
                    f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_fk" '
                    f'FOREIGN KEY (tenant_id, "{field.column}") REFERENCES "{target.db_table}" (tenant_id, id)'
                )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for name in self.models:
            table = from_state.apps.get_model(app_label, name)._meta.db_table
            schema_editor.execute(f'DROP POLICY tenant ON "{table}"')
            schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')

    def describe(self) -> str:
        return f"Build the tenant's walls around {', '.join(self.models)}"


@contextmanager
def without_forced_walls(schema_editor: BaseDatabaseSchemaEditor, *tables: str) -> Iterator[None]:
    """Let a data migration, run by the owner, see all tenants' rows of these tables; the walls are back afterwards."""
    for table in tables:
        schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    yield
    for table in tables:
        schema_editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
