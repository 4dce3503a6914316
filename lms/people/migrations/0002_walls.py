"""The tenant's walls around people and teams."""

from django.db import migrations

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("tenancy", "0002_roles")]

    operations = [
        BuildWalls(
            "peopledomain",
            "user",
            "team",
            "membership",
            "promotion",
            "rolepermission",
            referenced=(
                "peopledomain",
                "user",
                "team",
            ),
        ),
    ]
