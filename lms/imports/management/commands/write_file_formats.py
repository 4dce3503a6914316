"""manage.py write_file_formats: docs/file-formats.md from the code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.imports.file_formats import describe_file_formats
from lms.imports.importer import all_importers, discover_importers


class Command(BaseCommand):
    """Write the page, or only say whether it is up to date."""

    help = "Write docs/file-formats.md: columns of every importer, limits, date formats, problem codes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is out of date")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare."""
        discover_importers()
        page = settings.BASE_DIR / "docs" / "file-formats.md"
        text = describe_file_formats(all_importers())
        if options["check"]:
            if not page.exists() or page.read_text("utf-8") != text:
                raise CommandError(
                    "docs/file-formats.md is out of date: run manage.py write_file_formats", returncode=1
                )
            return
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, "utf-8")
        self.stdout.write(f"{page.relative_to(settings.BASE_DIR)} written")
