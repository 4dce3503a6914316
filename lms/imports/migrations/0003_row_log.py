"""The row log: partitioned by purge date, behind the wall, its partitions granted to nobody."""

from datetime import UTC, datetime

from django.db import migrations

from lms.imports.partitions import make_partitions
from lms.tenancy.walls import POLICY

TABLE = f"""
CREATE TABLE imports_importrow (
    purge_on date NOT NULL,
    tenant_id integer NOT NULL,
    batch_id bigint NOT NULL,
    row_no integer NOT NULL,
    position integer,
    person_id bigint,
    item_id bigint,
    day date,
    cells jsonb NOT NULL,
    values jsonb NOT NULL,
    outcome varchar(20) NOT NULL,
    problems jsonb NOT NULL,
    plan jsonb NOT NULL,
    target_id bigint,
    PRIMARY KEY (purge_on, batch_id, row_no)
) PARTITION BY RANGE (purge_on);
CREATE INDEX imports_importrow_position ON imports_importrow (batch_id, position) WHERE position IS NOT NULL;
ALTER TABLE imports_importrow ENABLE ROW LEVEL SECURITY;
ALTER TABLE imports_importrow FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON imports_importrow USING ({POLICY}) WITH CHECK ({POLICY});
"""


def make_first_partitions(apps, schema_editor):
    make_partitions(schema_editor.connection, today=datetime.now(UTC).date())


class Migration(migrations.Migration):
    dependencies = [("imports", "0002_walls")]

    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE imports_importrow"),
        migrations.RunPython(make_first_partitions, migrations.RunPython.noop),
    ]
