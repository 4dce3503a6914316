"""The catalogues of the languages on offer: complete, with the placeholders of the original, compiled as they stand.

`django.mo` is committed because a fresh machine has no `msgfmt`; so it is compared with `django.po` here.
"""

import ast
import datetime as dt
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from lms.core.text import header_key
from lms.core.wording import say_date, say_date_format, say_moment, say_number
from lms.imports.importer import all_importers
from lms.imports.problems import describe_problem
from lms.people.models import User
from lms.tenancy.models import DateFormat, Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

PROJECT = Path(__file__).parents[1]
LANGUAGES = sorted(code for code, _ in settings.LANGUAGES if not code.startswith("en"))
# %(name)s, {name}, %% and the tags of links: what a sentence is filled with.
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%%|\{\w*\}|<[^>]+>")
RENAMED = re.compile(r"import .*n?p?gettext\w* as (?!_$)\w+")
MARKS = re.compile(r"_|n?p?gettext\w*")
STARTS = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d)\])? (".*")')


@dataclass(frozen=True, slots=True)
class Entry:
    """One message: the forms of the original (one, or singular and plural) and those of the translation."""

    context: str
    original: tuple[str, ...]
    translated: tuple[str, ...]
    is_fuzzy: bool

    @property
    def key(self) -> tuple[str, ...]:
        return (self.context, *self.original)


def read_entry(block: str) -> Entry:
    texts: dict[tuple[str, int], str] = {}
    current = ("", 0)
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        start = STARTS.fullmatch(line)
        if start:
            current = (start[1], int(start[2] or 0))
            texts[current] = ""
        texts[current] += ast.literal_eval(start[3] if start else line)
    return Entry(
        context=texts.get(("msgctxt", 0), ""),
        original=tuple(text for (kind, _), text in texts.items() if kind.startswith("msgid")),
        translated=tuple(text for (kind, _), text in texts.items() if kind == "msgstr"),
        is_fuzzy=any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines()),
    )


def read_catalogue(path: Path) -> list[Entry]:
    """All entries but the header, in the order of the file."""
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [entry for block in blocks if "msgid" in block and (entry := read_entry(block)).original != ("",)]


def catalogue_of(language: str, *, root: Path = PROJECT) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def translate(compiled: GNUTranslations, entry: Entry) -> tuple[str, ...]:
    """What the compiled catalogue says for every form of the entry (languages with two forms: 1, and 2)."""
    if len(entry.original) == 1:
        (text,) = entry.original
        return (compiled.pgettext(entry.context, text) if entry.context else compiled.gettext(text),)
    one, many = entry.original
    if entry.context:
        return tuple(compiled.npgettext(entry.context, one, many, number) for number in (1, 2))
    return tuple(compiled.ngettext(one, many, number) for number in (1, 2))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_translated(language: str) -> None:
    entries = read_catalogue(catalogue_of(language))
    poor = [
        entry.original
        for entry in entries
        if entry.is_fuzzy or len(entry.translated) != len(entry.original) or not all(entry.translated)
    ]
    assert poor == []
    assert len({entry.key for entry in entries}) == len(entries) > 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_exactly_the_placeholders_of_its_original(language: str) -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    different = [
        (original, translated)
        for entry in read_catalogue(catalogue_of(language))
        for original, translated in zip(entry.original, entry.translated, strict=True)
        if placeholders(original) != placeholders(translated)
    ]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    entries = read_catalogue(catalogue_of(language))
    binary = catalogue_of(language).with_suffix(".mo")
    with binary.open("rb") as file:
        compiled = GNUTranslations(file)
    wrong = [entry.original for entry in entries if translate(compiled, entry) != entry.translated]
    assert wrong == []
    # The number of strings stands at byte 8; one of them is the header.
    (strings,) = struct.unpack_from("<I", binary.read_bytes(), 8)
    assert strings == len(entries) + 1


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="xgettext is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_what_the_code_says_and_nothing_else(language: str, tmp_path: Path) -> None:
    for name in ("lms", "completions", "certifications", "offline_records", "templates"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "manage.py", tmp_path)
    (tmp_path / "locale").mkdir()
    command = ["makemessages", "--locale", language, "--add-location", "never", "--verbosity", "0"]
    subprocess.run([sys.executable, "manage.py", *command], cwd=tmp_path, check=True, env=make_environment(tmp_path))
    used = {entry.key for entry in read_catalogue(catalogue_of(language, root=tmp_path))}
    known = {entry.key for entry in read_catalogue(catalogue_of(language))}
    assert {"missing": used - known, "unused": known - used} == {"missing": set(), "unused": set()}


@pytest.mark.parametrize(
    ("organisation", "person", "browser", "title"),
    [
        pytest.param("de", "", "en-GB", "Ihr Profil", id="as-in-the-organisation"),
        pytest.param("en-gb", "", "de-DE", "Your profile", id="not-as-in-the-browser"),
        pytest.param("en-gb", "de", "en-GB", "Ihr Profil", id="chosen-in-the-profile"),
        pytest.param("de", "en-gb", "de-DE", "Your profile", id="english-chosen-in-the-profile"),
    ],
)
def test_pages_stand_in_the_language_of_the_person_or_else_of_the_organisation(
    cast: Cast, client_for: Callable[[User], Client], organisation: str, person: str, browser: str, title: str
) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(language=organisation)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(language=person)
    page = client_for(cast.bob).get(reverse("profile"), headers={"accept-language": browser})
    assert f"<h1>{title}</h1>" in page.content.decode()
    assert f'<html lang="{person or organisation}"' in page.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_L14_a_template_in_any_language_is_recognised_by_its_column_names(language: str) -> None:
    ours = [importer for importer in all_importers() if not type(importer).__module__.startswith("tests")]
    columns = [column for importer in ours for column in importer.columns]
    assert len(columns) >= 6
    with override(language):
        unknown = [str(column.label) for column in columns if header_key(str(column.label)) not in column.header_keys]
    assert unknown == []


def test_texts_are_marked_by_names_that_makemessages_knows() -> None:
    """`_`, and the functions' own names; a text inside any other call is never found."""
    renamed = [
        f"{path.relative_to(PROJECT)}: {line}"
        for app in ("lms", "completions", "certifications", "offline_records")
        for path in (PROJECT / app).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if RENAMED.search(line)
    ]
    assert renamed == []


def test_no_text_is_marked_inside_an_f_string_where_makemessages_finds_none() -> None:
    hidden = [
        f"{path.relative_to(PROJECT)}:{call.lineno}"
        for app in ("lms", "completions", "certifications", "offline_records")
        for path in (PROJECT / app).rglob("*.py")
        if 'f"' in (code := path.read_text(encoding="utf-8"))
        for filled in ast.walk(ast.parse(code))
        if isinstance(filled, ast.JoinedStr)
        for call in ast.walk(filled)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and MARKS.fullmatch(call.func.id)
    ]
    assert hidden == []


def test_date_formats_stand_in_the_letters_of_the_language() -> None:
    names = [*DateFormat.values, *(str(label) for label in DateFormat.labels)]
    with override("de"):
        shown = [say_date_format(name) for name in names]
        assert [str(label) for label in DateFormat.labels] == shown[5:]
    assert (names, shown) == (
        [
            *("dd/mm/yyyy", "mm/dd/yyyy", "dd.mm.yyyy", "yyyy-mm-dd", "dd-mm-yyyy"),
            *("d/M/yyyy", "M/d/yyyy", "d.M.yyyy", "yyyy-MM-dd", "d-M-yyyy"),
        ],
        [
            *("TT/MM/JJJJ", "MM/TT/JJJJ", "TT.MM.JJJJ", "JJJJ-MM-TT", "TT-MM-JJJJ"),
            *("T/M/JJJJ", "M/T/JJJJ", "T.M.JJJJ", "JJJJ-MM-TT", "T-M-JJJJ"),
        ],
    )


def test_numbers_and_dates_stand_as_the_language_writes_them() -> None:
    moment = dt.datetime(2026, 11, 14, 14, 2)  # noqa: DTZ001 - already in the reader's time zone
    with override("de"):
        shown = (say_number(46_902), say_date(moment.date()), say_moment(moment))
    assert shown == ("46.902", "14. November 2026", "14. November 2026, 14:02")


def test_R903_outcomes_stand_in_words() -> None:
    params = {"a": "created", "b": "added_to_history"}
    with override("en"):
        english = describe_problem("R903", params)
    with override("de"):
        german = describe_problem("R903", params)
    assert (english, german) == (
        "The check said: imported. It became: added to history, because something else changed in between.",
        "Die Prüfung sagte: importiert. Daraus wurde: in den Verlauf aufgenommen, weil sich inzwischen anderes geändert hat.",
    )


def make_environment(directory: Path) -> dict[str, Any]:
    """Enough for the settings of the copy, which must not be those of the project's own tree."""
    return {"PATH": os.environ["PATH"], "DEBUG": "true", "DATA_DIR": str(directory / "data")}
