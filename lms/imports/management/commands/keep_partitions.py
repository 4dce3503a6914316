"""manage.py keep_partitions: make the row log's coming partitions and drop the due ones, once (E-67)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lms.imports.retention import earliest_today, run_partition_upkeep


class Command(BaseCommand):
    """Runs the upkeep that the maintenance worker does every hour."""

    help = "Make the row log's coming partitions and drop those whose purge date has come."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it with the owner's connection and say what was done."""
        if "owner" not in settings.DATABASES:
            raise CommandError("DATABASE_OWNER_URL is not set: only the owner of the tables can do this.", returncode=2)
        dropped, made = run_partition_upkeep(today=earliest_today())
        self.stdout.write(f"{len(made)} partitions made, {len(dropped)} dropped")
