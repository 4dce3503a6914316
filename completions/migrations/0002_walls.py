"""The tenant's walls around completions."""

from django.db import migrations

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [("completions", "0001_initial"), ("courses", "0002_walls")]

    operations = [
        BuildWalls(
            "completionsettings",
            "achievement",
            "courseresult",
            "resultchange",
            "sighting",
            referenced=("achievement",),
            # Checked through the completion they show; checking them again costs a third of an import's writes
            # (docs/decisions/foreign-keys.md).
            unchecked=("courseresult.person", "courseresult.course", "resultchange.person", "resultchange.course"),
        ),
    ]
