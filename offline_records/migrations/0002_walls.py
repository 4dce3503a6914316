"""The tenant's walls around offline activities."""

from django.db import migrations

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [("offline_records", "0001_initial"), ("people", "0002_walls")]

    operations = [
        BuildWalls(
            "category",
            "offlineactivity",
            "activitydomain",
            "customfield",
            "offlinerecord",
            referenced=("category", "offlineactivity"),
        ),
    ]
