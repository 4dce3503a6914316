"""What the Record of Learning says about certifications and other evidence (T-27, T-31, T-32, T-81, G-03)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from certifications.choices import Basis, Origin, State
from certifications.models import Certification, CertificationStatus, Evidence
from certifications.record import CertificationPart, build_certifications, say_evidence_name, say_own_state
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import assign, certification, certify, record
from tests.certifications.record_data import link
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast

TODAY = date(2026, 3, 15)
AT = datetime(2026, 11, 14, 12, tzinfo=UTC)


@pytest.fixture
def ils(cast: Cast) -> Certification:
    """With 12 months, and a window of one, by the completion date."""
    return certification(cast.acme, "ILS", name="Immediate Life Support")


def part_of(person: User, *, is_own: bool = False, day: date = TODAY) -> CertificationPart:
    with tenant_scope(person.tenant_id):
        return build_certifications(person, is_own=is_own, day=day)


def add_evidence(person: User, **more: Any) -> None:
    with tenant_scope(person.tenant_id):
        Evidence.objects.create(
            **{
                "tenant_id": person.tenant_id,
                "person": person,
                "completed_on": date(2024, 5, 1),
                "origin": Origin.IMPORT,
                "recorded_at": AT,
                **more,
            }
        )


def test_T27_the_current_one_on_top_and_the_others_as_history(cast: Cast, ils: Certification) -> None:
    record(cast.bob, ils, "2021-03-01")
    record(cast.bob, ils, "2023-03-01")
    assign(cast.bob, ils, "2020-01-01")
    certify(cast.bob, ils, "2026-02-01")
    part = part_of(cast.bob)

    (line,) = part.current
    assert (line.state, str(line.label), line.tone) == ("certified", "Certified", "success")
    assert (line.completed_on, line.expires_on, line.window_opens_on, line.assigned_on) == (
        date(2026, 2, 1),
        date(2027, 2, 1),
        date(2027, 1, 1),
        date(2020, 1, 1),
    )
    assert [str(entry.record.completed_on) for entry in part.history] == ["2023-03-01", "2021-03-01"]


def test_T81_each_record_says_why_it_expires_when_it_does(cast: Cast, ils: Certification) -> None:
    record(cast.bob, ils, "2021-03-01")
    certify(cast.bob, ils, "2026-02-01")
    part = part_of(cast.bob)

    assert part.current[0].entry is not None
    assert [part.current[0].entry.reason, part.history[0].reason] == [
        "Expires on 1 February 2027: 12 months after the completion date 1 February 2026.",
        "Expires on 1 March 2022: 12 months after the completion date 1 March 2021.",
    ]


def test_T44_an_expired_one_says_when_that_was_though_its_dates_are_gone(cast: Cast, ils: Certification) -> None:
    certify(cast.bob, ils, "2025-03-01", state="expired")
    (line,) = part_of(cast.bob).current

    assert (line.state, line.tone, line.completed_on, line.expires_on) == (
        "expired",
        "danger",
        date(2025, 3, 1),
        date(2026, 3, 1),
    )
    assert line.words == "Expired since 2 March 2026. Recertify to be certified again."
    assert part_of(cast.bob).history == []


def test_T48_the_page_is_right_before_the_daily_job_has_run(cast: Cast, ils: Certification) -> None:
    certify(cast.bob, ils, "2026-02-01")
    states = [part_of(cast.bob, day=day).current[0].state for day in (date(2027, 1, 1), date(2027, 2, 2))]
    assert states == ["window_open", "expired"]


def test_what_is_assigned_and_was_never_certified_comes_first(cast: Cast, ils: Certification) -> None:
    assign(cast.bob, certification(cast.acme, "NMP"))
    certify(cast.bob, ils, "2026-02-01")
    lines = part_of(cast.bob).current

    assert [(line.certification.short_name, line.state, line.words) for line in lines] == [
        ("NMP", "", "Not certified yet."),
        ("ILS", "certified", "Certified. Expires on 1 February 2027."),
    ]
    assert (lines[0].entry, lines[0].completed_on, lines[0].expires_on) == (None, None, None)


@pytest.mark.parametrize(
    ("state", "expires_on", "said"),
    [
        ("", None, "Not certified yet."),
        (State.CERTIFIED, date(2027, 2, 1), "Certified. Expires on 1 February 2027."),
        (State.CERTIFIED, None, "Certified."),
        (
            State.WINDOW_OPEN,
            date(2027, 2, 1),
            "Your recertification window is open: recertify by 1 February 2027.",
        ),
        (State.EXPIRED, date(2027, 2, 1), "Expired since 2 February 2027. Recertify to be certified again."),
        (State.EXPIRED, None, "Expired. Recertify to be certified again."),
    ],
)
def test_the_learners_own_words(state: str, expires_on: date | None, said: str) -> None:
    assert say_own_state(state, expires_on=expires_on) == said


def test_T31_evidence_is_named_by_its_short_name_else_by_its_id_number() -> None:
    assert [say_evidence_name("ILS", "4711"), say_evidence_name("", "4711")] == [
        "Completed certification: ILS",
        "Completed certification: 4711",
    ]


def test_T32_T35_evidence_holds_its_references_dates_and_the_row_it_came_from(cast: Cast) -> None:
    batch = make_batch(cast, number=41, mapping={"date_format": "dd.mm.yyyy"})
    traced = {"batch_id": batch.pk, "row_no": 812, "recorded_by_id": cast.adam.pk, "date_text": "01.05.2024"}
    add_evidence(cast.bob, short_name="ILS", id_number="4711", due_on=date(2024, 6, 1), due_text="01.06.2024", **traced)
    add_evidence(cast.bob, id_number="0815", completed_on=date(2025, 1, 1), origin=Origin.MANUAL)
    later, found = part_of(cast.bob).evidence

    assert (later.name, later.is_imported, later.batch_number) == ("Completed certification: 0815", False, None)
    assert (found.name, found.is_imported, found.batch_number) == ("Completed certification: ILS", True, 41)
    assert (found.evidence.id_number, found.evidence.completed_on, found.evidence.due_on) == (
        "4711",
        date(2024, 5, 1),
        date(2024, 6, 1),
    )
    assert found.sentence == (
        "Recorded on 14 November 2026 by Adam Admin (Administrator) from row 812 of “old-lms-export.csv”, import 41. "
        "The date stood there as “01.05.2024” and was read as day.month.year."
    )
    assert found.facts == [("The due date stood there as", "01.06.2024"), ("SHA-256 of the file", "0" * 64)]


def test_G03_L08_a_learner_is_told_when_and_nothing_of_files_or_colleagues(cast: Cast, ils: Certification) -> None:
    batch = make_batch(cast, number=41)
    certify(cast.bob, ils, "2026-02-01")
    traced = {"batch_id": batch.pk, "row_no": 812, "recorded_by_id": cast.adam.pk, "date_text": "x", "due_text": "y"}
    with tenant_scope(cast.acme.pk):
        status = CertificationStatus.objects.get()
        assert status.record is not None
        type(status.record).objects.update(origin=Origin.IMPORT, recorded_at=AT, **traced)
    link(None, status, batch_id=batch.pk, actor_id=cast.adam.pk)
    add_evidence(cast.bob, short_name="OLD", **traced)
    own = part_of(cast.bob, is_own=True)

    entry = own.current[0].entry
    assert entry is not None
    assert (entry.sentence, entry.facts, entry.batch_number) == ("Imported on 14 November 2026.", [], None)
    assert (own.evidence[0].sentence, own.evidence[0].facts) == ("Imported on 14 November 2026.", [])
    assert own.current[0].changes == []
    assert len(part_of(cast.bob).current[0].changes) == 1


def test_G03_every_change_says_from_what_to_what_by_whom(cast: Cast, ils: Certification) -> None:
    batch = make_batch(cast, number=41)
    certify(cast.bob, ils, "2026-02-01")
    with tenant_scope(cast.acme.pk):
        status = CertificationStatus.objects.get()
    link(None, status, batch_id=batch.pk, actor_id=cast.adam.pk)
    link(status, status, actor_id=None, reason="Typing error.")
    first, second = part_of(cast.bob).current[0].changes

    certified = "certified by the completion of 1 February 2026, until 1 February 2027"
    assert first.partition(": ")[2] == f"from never certified to {certified}, by Adam Admin (Administrator), import 41."
    assert second.partition(": ")[2] == f"from {certified} to {certified}, by the system. Typing error."


def test_T42_completed_after_the_due_date_is_said(cast: Cast, ils: Certification) -> None:
    certify(cast.bob, ils, "2026-02-01")
    with tenant_scope(cast.acme.pk):
        status = CertificationStatus.objects.select_related("record").get()
        assert status.record is not None
        type(status.record).objects.update(due_on=date(2026, 1, 25), basis=Basis.DUE)
    entry = part_of(cast.bob).current[0].entry

    assert entry is not None
    assert entry.late_days == 7


def test_nothing_of_somebody_else_or_of_another_tenant_is_shown(cast: Cast, ils: Certification) -> None:
    certify(cast.ben, ils, "2026-02-01")
    add_evidence(cast.ben, short_name="OLD")

    assert (part_of(cast.bob).is_empty, part_of(cast.zoe).is_empty, part_of(cast.ben).is_empty) == (True, True, False)


def test_a_record_costs_the_same_queries_however_long_it_is(
    cast: Cast, ils: Certification, django_assert_num_queries: Callable[[int], Any]
) -> None:
    certify(cast.bob, ils, "2026-02-01")
    certify(cast.ben, ils, "2026-02-01")
    for year in range(2010, 2020):
        record(cast.ben, ils, f"{year}-02-01")
        add_evidence(cast.ben, short_name=f"OLD {year}", completed_on=date(year, 2, 1))
    for person in (cast.bob, cast.ben):
        with tenant_scope(cast.acme.pk), django_assert_num_queries(5):
            build_certifications(person, is_own=False, day=TODAY)
