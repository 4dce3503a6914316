"""The tenant's wall around the audit history, which the application role can add to and seal, but not rewrite."""

from django.conf import settings
from django.db import migrations

from lms.tenancy.walls import BuildWalls


def forbid_rewriting(apps, schema_editor):
    role = schema_editor.connection.ops.quote_name(settings.DATABASES["default"]["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE ON audit_auditevent FROM {role}")
    schema_editor.execute(f"GRANT UPDATE (chain_number, chain_hash) ON audit_auditevent TO {role}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0002_roles")]

    operations = [BuildWalls("auditevent"), migrations.RunPython(forbid_rewriting, migrations.RunPython.noop)]
