"""manage.py demo_sign_ins: addresses, usernames and the password of the demo."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lms.demo.sign_ins import format_sign_ins, list_sign_ins


class Command(BaseCommand):
    """Print who can sign in to the demo."""

    help = "Print the sign-ins of the demo organisations as a table."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port of the web server."""
        parser.add_argument("--port", type=int, default=8000, help="port the web server listens on")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the table."""
        self.stdout.write(format_sign_ins(list_sign_ins(port=options["port"])))
