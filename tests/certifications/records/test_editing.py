"""The record editor: one record corrected, deleted or made current by hand, and what follows from it (T-72)."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from certifications.choices import Basis, Method, State
from certifications.kinds import OBLIGATIONS
from certifications.models import Certification, CertificationRecord, CertificationStatus, StatusChange
from certifications.records.checker import inconsistent_statuses
from certifications.records.editing import (
    Change,
    ChoiceNeeded,
    Correction,
    EditRefused,
    correct_record,
    delete_record,
    fingerprint,
    hold_records,
    make_current,
)
from lms.audit.models import AuditEvent
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.record_data import add_certification, add_record, day, link, show, status_of
from tests.plugins.cast import Cast

TODAY = "2026-03-15"


@pytest.fixture(autouse=True)
def _march() -> Iterator[None]:
    with time_machine.travel(f"{TODAY}T12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def aid(cast: Cast) -> Certification:
    return add_certification(cast.acme, message_switches=dict.fromkeys(OBLIGATIONS, True))


def change(cast: Cast, messages: str = "") -> Change:
    return Change(tenant=cast.acme, actor=cast.adam, reason="the certificate says so", messages=messages)


def correct(
    cast: Cast, record: CertificationRecord, completed_on: str, *, messages: str = "", **days: Any
) -> CertificationRecord:
    with tenant_scope(cast.acme.pk):
        person = User.objects.get(pk=record.person_id)
        held = hold_records(person, certification_id=record.certification_id)
        seen = days.pop("seen", "")
        correction = Correction(
            completed_on=day(completed_on), seen=seen, **{name: day(text) for name, text in days.items()}
        )
        return correct_record(held, record_id=record.pk, correction=correction, change=change(cast, messages))


def delete(
    cast: Cast, record: CertificationRecord, *, successor: CertificationRecord | None = None, messages: str = ""
) -> None:
    with tenant_scope(cast.acme.pk):
        held = hold_records(User.objects.get(pk=record.person_id), certification_id=record.certification_id)
        delete_record(
            held,
            record_id=record.pk,
            successor_id=successor.pk if successor else None,
            change=change(cast, messages),
        )


def choose(cast: Cast, record: CertificationRecord, *, messages: str = "") -> None:
    with tenant_scope(cast.acme.pk):
        held = hold_records(User.objects.get(pk=record.person_id), certification_id=record.certification_id)
        make_current(held, record_id=record.pk, change=change(cast, messages))


def describe(record: CertificationRecord) -> tuple[str, ...]:
    with tenant_scope(record.tenant_id):
        found = CertificationRecord.objects.get(pk=record.pk)
    return (str(found.completed_on), str(found.expires_on), str(found.window_opens_on), found.basis)


def links_of(person: User) -> list[tuple[Any, ...]]:
    with tenant_scope(person.tenant_id):
        return [
            (found.batch_id, found.before_state, found.before_record_id, found.after_state, found.after_record_id)
            for found in StatusChange.objects.filter(person=person).order_by("pk")
        ]


def mails(cast: Cast) -> list[str]:
    with tenant_scope(cast.acme.pk):
        return list(OutboxMessage.objects.order_by("pk").values_list("kind", flat=True))


def count_inconsistent(cast: Cast) -> int:
    with tenant_scope(cast.acme.pk):
        return inconsistent_statuses().count()


def test_T72_a_correction_follows_the_rules_and_the_current_certification_follows_the_record(
    cast: Cast, aid: Certification
) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    corrected = correct(cast, record, "2025-10-01")

    assert describe(record) == ("2025-10-01", "2026-10-01", "2026-09-01", "completed")
    assert status_of(cast.bob, aid) == ("certified", day("2025-10-01"), day("2026-09-01"), day("2026-10-01"))
    assert (corrected.edited_at is not None, count_inconsistent(cast)) == (True, 0)
    assert links_of(cast.bob) == [(None, "certified", record.pk, "certified", record.pk)]


def test_T72_entered_dates_stand_as_they_are(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    correct(cast, record, "2025-09-01", expires_on="2030-01-01", window_opens_on="2029-06-01")

    assert describe(record) == ("2025-09-01", "2030-01-01", "2029-06-01", Basis.ENTERED)
    assert status_of(cast.bob, aid) == ("certified", day("2025-09-01"), day("2029-06-01"), day("2030-01-01"))


def test_T72_a_record_of_the_history_changes_no_status_and_leaves_no_link(cast: Cast, aid: Certification) -> None:
    old, current = add_record(cast.bob, aid, "2024-01-01"), add_record(cast.bob, aid, "2026-01-01")
    show(current)
    before = status_of(cast.bob, aid)
    correct(cast, old, "2024-02-01")

    assert describe(old)[:2] == ("2024-02-01", "2025-02-01")
    assert (status_of(cast.bob, aid), links_of(cast.bob), mails(cast)) == (before, [], [])


@pytest.mark.parametrize(
    ("days", "words", "field"),
    [
        (
            {"expires_on": "2025-08-01", "window_opens_on": "2025-07-01"},
            "It expires before it was completed.",
            "expires_on",
        ),
        (
            {"expires_on": "2026-08-01", "window_opens_on": "2026-08-02"},
            "The recertification window opens after the expiry.",
            "expires_on",
        ),
        ({}, "Nothing was changed: these are the dates that are recorded.", None),
        ({"seen": "something else"}, "Somebody else has just changed this record. Look at it, then try again.", None),
    ],
)
def test_T72_what_would_contradict_itself_is_refused_in_words_and_writes_nothing(
    cast: Cast, aid: Certification, days: dict[str, str], words: str, field: str | None
) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    before = describe(record)
    with pytest.raises(EditRefused) as refused:
        correct(cast, record, "2025-09-01", **days)

    assert (str(refused.value.words), refused.value.field) == (words, field)
    assert (describe(record), links_of(cast.bob)) == (before, [])


def test_T51_two_completions_on_one_day_are_refused(cast: Cast, aid: Certification) -> None:
    add_record(cast.bob, aid, "2025-09-02")
    record = add_record(cast.bob, aid, "2025-09-01")
    with pytest.raises(EditRefused) as refused:
        correct(cast, record, "2025-09-02")

    assert (refused.value.words, refused.value.field) == (
        "A completion on this day is recorded already.",
        "completed_on",
    )


def test_T72_the_fingerprint_of_an_unchanged_record_lets_through(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    correct(cast, record, "2025-10-01", seen=fingerprint(record))

    assert describe(record)[0] == "2025-10-01"


def test_T54_a_correction_counts_from_the_expiry_on_top_of_which_the_record_became_current(
    cast: Cast,
) -> None:
    """R2 of dates.md, corrected by two days, also once a later record is current; a record of the history has no base."""
    cert = add_certification(cast.acme, "BLS", method=Method.EXPIRY_DATE)
    first = add_record(cast.bob, cert, "2023-06-30", due_on="2023-06-30")
    second = add_record(cast.bob, cert, "2024-06-15", previous="2024-06-30")
    before = show(first)
    after = show(second)
    link(before, after, batch_id=7)
    correct(cast, second, "2024-06-17", messages="suppress")

    assert describe(second) == ("2024-06-17", "2025-06-30", "2025-05-30", "previous")
    third = add_record(cast.bob, cert, "2025-06-20", previous="2025-06-30")
    show(third)
    correct(cast, second, "2024-03-01")
    assert describe(second) == ("2024-03-01", "2024-06-30", "2024-05-30", "kept")
    alone = add_record(cast.ben, cert, "2024-06-15")
    correct(cast, alone, "2024-06-17")
    assert describe(alone) == ("2024-06-17", "2025-06-17", "2025-05-17", "completed")


def test_T72_a_correction_that_ends_a_certification_asks_whether_to_tell(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    with pytest.raises(ChoiceNeeded) as needed:
        correct(cast, record, "2024-09-01")
    assert (needed.value.kinds, describe(record)[0], mails(cast)) == (("certification_expired",), "2025-09-01", [])

    correct(cast, record, "2024-09-01", messages="send")
    assert status_of(cast.bob, aid) == ("expired", day("2024-09-01"), None, None)
    assert mails(cast) == ["certification_expired"]


def test_E71_without_messages_nothing_is_told_and_the_day_is_settled(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    correct(cast, record, "2025-03-20", messages="suppress")
    with tenant_scope(cast.acme.pk):
        settled = CertificationStatus.objects.get().messages_suppressed_through

    assert (status_of(cast.bob, aid), mails(cast)) == (
        ("window_open", day("2025-03-20"), day("2026-02-20"), day("2026-03-20")),
        [],
    )
    assert settled == day(TODAY)


def test_E72_who_stays_in_the_same_chapter_is_not_asked_again(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2024-01-01")
    show(record, state=State.EXPIRED)
    correct(cast, record, "2024-02-01")

    assert (status_of(cast.bob, aid), mails(cast)) == (("expired", day("2024-02-01"), None, None), [])


def test_E71_what_no_longer_holds_is_taken_out_of_mails_that_wait(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    correct(cast, record, "2024-09-01", messages="send")
    correct(cast, record, "2025-09-01")
    with tenant_scope(cast.acme.pk):
        states = list(OutboxMessage.objects.values_list("kind", "state"))

    assert states == [("certification_expired", "withdrawn")]


@pytest.mark.parametrize("who", ["deactivated", "archived"])
def test_E19_T80_nobody_is_told_about_deactivated_people_and_archived_certifications(
    cast: Cast, aid: Certification, who: str
) -> None:
    record = add_record(cast.bob, aid, "2025-09-01")
    show(record)
    with tenant_scope(cast.acme.pk):
        if who == "deactivated":
            User.objects.filter(pk=cast.bob.pk).update(is_active=False)
        else:
            Certification.objects.filter(pk=aid.pk).update(is_active=False)
    correct(cast, record, "2024-09-01")

    assert (status_of(cast.bob, aid), mails(cast)) == (("expired", day("2024-09-01"), None, None), [])


def test_T72_a_wrong_expiry_put_right_brings_an_expired_person_back(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2024-01-01")
    show(record, state=State.EXPIRED)
    correct(cast, record, "2026-01-01")

    assert status_of(cast.bob, aid) == ("certified", day("2026-01-01"), day("2026-12-01"), day("2027-01-01"))


def test_T72_making_a_record_current_and_again_is_refused(cast: Cast, aid: Certification) -> None:
    old, new = add_record(cast.bob, aid, "2025-06-01"), add_record(cast.bob, aid, "2026-01-01")
    show(new)
    choose(cast, old)

    assert status_of(cast.bob, aid) == ("certified", day("2025-06-01"), day("2026-05-01"), day("2026-06-01"))
    assert links_of(cast.bob) == [(None, "certified", new.pk, "certified", old.pk)]
    with pytest.raises(EditRefused, match="current certification already"):
        choose(cast, old)


def test_T72_making_a_record_current_repairs_what_the_checker_lists(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2026-01-01")
    show(record, expires_on=day("2031-01-01"))
    assert count_inconsistent(cast) == 1
    choose(cast, record)

    assert (count_inconsistent(cast), status_of(cast.bob, aid)) == (
        0,
        ("certified", day("2026-01-01"), day("2026-12-01"), day("2027-01-01")),
    )


def test_T72_a_record_that_contradicts_itself_cannot_become_current(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2026-01-01", expires_on=day("2025-01-01"))
    with pytest.raises(EditRefused, match="It expires before it was completed"):
        choose(cast, record)

    assert status_of(cast.bob, aid) is None


def test_T72_who_was_never_certified_becomes_so(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2026-01-01")
    choose(cast, record)

    assert links_of(cast.bob) == [(None, "", None, "certified", record.pk)]
    assert status_of(cast.bob, aid) == ("certified", day("2026-01-01"), day("2026-12-01"), day("2027-01-01"))


def test_T72_deleting_the_current_record_leaves_the_chosen_one_or_nobody_certified(
    cast: Cast, aid: Certification
) -> None:
    old, new = add_record(cast.bob, aid, "2025-06-01"), add_record(cast.bob, aid, "2026-01-01")
    show(new)
    delete(cast, new, successor=old)
    assert status_of(cast.bob, aid) == ("certified", day("2025-06-01"), day("2026-05-01"), day("2026-06-01"))

    delete(cast, old)
    assert status_of(cast.bob, aid) is None
    with tenant_scope(cast.acme.pk):
        assert CertificationRecord.objects.count() == 0
    assert [(before, after) for _, before, _, after, _ in links_of(cast.bob)] == [
        ("certified", "certified"),
        ("certified", ""),
    ]


def test_T72_deleting_a_record_of_the_history_changes_nothing_else(cast: Cast, aid: Certification) -> None:
    old, new = add_record(cast.bob, aid, "2025-06-01"), add_record(cast.bob, aid, "2026-01-01")
    show(new)
    before = status_of(cast.bob, aid)
    delete(cast, old)

    assert (status_of(cast.bob, aid), links_of(cast.bob)) == (before, [])
    with pytest.raises(EditRefused, match="not there any more"):
        delete(cast, old)


def test_T53_the_audit_line_has_before_and_after(cast: Cast, aid: Certification) -> None:
    record = add_record(cast.bob, aid, "2025-09-01", due_on="2025-08-01")
    correct(cast, record, "2025-10-01", due_on="2025-08-01")
    with tenant_scope(cast.acme.pk):
        event = AuditEvent.objects.get()

    assert (event.action, event.actor_id, event.person_id, event.subject_kind, event.subject_id) == (
        "certifications.record.corrected",
        cast.adam.pk,
        cast.bob.pk,
        "certification",
        aid.pk,
    )
    assert event.details == {
        "record": record.pk,
        "completed_on": "2025-10-01",
        "reason": "the certificate says so",
        "messages": "",
        "before": {
            "completed_on": "2025-09-01",
            "due_on": "2025-08-01",
            "expires_on": "2026-09-01",
            "window_opens_on": "2026-08-01",
            "basis": "completed",
        },
        "after": {
            "completed_on": "2025-10-01",
            "due_on": "2025-08-01",
            "expires_on": "2026-10-01",
            "window_opens_on": "2026-09-01",
            "basis": "completed",
        },
    }


def test_T72_without_a_reason_there_is_no_change(cast: Cast) -> None:
    with pytest.raises(ValueError, match="a reason is needed"):
        Change(tenant=cast.acme, actor=cast.adam, reason=" ")
