"""The records of a person for one certification, and the editor of one record (T-27, T-42, T-72, T-81, G-03)."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certifications.choices import Method, Origin
from certifications.kinds import OBLIGATIONS
from certifications.models import Certification, CertificationRecord, TeamCertification
from lms.imports.models import ImportBatch, State
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.record_data import add_certification, add_record, day, show, status_of
from tests.plugins.cast import ASSIGNED, Cast

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _march() -> Iterator[None]:
    with time_machine.travel("2026-03-15T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme, message_switches=dict.fromkeys(OBLIGATIONS, True))


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page_of(client: Client, person: User, certification: Certification) -> Any:
    return client.get(reverse("certification_record", args=[person.pk, certification.pk]))


def editor_of(record: CertificationRecord) -> str:
    return reverse("certification_record_edit", args=[record.person_id, record.certification_id, record.pk])


def corrected(**more: str) -> dict[str, str]:
    return {"what": "correct", "completed_on": "2025-10-01", "dates": "rules", "reason": "misread"} | more


def add_import(cast: Cast) -> ImportBatch:
    with tenant_scope(cast.acme.pk):
        return ImportBatch.objects.create(
            tenant=cast.acme,
            number=41,
            kind="certifications",
            state=State.COMPLETED,
            uploaded_by=cast.adam,
            uploader_name=cast.adam.full_name,
            uploader_role=cast.adam.role,
            uploaded_at=timezone.now(),
            idempotency_key=uuid.uuid4(),
            file_name="old-lms-export.csv",
            file_key="",
            file_sha256="a" * 64,
            file_size=1,
            mapping={"date_format": "dd.mm.yyyy"},
            purge_on=today(cast.acme) + timedelta(days=31),
        )


def test_T81_G03_every_record_says_why_it_expires_and_where_it_comes_from(cast: Cast, client_for: SignIn) -> None:
    certification = add_certification(cast.acme, "BLS", method=Method.EXPIRY_DATE)
    batch = add_import(cast)
    add_record(cast.bob, certification, "2012-07-15", due_on="2012-06-30")
    record = add_record(
        cast.bob,
        certification,
        "2025-06-23",
        due_on="2025-06-30",
        origin=Origin.IMPORT,
        batch_id=batch.pk,
        row_no=812,
        date_text="23.06.2025",
        due_text="30.06.2025",
        recorded_by_id=cast.adam.pk,
    )
    show(record)
    response = page_of(client_for(cast.adam), cast.bob, certification)
    page = words(response)

    assert [entry.reason for entry in response.context["page"].entries] == [
        "Expires on 30 June 2026: 12 months after the due date 30 June 2025.",
        "Expires on 15 July 2013: 12 months after the completion date 15 July 2012.",
    ]
    assert (
        "Recorded on 15 March 2026 by Adam Admin (Administrator) from row 812 of “old-lms-export.csv”, import 41. "
        "The date stood there as “23.06.2025” and was read as day.month.year." in page
    )
    assert [fact in page for fact in ("a" * 64, "30.06.2025", "/imports/41/")] == [True, True, True]
    assert page.count("15 days late") == 1


def test_T72_leaders_see_records_of_people_in_reach_and_edit_none(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    records = {name: add_record(person, aid, "2025-09-01") for name, person in (("bob", cast.bob), ("carl", cast.carl))}
    lea, adam = client_for(cast.lea), client_for(cast.adam)

    assert [page_of(client, person, aid).status_code for client in (adam, lea) for person in (cast.bob, cast.carl)] == [
        200,
        200,
        200,
        404,
    ]
    assert ["/records/" in words(page_of(client, cast.bob, aid)) for client in (adam, lea)] == [True, False]
    assert [client.get(editor_of(records["bob"])).status_code for client in (adam, lea)] == [200, 403]
    assert client_for(cast.bob).get(reverse("certification_record", args=[cast.bob.pk, aid.pk])).status_code == 403


def test_S25_other_organisations_find_nothing(cast: Cast, client_for: SignIn, aid: Certification) -> None:
    theirs = add_certification(cast.zebra, "ZZB")
    foreign = add_record(cast.zoe, theirs, "2025-09-01")
    own = add_record(cast.bob, aid, "2025-09-01")
    adam, charlie = client_for(cast.adam), client_for(cast.charlie)

    assert [client.get(editor_of(own)).status_code for client in (adam, charlie)] == [200, 404]
    assert [client.get(editor_of(foreign)).status_code for client in (adam, charlie)] == [404, 200]
    assert [page_of(adam, cast.bob, found).status_code for found in (aid, theirs)] == [200, 404]
    assert adam.post(editor_of(foreign), corrected()).status_code == 404


def test_S25_a_record_is_found_at_its_own_person_and_certification_only(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    other = add_certification(cast.acme, "BLS")
    record = add_record(cast.bob, aid, "2025-09-01")
    adam = client_for(cast.adam)
    right = [cast.bob.pk, aid.pk, record.pk]
    wrong = [[cast.ben.pk, aid.pk, record.pk], [cast.bob.pk, other.pk, record.pk]]

    assert [adam.get(reverse("certification_record_edit", args=args)).status_code for args in (right, *wrong)] == [
        200,
        404,
        404,
    ]


def test_L11_leaders_see_certifications_of_their_teams_and_those_their_people_have_to_do_with(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    of_team, held, other = (add_certification(cast.acme, name) for name in ("TEAM", "HELD", "OTHER"))
    with tenant_scope(cast.acme.pk):
        TeamCertification.objects.create(
            tenant=cast.acme, team=cast.ward_a, certification=of_team, assigned_on=ASSIGNED
        )
    add_record(cast.bob, held, "2020-01-01")
    lea = client_for(cast.lea)

    assert [page_of(lea, cast.bob, found).status_code for found in (of_team, held, other, aid)] == [200, 200, 404, 404]
    assert page_of(lea, cast.ben, held).status_code == 404


def test_nobody_certified_yet_is_said(cast: Cast, client_for: SignIn, aid: Certification) -> None:
    page = words(page_of(client_for(cast.adam), cast.bob, aid))

    assert ("No completion recorded yet" in page, "Not certified yet" in page) == (True, True)


def test_T72_a_record_is_corrected_and_the_page_says_what_was_changed(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    adam = client_for(cast.adam)
    response = adam.post(editor_of(record), corrected(), follow=True)
    page = words(response)

    assert response.redirect_chain == [(reverse("certification_record", args=[cast.bob.pk, aid.pk]), 302)]
    assert (
        "The record is corrected. Expires on 1 October 2026: 12 months after the completion date 1 October 2025."
        in page
    )
    assert [(found.what, found.who, found.reason, found.changes) for found in response.context["corrections"]] == [
        (
            "Completion record corrected",
            "Adam Admin (Administrator)",
            "misread",
            [
                "completed on: 1 September 2025 → 1 October 2025",
                "expires on: 1 September 2026 → 1 October 2026",
                "window opens on: 1 August 2026 → 1 September 2026",
            ],
        )
    ]
    assert "edited by hand on 15 March 2026" in page
    assert status_of(cast.bob, aid) == ("certified", day("2025-10-01"), day("2026-09-01"), day("2026-10-01"))


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"reason": ""}, {"reason": ["This field is required."]}),
        ({"completed_on": "2026-03-16"}, {"completed_on": ["16 March 2026 is in the future."]}),
        ({"completed_on": "1969-12-31"}, {"completed_on": ["31 December 1969 is too early."]}),
        (
            {"dates": "entered", "expires_on": "2027-01-01"},
            {"window_opens_on": ["Enter this date, or let the rules count it."]},
        ),
        (
            {"dates": "entered", "expires_on": "2025-01-01", "window_opens_on": "2024-12-01"},
            {"expires_on": ["It expires before it was completed."]},
        ),
        ({"due_on": "9999-12-31"}, {"due_on": ["Enter a valid date."]}),
        (
            {"dates": "entered", "expires_on": "9999-12-31", "window_opens_on": "9999-12-01"},
            {"expires_on": ["Enter a valid date."], "window_opens_on": ["Enter a valid date."]},
        ),
        (
            {"seen": "of yesterday"},
            {"__all__": ["Somebody else has just changed this record. Look at it, then try again."]},
        ),
    ],
)
def test_T72_what_cannot_be_is_said_beside_the_field(
    cast: Cast, client_for: SignIn, aid: Certification, answers: dict[str, str], errors: dict[str, list[str]]
) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    response = client_for(cast.adam).post(editor_of(record), corrected(**answers))

    assert (response.status_code, response.context["forms"]["correct"].errors) == (422, errors)
    with tenant_scope(cast.acme.pk):
        assert CertificationRecord.objects.get().completed_on == day("2025-09-01")


def test_E60_the_choice_about_messages_is_asked_once_there_is_one(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    adam = client_for(cast.adam)
    asked = adam.post(editor_of(record), corrected(completed_on="2024-09-01"))
    assert (asked.status_code, [count.kind for count in asked.context["told"]]) == (422, ["certification_expired"])
    assert asked.context["forms"]["correct"].errors == {"messages": ["Choose whether the messages are sent."]}

    done = adam.post(editor_of(record), corrected(completed_on="2024-09-01", messages="send"))
    with tenant_scope(cast.acme.pk):
        assert (done.status_code, list(OutboxMessage.objects.values_list("kind", flat=True))) == (
            302,
            ["certification_expired"],
        )


def test_T72_another_record_becomes_current_and_the_current_one_is_deleted(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    old, new = add_record(cast.bob, aid, "2025-06-01"), add_record(cast.bob, aid, "2026-01-01")
    show(new)
    adam = client_for(cast.adam)
    assert adam.post(editor_of(old), {"what": "make_current", "reason": "asked for"}).status_code == 302
    assert status_of(cast.bob, aid) == ("certified", day("2025-06-01"), day("2026-05-01"), day("2026-06-01"))

    unanswered = adam.post(editor_of(old), {"what": "delete", "reason": "never happened"})
    assert unanswered.context["forms"]["delete"].errors == {"successor": ["Choose what the person has afterwards."]}
    answers = {"what": "delete", "reason": "never happened", "successor": str(new.pk)}
    gone = adam.post(editor_of(old), answers, follow=True)
    assert status_of(cast.bob, aid) == ("certified", day("2026-01-01"), day("2026-12-01"), day("2027-01-01"))
    assert [found.what for found in gone.context["corrections"]] == [
        "Completion record deleted",
        "Completion record made current",
    ]
    assert adam.get(editor_of(old)).status_code == 404


def test_T72_a_record_of_somebody_else_is_no_successor(cast: Cast, client_for: SignIn, aid: Certification) -> None:
    record, foreign = add_record(cast.bob, aid, "2025-06-01"), add_record(cast.ben, aid, "2025-06-01")
    show(record)
    answers = {"what": "delete", "reason": "never happened", "successor": str(foreign.pk)}
    response = client_for(cast.adam).post(editor_of(record), answers)

    assert (response.status_code, list(response.context["forms"]["delete"].errors)) == (422, ["successor"])


def test_T72_inconsistent_dates_are_said_and_can_be_put_right(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    record = add_record(cast.bob, aid, "2026-01-01")
    show(record, expires_on=day("2031-01-01"))
    adam = client_for(cast.adam)
    said = "The completion record behind it has another completion date or expiry."
    assert [said in words(adam.get(address)) for address in (editor_of(record), reverse("certification_check"))] == [
        True,
        True,
    ]
    adam.post(editor_of(record), {"what": "make_current", "reason": "put right"})

    assert "No record with inconsistent dates" in words(adam.get(reverse("certification_check")))
    piece = words(adam.get(reverse("certification_check"), headers={"HX-Request": "true"}))
    assert ("Check records for inconsistent dates" in piece, "<html" in piece) == (True, False)


def test_T72_the_number_of_inconsistent_records_for_a_piece_of_a_page(
    cast: Cast, client_for: SignIn, aid: Certification
) -> None:
    for person in (cast.bob, cast.ben):
        show(add_record(person, aid, "2026-01-01"), expires_on=day("2031-01-01"))
    foreign = add_certification(cast.zebra, "ZZB")
    show(add_record(cast.zoe, foreign, "2026-01-01"), expires_on=day("2031-01-01"))

    counts = [
        words(client_for(person).get(reverse("certification_check"), headers={"HX-Request": "true"}))
        for person in (cast.adam, cast.charlie)
    ]
    assert ["2 records with inconsistent dates" in counts[0], "1 record with inconsistent dates" in counts[1]] == [
        True,
        True,
    ]
    assert client_for(cast.lea).get(reverse("certification_check")).status_code == 403


def test_T72_the_list_of_certifications_leads_to_the_checker_who_may_use_it(cast: Cast, client_for: SignIn) -> None:
    pages = [words(client_for(person).get(reverse("certification_list"))) for person in (cast.adam, cast.lea)]

    assert [reverse("certification_check") in page for page in pages] == [True, False]


def test_the_page_costs_the_same_queries_however_much_is_recorded(
    cast: Cast, client_for: SignIn, aid: Certification, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    adam = client_for(cast.adam)
    show(add_record(cast.bob, aid, "2026-01-01"))
    for year in range(2010, 2026):
        add_record(cast.ben, aid, f"{year}-01-01")
    show(add_record(cast.ben, aid, "2026-01-01"))
    counts = []
    for person in (cast.bob, cast.ben):
        with django_assert_max_num_queries(30) as taken:
            page_of(adam, person, aid)
        counts.append(len(taken))

    assert counts[0] == counts[1]
