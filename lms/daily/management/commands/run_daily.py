"""manage.py run_daily: run the daily job by hand."""

import argparse
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.daily.services import find_due, has_run, run_each
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

MISUSE = 2
FAULT = 3


class Command(BaseCommand):
    """Runs the daily job of the tenants whose hour has come, or of one tenant at once."""

    help = "Run the daily job: of every organisation whose hour has come, or of one at once. Each day is done once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Name the organisation and the day."""
        parser.add_argument("--tenant", default="", metavar="SLUG", help="one organisation, whatever its clock says")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="DATE", help="the day to run, yyyy-mm-dd; default: today"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run and say what was done."""
        wanted = self._choose(options)
        runs = run_each(wanted)
        for run in runs:
            counts = [f"{part}.{name} {number}" for part, found in run.counts.items() for name, number in found.items()]
            self.stdout.write(f"{run.tenant.slug} {run.run_on}: {', '.join(counts) or 'nothing to do'}")
        done = {run.tenant_id for run in runs}
        failed = [tenant.slug for tenant, day in wanted if tenant.pk not in done and not has_run(tenant, day=day)]
        if failed:
            raise CommandError(f"Not done, the log says why: {', '.join(failed)}", returncode=FAULT)
        if not runs:
            self.stdout.write("Nothing to do: every day has had its run, or its hour has not come.")

    def _choose(self, options: dict[str, Any]) -> list[tuple[Tenant, date]]:
        slug, day = options["tenant"], options["as_of"]
        if not slug and day is None:
            return find_due()
        tenants = list(Tenant.objects.filter(is_active=True, **({"slug": slug} if slug else {})).order_by("pk"))
        if slug and not tenants:
            raise CommandError(f"There is no active organisation {slug!r}.", returncode=MISUSE)
        if day is not None and any(day > today(tenant) for tenant in tenants):
            raise CommandError(f"{day} has not come yet.", returncode=MISUSE)
        return [(tenant, day or today(tenant)) for tenant in tenants]
