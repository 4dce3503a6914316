"""The Record of Learning: courses, certifications and other evidence on one page, for oneself and for those in reach."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from certifications.choices import Origin
from certifications.models import Certification, CertificationRecord, Evidence
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineActivity, OfflineRecord
from tests.certifications.catalogue_data import certification, certify, record
from tests.lms.imports.batch_data import make_batch
from tests.offline_records.catalogue import HEAD, add_activity, allow_leader, choose
from tests.offline_records.catalogue import add_record as add_offline_record
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
AT = datetime(2026, 11, 14, 12, tzinfo=UTC)


@pytest.fixture
def _certified(cast: Cast) -> None:
    """Bob has ILS and one earlier record of it, both from row 812 of import 41, and an evidence."""
    batch = make_batch(cast, number=41, file_name="secret-list.csv")
    ils = certification(cast.acme, "ILS", name="Immediate Life Support")
    record(cast.bob, ils, "2021-03-01")
    certify(cast.bob, ils, "2026-02-01")
    traced: dict[str, Any] = {
        "origin": Origin.IMPORT,
        "recorded_at": AT,
        "batch_id": batch.pk,
        "row_no": 812,
        "recorded_by_id": cast.adam.pk,
    }
    with tenant_scope(cast.acme.pk):
        CertificationRecord.objects.update(**traced)
        Evidence.objects.create(
            tenant=cast.acme,
            person=cast.bob,
            short_name="OLD",
            id_number="4711",
            completed_on=date(2019, 5, 1),
            due_on=date(2019, 6, 1),
            **traced,
        )


def page_of(client: Client, person: User) -> str:
    return " ".join(client.get(f"/people/{person.pk}/record/").content.decode().split())


@pytest.mark.usefixtures("_certified")
def test_T27_T29_T32_certifications_their_history_and_evidence_stand_beside_courses(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imports.run("completions", "username,course code,completion date\nbob,SAFE-1,2024-05-01\n")
    page = page_of(client_for(cast.adam), cast.bob)
    with tenant_scope(cast.acme.pk):
        certified = Certification.objects.get(short_name="ILS")

    for words in (
        "Safety Basics",
        "Immediate Life Support",
        "1 February 2027",
        "12 months after the completion date 1 February 2026.",
        "History of certifications: 1 more record",
        "Completed certification: OLD",
        "4711",
        "1 June 2019",
        "by Adam Admin (Administrator) from row 812 of “secret-list.csv”, import 41.",
        'href="/imports/41/"',
        f'href="/people/{cast.bob.pk}/certifications/{certified.pk}/"',
    ):
        assert words in page, words


@pytest.mark.usefixtures("_certified")
def test_L08_G03_the_own_page_says_when_it_was_imported_and_nothing_of_files_or_colleagues(
    cast: Cast, client_for: SignIn
) -> None:
    page = page_of(client_for(cast.bob), cast.bob)

    assert page.count("Imported on 14 November 2026.") == 3
    assert "Certified. Expires on 1 February 2027." in page
    assert "12 months after the completion date 1 February 2026." in page
    assert [words in page for words in ("secret-list.csv", "Adam", "/imports/", "/certifications/")] == [False] * 4
    assert "Report a mistake" in page


@pytest.mark.usefixtures("_certified")
def test_L03_L08_the_page_is_for_oneself_and_for_those_in_whose_reach_one_is(cast: Cast, client_for: SignIn) -> None:
    def status(person: User, of: User) -> int:
        return client_for(person).get(f"/people/{of.pk}/record/").status_code

    assert [status(person, cast.bob) for person in (cast.bob, cast.lea, cast.adam, cast.alice)] == [200] * 4
    assert [status(cast.ben, cast.bob), status(cast.lea, cast.carl), status(cast.charlie, cast.bob)] == [404] * 3


def test_an_empty_record_says_so(cast: Cast, client_for: SignIn) -> None:
    assert "No learning recorded yet." in page_of(client_for(cast.bob), cast.bob)


@pytest.mark.usefixtures("_certified")
def test_certifications_alone_are_no_empty_record(cast: Cast, client_for: SignIn) -> None:
    assert "No learning recorded yet." not in page_of(client_for(cast.bob), cast.bob)


def test_S34_offline_records_stand_there_at_once_and_the_learner_is_told_less(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    lift = add_activity(cast.acme, "LIFT", name="Lifting by hand", fields={"notes": "optional"})
    older = add_offline_record(cast.bob, lift, date(2024, 5, 1), notes="secret note")
    done = imports.run(
        "offline_records", f"{HEAD},notes\nbob,,,2025-05-01,secret too\n", options=choose(lift, cast.clinical)
    )
    with tenant_scope(cast.acme.pk):
        newer = OfflineRecord.objects.exclude(pk=older.pk).get()
        OfflineActivity.objects.filter(pk=lift.pk).update(is_active=False)
    seen, own = page_of(client_for(cast.lea), cast.bob), page_of(client_for(cast.bob), cast.bob)

    shared = (
        "Lifting by hand",
        "1 May 2025",
        "Valid for ever",
        "History of offline records: 1 more record",
        "1 May 2024",
    )
    for words in shared:
        assert (words in seen, words in own) == (True, True), words
    for words in (f'href="/offline/records/{newer.pk}/"', f"from row 2 of “{done.batch.file_name}”", "entered by hand"):
        assert (words in seen, words in own) == (True, False), words
    assert (own.count("Imported on"), "secret" in own, "Adam" in own) == (1, False, False)
    assert "No learning recorded yet." in page_of(client_for(cast.carl), cast.carl)


def test_S01_the_way_to_add_an_offline_record_is_there_for_those_who_may(cast: Cast, client_for: SignIn) -> None:
    def leads(person: User, of: User) -> bool:
        return f"/offline/records/add/?person={of.pk}" in page_of(client_for(person), of)

    found = [(cast.adam, cast.carl), (cast.lea, cast.bob), (cast.bob, cast.bob)]
    assert [leads(person, of) for person, of in found] == [True, False, False]
    allow_leader(cast.acme, cast.lea, cast.clinical)
    assert [leads(person, of) for person, of in found] == [True, True, False]
