"""docs/file-formats.md is what the code says."""

import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils.translation import override
from pytest_django import Settings

from lms.imports.file_formats import describe_file_formats
from lms.imports.importer import discover_importers, get_importer
from lms.imports.problems import CATALOGUE


def test_the_page_is_up_to_date() -> None:
    # In a process of its own: other tests may have registered importers of their own in this one.
    command = [sys.executable, "manage.py", "write_file_formats", "--check"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_old_page_is_noticed(settings: Settings, tmp_path: object) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError) as caught:
        call_command("write_file_formats", "--check")
    assert caught.value.returncode == 1


def test_every_code_of_the_catalogue_has_its_line() -> None:
    page = (settings.BASE_DIR / "docs" / "file-formats.md").read_text("utf-8")
    assert re.findall(r"^\| ([FR]\d{3}) \|", page, re.MULTILINE) == sorted(CATALOGUE)


def test_the_page_is_english_whoever_writes_it() -> None:
    discover_importers()
    importers = [get_importer("completions")]
    english = describe_file_formats(importers)
    with override("de"):
        assert describe_file_formats(importers) == english
