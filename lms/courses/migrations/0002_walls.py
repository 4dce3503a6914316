"""The tenant's walls around the catalogue."""

from django.db import migrations

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial"), ("people", "0002_walls")]

    operations = [
        BuildWalls(
            "course",
            "courseassignment",
            "teamcourse",
            referenced=("course",),
            unchecked=("courseassignment.person", "courseassignment.course"),  # docs/decisions/foreign-keys.md
        ),
    ]
