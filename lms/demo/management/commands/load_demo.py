"""manage.py load_demo: two organisations and the sample files, once."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lms.demo.history import make_history
from lms.demo.loading import is_loaded, load_organisation, refresh_statistics
from lms.demo.northfield_offline import FIRST_AID
from lms.demo.offline_loading import sign_sheet
from lms.demo.organisations import make_bergmann, make_northfield
from lms.demo.samples import samples_directory, write_samples
from lms.demo.sign_in_sheet import DOMAIN


class Command(BaseCommand):
    """Load the demo data unless it is there."""

    help = "Load the demo organisations and write their sample files. Does nothing when they are there."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load what is missing."""
        if settings.HTTPS:
            raise CommandError("The demo data has a password that everybody knows: not behind HTTPS.", returncode=2)
        for make in (make_northfield, make_bergmann):
            organisation = make()
            if is_loaded(organisation.slug):
                continue
            started = time.monotonic()
            load_organisation(organisation)
            seconds = time.monotonic() - started
            self.stdout.write(
                f"{organisation.name}: {len(organisation.people):,} people, {len(organisation.courses)} courses "
                f"in {seconds:.1f} s"
            )
            refresh_statistics()
        made = make_history()
        if made:
            self.stdout.write(f"{len(made)} imports of the past weeks, by the real pipeline")
        signature = sign_sheet(slug="northfield", username="maria.keller", activity=FIRST_AID, domain=DOMAIN)
        files = write_samples(samples_directory(), at=timezone.now(), signature=signature)
        self.stdout.write(f"{len(files)} sample files, and what to expect of them, in {samples_directory()}")
