"""Records of imports edited by hand, and imports undone afterwards: nothing contradicts itself, nothing deleted comes back."""

import random
from collections.abc import Iterator

import pytest

from certifications.choices import Method
from certifications.kinds import OBLIGATIONS
from certifications.models import Certification, CertificationRecord
from certifications.records.checker import explain_status, inconsistent_statuses
from certifications.records.editing import (
    Change,
    Correction,
    EditRefused,
    correct_record,
    delete_record,
    hold_records,
    make_current,
)
from lms.notifications.choices import MessageChoice
from lms.tenancy.scope import tenant_scope
from tests.certifications.import_data import HEAD
from tests.certifications.record_data import add_certification, day, status_of
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imported, Imports


@pytest.fixture(autouse=True)
def _march(on_day: OnDay) -> Iterator[None]:
    with on_day("2026-03-15"):
        yield


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme, method=Method.EXPIRY_DATE, message_switches=dict.fromkeys(OBLIGATIONS, False))


def add(imports: Imports, *days: str, action: str = "certify_if_more_recent") -> Imported:
    lines = "".join(f"bob,FIRST-AID,,{on}\n" if "," in on else f"bob,FIRST-AID,,{on},\n" for on in days)
    return imports.run("certifications", HEAD + lines, options={"action": action})


def change(cast: Cast) -> Change:
    return Change(tenant=cast.acme, actor=cast.adam, reason="put right", messages=MessageChoice.SUPPRESS)


def correct(cast: Cast, aid: Certification, on: str, to: str) -> None:
    with tenant_scope(cast.acme.pk):
        held = hold_records(cast.bob, certification_id=aid.pk)
        (record,) = (found for found in held.records.values() if found.completed_on == day(on))
        correct_record(held, record_id=record.pk, correction=Correction(completed_on=day(to)), change=change(cast))


def days_of(cast: Cast) -> list[str]:
    with tenant_scope(cast.acme.pk):
        found = CertificationRecord.objects.filter(person=cast.bob).order_by("completed_on")
        return [str(on) for on in found.values_list("completed_on", flat=True)]


def test_T72_E33_a_corrected_record_of_an_import_stays_when_the_import_is_undone(
    cast: Cast, imports: Imports, aid: Certification
) -> None:
    first = add(imports, "2025-09-01")
    correct(cast, aid, "2025-09-01", "2025-10-01")
    imports.undo(first)

    assert (days_of(cast), status_of(cast.bob, aid)) == (
        ["2025-10-01"],
        ("certified", day("2025-10-01"), day("2026-09-01"), day("2026-10-01")),
    )


def test_T72_E34_undoing_brings_a_corrected_record_back_with_its_new_dates(
    cast: Cast, imports: Imports, aid: Certification
) -> None:
    add(imports, "2025-09-01")
    second = add(imports, "2025-12-01")
    correct(cast, aid, "2025-09-01", "2025-08-01")
    imports.undo(second)

    assert status_of(cast.bob, aid) == ("certified", day("2025-08-01"), day("2026-07-01"), day("2026-08-01"))


def test_T72_E34_undoing_never_brings_a_deleted_record_back(cast: Cast, imports: Imports, aid: Certification) -> None:
    first, second = add(imports, "2025-09-01"), add(imports, "2025-12-01")
    with tenant_scope(cast.acme.pk):
        held = hold_records(cast.bob, certification_id=aid.pk)
        (old, _new) = sorted(held.records.values(), key=lambda record: record.completed_on)
        delete_record(held, record_id=old.pk, successor_id=None, change=change(cast))
    imports.undo(second)
    assert (days_of(cast), status_of(cast.bob, aid)) == ([], None)

    imports.undo(first)
    assert (days_of(cast), status_of(cast.bob, aid)) == ([], None)


@pytest.mark.parametrize("seed", range(10))
def test_T72_whatever_is_imported_edited_and_undone_the_checker_finds_nothing(
    cast: Cast, imports: Imports, aid: Certification, seed: int
) -> None:
    source = random.Random(seed)  # noqa: S311
    days = [f"{year}-{month:02}-15" for year in (2024, 2025) for month in (1, 4, 7, 10)]
    done: list[Imported] = []
    for _ in range(9):
        deed = source.choice(["import", "import", "undo", "correct", "delete", "choose"])
        if deed == "import":
            chosen = [f"{on},{source.choice(['', '2025-06-30'])}" for on in source.sample(days, 2)]
            action = source.choice(["history", "certify_uncertified", "certify_if_more_recent"])
            done.append(add(imports, *chosen, action=action))
        elif deed == "undo" and done:
            imports.undo(done.pop(source.randrange(len(done))))
        else:
            edit(cast, aid, deed, source=source, days=days)
        with tenant_scope(cast.acme.pk):
            assert [(deed, explain_status(found)) for found in inconsistent_statuses()] == []


def edit(cast: Cast, aid: Certification, deed: str, *, source: random.Random, days: list[str]) -> None:
    """Do something to a record by hand; what is refused changes nothing."""
    with tenant_scope(cast.acme.pk):
        held = hold_records(cast.bob, certification_id=aid.pk)
        if not held.records:
            return
        ids = sorted(held.records)
        record_id = source.choice(ids)
        others = [pk for pk in ids if pk != record_id and held.shows(held.records[record_id])]
        try:
            if deed == "correct":
                correction = Correction(completed_on=day(source.choice(days)))
                correct_record(held, record_id=record_id, correction=correction, change=change(cast))
            elif deed == "delete":
                successor = source.choice([None, *others])
                delete_record(held, record_id=record_id, successor_id=successor, change=change(cast))
            else:
                make_current(held, record_id=record_id, change=change(cast))
        except EditRefused:
            return
