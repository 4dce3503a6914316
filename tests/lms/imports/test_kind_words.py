"""The sentences that differ from kind to kind can all be filled in, and no kind speaks of another's things."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from lms.imports.importer import all_importers, find_words
from lms.imports.kind_words import KindWords
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.dated_importer import HEAD, DatedImporter, dated
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

__all__ = ["dated"]
SignIn = Callable[[User], Client]
NUMBERS = {"n": "1,204", "rows": "2,000", "a": "1 May", "b": "2 May", "removed": "3", "restored": "2", "kept": "1"}


def spoken(words: KindWords) -> str:
    told = []
    for field in fields(words):
        value = getattr(words, field.name)
        told += [value(1), value(2)] if callable(value) else [str(value)]
    return " ".join(text % NUMBERS for text in told)


@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_every_sentence_of_every_kind_can_be_filled_in(language: str) -> None:
    with translation.override(language):
        for importer in all_importers():
            assert "%(" not in spoken(importer.words), importer.key


def test_each_kind_speaks_of_its_own_things() -> None:
    with translation.override("en-gb"):
        told = {key: spoken(find_words(key)).lower() for key in ("completions", "certifications", "")}
    assert "certification" not in told["completions"]
    assert not any(word in told["certifications"] for word in ("course", "completion", "compliant"))
    assert not any(word in told[""] for word in ("course", "completion", "certification", "compliant"))


def test_the_pages_of_an_import_speak_as_its_kind_does(
    cast: Cast, client_for: SignIn, dated: DatedImporter, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dated, "words", KindWords(becomes_current=lambda _n: "becomes the thing of the day"))
    monkeypatch.setattr("lms.imports.confirming.BRAKE_MINIMUM", 1)
    client = client_for(cast.adam)

    def page(path: str, imported: Any) -> str:
        response: Any = client.get(f"/imports/{imported.number}/{path}")
        return " ".join(response.content.decode().split())

    imports.run("dated", HEAD + "bob,SAFE-1,2023-05-01,\n")
    checked = imports.run("dated", HEAD + "bob,SAFE-1,2024-05-01,\nben,SAFE-1,2024-05-01,\n", check_only=True)
    review = page("review/", checked)
    assert "2 rows for 2 people and 1 certification, completed on 1 May 2024." in review
    assert "becomes the thing of the day" in review
    assert "This changes 1 current records, a large share of all. Type 1 to confirm:" in review

    done = imports.confirm(checked, typed="1")
    rows = page("rows/", done)
    assert "current record: 2023-05-01 → 2024-05-01" in rows
    assert "Imported, replaced the current record" in rows
    undo = page("undo/", done)
    assert "1 current record gets back what it was before." in undo
    undone = page("", imports.undo(done))
    assert "2 records were removed, 1 current records got back what they were before, 0 stayed" in undone


def test_the_start_page_without_a_template_of_its_own_names_the_kind(
    cast: Cast, client_for: SignIn, dated: DatedImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dated, "start_template", "imports/start.html")
    monkeypatch.setattr(dated, "title", "Import dated records")
    monkeypatch.setattr(dated, "upload_panel", lambda **_given: None)
    response: Any = client_for(cast.lea).get("/imports/new/dated/")
    page = " ".join(response.content.decode().split())
    assert "Dated completions from a file: up to 50,000 rows, .csv or .xlsx." in page
    assert "and for 1 certification. Rows for anyone else are reported as not found." in page
    assert "course" not in page.split("<main", 1)[1].split("</main>", 1)[0].lower()
    with tenant_scope(cast.acme.pk):
        assert dated.say_items(1204) == "1,204 certifications"
