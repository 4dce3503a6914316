"""The tenant's walls around imports."""

from django.db import migrations

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial"), ("people", "0002_walls")]

    operations = [
        BuildWalls("importbatch", "headermapping", "headersynonym", "resultsfile", referenced=("importbatch",)),
    ]
