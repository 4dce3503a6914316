"""manage.py create_tenant: a new organisation with its first Account Owner."""

import argparse
import sys
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email, validate_slug

from lms.core.text import clean_text
from lms.people.mails import build_password_link
from lms.people.models import User
from lms.tenancy.links import build_link
from lms.tenancy.models import DateFormat, Tenant
from lms.tenancy.scope import tenant_scope
from lms.tenancy.services import create_tenant

MISUSE = 2


class Command(BaseCommand):
    """Creates the organisation and its owner, and prints the address at which the owner sets a password."""

    help = "Create an organisation with its first Account Owner; prints the link to set a password."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Name the organisation, its host and its owner."""
        parser.add_argument("slug", help="short name; letters, digits, hyphens")
        parser.add_argument("--name", required=True, help="name of the organisation")
        parser.add_argument("--host", default="", help="host name; default: SLUG.BASE_DOMAIN")
        parser.add_argument("--owner", required=True, metavar="USERNAME", help="username of the first Account Owner")
        parser.add_argument("--email", required=True, help="e-mail address of the owner")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")
        parser.add_argument("--time-zone", default="Europe/London")
        parser.add_argument(
            "--language", default=settings.LANGUAGE_CODE, choices=[code for code, _ in settings.LANGUAGES]
        )
        parser.add_argument("--date-format", default=DateFormat.DMY_SLASH.value, choices=DateFormat.values)
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the owner's password from standard input; prints no link",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check every answer first, then write all at once."""
        host = (options["host"] or f"{options['slug']}.{settings.BASE_DOMAIN}").lower()
        owner = User(
            username=clean_text(options["owner"]),
            email=options["email"],
            first_name=options["first_name"],
            last_name=options["last_name"],
        )
        self._check(options, host=host)
        if options["password_stdin"]:
            owner.set_password(self._read_password(owner))
        tenant = create_tenant(
            options["slug"],
            name=options["name"],
            host=host,
            owner=owner,
            time_zone=options["time_zone"],
            language=options["language"],
            date_format=options["date_format"],
        )
        self.stdout.write(f"{tenant.name} is at {build_link(tenant, '/')}")
        if not options["password_stdin"]:
            with tenant_scope(tenant.pk):
                link = build_password_link(owner, tenant=tenant)
            self.stdout.write(f"{owner.username} sets a password, within three days, at\n{link}")

    def _check(self, options: dict[str, Any], *, host: str) -> None:
        try:
            validate_slug(options["slug"])
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=MISUSE) from error
        if not clean_text(options["owner"]):
            raise CommandError("The owner needs a username.", returncode=MISUSE)
        if options["time_zone"] not in available_timezones():
            raise CommandError(f"There is no time zone {options['time_zone']!r}.", returncode=MISUSE)
        if Tenant.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is already an organisation {options['slug']!r}.", returncode=MISUSE)
        if Tenant.objects.filter(host=host).exists():
            raise CommandError(f"Another organisation is at {host!r}.", returncode=MISUSE)

    def _read_password(self, owner: User) -> str:
        password = sys.stdin.readline().rstrip("\r\n")
        try:
            validate_password(password, owner)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=MISUSE) from error
        return password
