"""What kind of import a dropped file is: by its column names, by what was chosen before, and said once."""

import uuid
from collections.abc import Collection

import pytest

from lms.audit.models import AuditEvent
from lms.imports.importer import get_importer
from lms.imports.mapping import digest_headers
from lms.imports.models import HeaderMapping, HeaderSynonym, ImportBatch
from lms.imports.recognising import KIND_OPEN, choose_kind, guess_kinds, is_kind_open
from lms.imports.transitions import StateConflict
from lms.imports.uploading import store_upload
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

COURSES = "Username,Course Code,Completion Date"
CERTIFICATIONS = "username,certificationshortname,certificationidnumber,completiondate,duedate"
KINDS = ("completions", "certifications")


def drop(imports: Imports, header: str, *, rows: str = "bob,SAFE-1,2024-05-13\n") -> ImportBatch:
    """Store a file as the dashboard does, and let a worker look at it."""
    actor = imports.person("adam")
    batch = store_upload(
        tenant=imports.tenant_of(actor),
        actor=actor,
        importer=get_importer("completions"),
        chunks=[f"{header}\n{rows}".encode()],
        file_name="dropped.csv",
        idempotency_key=uuid.uuid4(),
        options={KIND_OPEN: True},
    )
    imports.work()
    return imports.load(batch).batch


def guesses(batch: ImportBatch, actor: User, *, kinds: Collection[str] = KINDS) -> list[tuple[str, int, int]]:
    """The kinds in the order in which they are proposed, with found and needed columns."""
    with tenant_scope(batch.tenant_id):
        found = guess_kinds([get_importer(kind) for kind in kinds], batch=batch, actor=actor)
    return [(guess.importer.key, guess.found, guess.needed) for guess in found]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (COURSES, [("completions", 3, 3), ("certifications", 2, 5)]),
        (CERTIFICATIONS, [("certifications", 5, 5), ("completions", 2, 3)]),
        # In any spelling and order, below other columns.
        ("Due Date,Certification ID number,USER_NAME,Certification Short Name,Completion date,Ward",
         [("certifications", 5, 5), ("completions", 2, 3)]),
        ("Benutzername,Kurs-Nr.,Abgeschlossen am,Status", [("completions", 3, 3), ("certifications", 2, 5)]),
        ("Name,Place,Colour", [("completions", 0, 3), ("certifications", 0, 5)]),
    ],
)  # fmt: skip
def test_the_kind_with_most_of_its_columns_comes_first(
    cast: Cast, imports: Imports, header: str, expected: list[tuple[str, int, int]]
) -> None:
    assert guesses(drop(imports, header), cast.adam) == expected


def test_only_the_kinds_one_may_use_are_guessed(cast: Cast, imports: Imports) -> None:
    assert guesses(drop(imports, CERTIFICATIONS), cast.adam, kinds=["completions"]) == [("completions", 2, 3)]


def test_a_column_name_of_the_organisation_counts(cast: Cast, imports: Imports) -> None:
    with tenant_scope(cast.acme.pk):
        HeaderSynonym.objects.create(
            tenant=cast.acme, kind="certifications", field="certificationidnumber", header_key="badgeno"
        )

    found = guesses(drop(imports, "username,badge no,completiondate"), cast.adam)
    assert found == [("certifications", 3, 5), ("completions", 2, 3)]


def test_what_was_chosen_for_the_same_columns_comes_first(cast: Cast, imports: Imports) -> None:
    names = ["Username", "Course Code", "Day"]
    with tenant_scope(cast.acme.pk):
        HeaderMapping.objects.create(
            tenant=cast.acme, kind="certifications", person=cast.adam, headers_key=digest_headers(names),
            mapping={}, options={}, read_options={},
        )  # fmt: skip
    batch = drop(imports, ",".join(names))

    assert [kind for kind, _found, _needed in guesses(batch, cast.adam)] == ["certifications", "completions"]
    assert [kind for kind, _found, _needed in guesses(batch, cast.alice)] == ["completions", "certifications"]


def test_it_is_said_once_and_stands_in_the_audit_history(cast: Cast, imports: Imports) -> None:
    batch = drop(imports, CERTIFICATIONS)
    with tenant_scope(cast.acme.pk):
        twin = ImportBatch.objects.get(pk=batch.pk)
        choose_kind(batch, get_importer("certifications"), actor=cast.adam)
        with pytest.raises(StateConflict):
            choose_kind(twin, get_importer("completions"), actor=cast.adam)
        stored = ImportBatch.objects.get(pk=batch.pk)
        events = AuditEvent.objects.filter(action="imports.batch.kind_chosen").values_list("details", flat=True)

        assert list(events) == [{"number": batch.number, "kind": "certifications"}]
    assert (is_kind_open(twin), is_kind_open(stored), stored.kind, stored.options) == (
        True,
        False,
        "certifications",
        {},
    )


def test_E01_the_column_names_of_every_kind_are_found_below_a_title(cast: Cast, imports: Imports) -> None:
    batch = drop(imports, f"Export of 14 November 2026,,,,\n{CERTIFICATIONS}", rows="bob,FA,1,2024-05-13,\n")

    assert (batch.sniffed or {})["header_row"] == 2
    assert guesses(batch, cast.adam)[0] == ("certifications", 5, 5)
