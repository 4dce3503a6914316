"""The tenant's walls around notices and mails."""

from django.db import migrations

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("people", "0002_walls")]

    operations = [
        BuildWalls("notice", "outboxmessage", referenced=()),
    ]
