"""People moved to their retake, reminded, reset by hand: counted before, chosen what is sent (L-91)."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from completions.kinds import DUE_REMINDER, NON_COMPLIANT, OVERDUE, RETAKE_OPEN
from completions.models import Achievement, CourseResult, ResultChange
from completions.moves import Move
from completions.moving import MovePreview, apply_move, preview_move
from completions.services import set_progress
from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.courses.progress import Pair
from lms.notifications.choices import KindCount
from lms.notifications.models import MessageSwitch, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.completions.daily_data import run_nights, status_of
from tests.plugins.cast import Cast, add_person
from tests.plugins.days import OnDay
from tests.plugins.running import Imports
from tests.plugins.standing import describe_consequences

HEAD = "username,course code,completion date\n"
TODAY = "2026-03-15"


@pytest.fixture
def yearly(cast: Cast) -> Course:
    """SAFE-1, compliant for 365 days, its retake open 30 days before, due within 30 days."""
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(
            compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days")
        )
    return cast.safe


def add_people(cast: Cast, count: int) -> list[User]:
    with tenant_scope(cast.acme.pk):
        return [add_person(cast.acme, f"person{number}") for number in range(count)]


def completed(people: list[User], day: str, code: str = "SAFE-1") -> str:
    return HEAD + "".join(f"{person.username},{code},{day}\n" for person in people)


def move(cast: Cast, chosen: Move, pairs: list[Pair], *, messages: str = "") -> MovePreview:
    with tenant_scope(cast.acme.pk):
        return apply_move(
            chosen, pairs=pairs, tenant=cast.acme, actor=cast.adam, reason="asked by the ward", messages=messages
        )


def preview(cast: Cast, chosen: Move, pairs: list[Pair]) -> MovePreview:
    with tenant_scope(cast.acme.pk):
        return preview_move(chosen, pairs=pairs, tenant=cast.acme)


def mails(cast: Cast) -> list[tuple[Any, ...]]:
    """(kind, recipient, what it says about the courses), in order."""
    with tenant_scope(cast.acme.pk):
        people = dict(User.objects.values_list("pk", "username"))
        return [
            (mail.kind, people[mail.recipient_id or 0], mail.params["items"])
            for mail in OutboxMessage.objects.exclude(kind="import_finished").order_by("kind", "recipient_id")
        ]


def test_L91_17_lapsed_people_moved_later_are_as_with_the_box_on(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay
) -> None:
    people = add_people(cast, 34)
    later, at_once = people[:17], people[17:]
    with on_day(TODAY):
        imports.run("completions", completed(later, "2025-03-14"))
        imports.run(
            "completions",
            completed(at_once, "2025-03-14"),
            options={"opens_retakes": True},
            messages="send",
            typed="17",
        )
        pairs = [(person.pk, yearly.pk) for person in later]
        wanted = MovePreview(17, {}, (KindCount(kind=NON_COMPLIANT, with_email=17),))
        assert preview(cast, Move.RETAKE, pairs) == wanted
        assert move(cast, Move.RETAKE, pairs, messages="send") == wanted
    found = describe_consequences(cast.acme)
    names = {person.username for person in later}
    for rows in found.values():
        assert sorted(row[1:] for row in rows if row[0] in names) == sorted(
            row[1:] for row in rows if row[0] not in names
        )
    assert {row[2:] for row in found["results"]} == {
        ("not_started", 0, dt.date(2025, 3, 14), dt.date(2025, 3, 14), dt.date(2026, 3, 14), dt.date(2026, 2, 12), False,
         dt.date(2026, 3, 15)),
    }  # fmt: skip
    sent = mails(cast)
    assert len(sent) == 34
    item = {"course_id": yearly.pk, "code": "SAFE-1", "course": "Safety Basics", "compliant_until": "2026-03-14"}
    assert [(kind, items) for kind, _, items in sent] == [(NON_COMPLIANT, [item])] * 34


def test_L91_a_move_says_why_and_is_one_link_each_and_one_event(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay
) -> None:
    with on_day(TODAY):
        imports.run("completions", completed([cast.bob, cast.ben], "2025-03-14"))
        move(cast, Move.RETAKE, [(cast.bob.pk, yearly.pk), (cast.ben.pk, yearly.pk)], messages="suppress")
    with tenant_scope(cast.acme.pk):
        links = ResultChange.objects.filter(batch_id=None).order_by("person_id")
        assert [
            (link.person_id, link.actor_id, link.reason, link.before_status, link.before_lapsed_on_arrival,
             link.after_status, link.after_percent, link.after_completed_on, link.after_lapsed_on_arrival)
            for link in links
        ] == [
            (person.pk, cast.adam.pk, "asked by the ward", "completed", True, "not_started", 0, dt.date(2025, 3, 14), False)
            for person in (cast.bob, cast.ben)
        ]  # fmt: skip
        event = AuditEvent.objects.get(action="completions.retake.opened")
        assert (event.actor_id, event.subject_label, event.details) == (
            cast.adam.pk,
            "SAFE-1 Safety Basics",
            {"people": 2, "courses": 1, "reason": "asked by the ward", "messages": "suppress", "sent": {}},
        )
    assert mails(cast) == []


def test_L91_D01_after_the_move_the_nights_tell_what_comes_later_and_nothing_about_the_past(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay
) -> None:
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=yearly.pk).update(remind_every=Period.parse("7 days"), remind_at_most=3)
    with on_day(TODAY):
        imports.run("completions", completed([cast.bob, cast.ben], "2025-03-14"))
        move(cast, Move.RETAKE, [(cast.bob.pk, yearly.pk)], messages="suppress")
    run_nights(cast.acme, "2026-03-15", "2026-04-20")
    with tenant_scope(cast.acme.pk):
        nightly = OutboxMessage.objects.filter(dedup_key__contains=":day:").order_by("id")
        assert list(nightly.values_list("kind", "dedup_key")) == [
            (NON_COMPLIANT, f"{NON_COMPLIANT}:{cast.bob.pk}:day:2026-03-22"),
            (NON_COMPLIANT, f"{NON_COMPLIANT}:{cast.bob.pk}:day:2026-03-29"),
        ]
    assert (status_of(cast.bob, yearly)[0], status_of(cast.ben, yearly)[0]) == ("not_started", "completed")


def test_L91_who_is_refused_is_counted_with_the_reason(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay
) -> None:
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(
            tenant=cast.acme,
            person=cast.carl,
            course=yearly,
            assigned_on=dt.date(2026, 3, 10),
            due_on=dt.date(2026, 4, 9),
        )
        User.objects.filter(pk=cast.lea.pk).update(is_active=False)
    with on_day(TODAY):
        imports.run("completions", completed([cast.bob, cast.lea], "2026-01-10"))
        imports.run("completions", completed([cast.ben], "2025-04-01"), messages="suppress")
        with tenant_scope(cast.acme.pk):
            set_progress(
                tenant=cast.acme, actor=cast.adam, person=cast.ben, course=yearly, status="in_progress", percent=40,
                reason="part one",
            )  # fmt: skip
        people = [cast.bob, cast.ben, cast.carl, cast.lea, cast.adam]
        pairs = [(person.pk, yearly.pk) for person in people] + [(cast.bob.pk, cast.old.pk)]
        # bob completed, lea too and is deactivated, ben is at 40 % of his retake, carl assigned, adam nothing.
        assert preview(cast, Move.RETAKE, pairs) == MovePreview(
            2, {"already_open": 1, "never_completed": 2, "archived": 1}, (KindCount(kind=RETAKE_OPEN, with_email=1),)
        )
        assert preview(cast, Move.RESET, pairs) == MovePreview(
            3, {"not_started": 2, "archived": 1}, (KindCount(kind=OVERDUE, with_email=2),)
        )
        assert preview(cast, Move.REMIND, pairs) == MovePreview(
            3,
            {"deactivated": 1, "nothing_due": 1, "archived": 1},
            (
                KindCount(kind=DUE_REMINDER, with_email=1),
                KindCount(kind=NON_COMPLIANT, with_email=1),  # the text "still compliant" (L-58)
                KindCount(kind=RETAKE_OPEN, with_email=1),
            ),
        )


def test_L91_people_without_an_address_are_counted_apart(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay
) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(email="")
    with on_day(TODAY):
        imports.run("completions", completed([cast.bob, cast.ben], "2025-03-14"))
        pairs = [(cast.bob.pk, yearly.pk), (cast.ben.pk, yearly.pk)]
        done = move(cast, Move.RETAKE, pairs, messages="send")
    assert done.messages == (KindCount(kind=NON_COMPLIANT, with_email=1, without_email=1),)
    assert [(kind, person) for kind, person, _ in mails(cast)] == [(NON_COMPLIANT, "ben")]


def test_L91_E72_a_kind_that_is_off_is_not_counted_nor_sent(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay
) -> None:
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind=NON_COMPLIANT, is_on=False)
    pairs = [(cast.bob.pk, yearly.pk)]
    with on_day(TODAY):
        imports.run("completions", completed([cast.bob], "2025-03-14"))
        assert preview(cast, Move.REMIND, pairs) == MovePreview(0, {"switched_off": 1})
        assert move(cast, Move.RETAKE, pairs) == MovePreview(1, {})
    assert mails(cast) == []


def test_L91_a_reminder_is_sent_once_leaves_no_link_and_the_night_does_not_repeat_it(
    cast: Cast, yearly: Course, on_day: OnDay
) -> None:
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(
            tenant=cast.acme,
            person=cast.bob,
            course=yearly,
            assigned_on=dt.date(2026, 2, 12),
            due_on=dt.date(2026, 3, 14),
        )
    with on_day(TODAY):
        done = move(cast, Move.REMIND, [(cast.bob.pk, yearly.pk)])
    assert done == MovePreview(1, {}, (KindCount(kind=OVERDUE, with_email=1),))
    run_nights(cast.acme, "2026-03-15", "2026-03-17")
    item = {"course_id": yearly.pk, "code": "SAFE-1", "course": "Safety Basics", "due_on": "2026-03-14"}
    assert mails(cast) == [(OVERDUE, "bob", [item])]
    with tenant_scope(cast.acme.pk):
        assert not ResultChange.objects.exists()


def test_L91_a_reset_starts_again_with_the_due_date_and_keeps_the_history(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay
) -> None:
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(
            tenant=cast.acme,
            person=cast.bob,
            course=yearly,
            assigned_on=dt.date(2026, 1, 5),
            due_on=dt.date(2026, 2, 4),
        )
    with on_day(TODAY):
        imports.run("completions", completed([cast.bob], "2026-01-10"))
        done = move(cast, Move.RESET, [(cast.bob.pk, yearly.pk)], messages="send")
    assert done == MovePreview(1, {}, (KindCount(kind=OVERDUE, with_email=1),))
    found = describe_consequences(cast.acme)
    assert found["results"] == [
        ("bob", "SAFE-1", "not_started", 0, None, None, None, None, False, dt.date(2026, 3, 15))
    ]
    assert [row[:2] for row in found["completions"]] == [("bob", "SAFE-1")]
    assert found["assignments"] == [
        ("bob", "SAFE-1", dt.date(2026, 1, 5), dt.date(2026, 2, 4), "manual", dt.date(2026, 3, 15))
    ]
    with tenant_scope(cast.acme.pk):
        assert Achievement.objects.count() == 1


@pytest.mark.parametrize(("reason", "messages"), [(" ", "send"), ("asked", ""), ("asked", "perhaps")])
def test_L91_without_a_reason_or_the_choice_nothing_is_written(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay, reason: str, messages: str
) -> None:
    with on_day(TODAY):
        imports.run("completions", completed([cast.bob], "2025-03-14"))
        with pytest.raises(ValueError, match=r"reason|send"), tenant_scope(cast.acme.pk):
            apply_move(
                Move.RETAKE, pairs=[(cast.bob.pk, yearly.pk)], tenant=cast.acme, actor=cast.adam, reason=reason,
                messages=messages,
            )  # fmt: skip
    assert status_of(cast.bob, yearly) == ("completed", 100, "2025-03-14")


@pytest.mark.parametrize("chosen", list(Move))
def test_L91_the_number_of_statements_does_not_grow(
    cast: Cast, yearly: Course, imports: Imports, on_day: OnDay, chosen: Move
) -> None:
    people = add_people(cast, 6)
    counted = []
    with on_day(TODAY):
        imports.run("completions", completed(people, "2025-03-14"))
        for some in (people[:1], people[1:]):
            pairs = [(person.pk, yearly.pk) for person in some]
            with tenant_scope(cast.acme.pk), CaptureQueriesContext(connection) as captured:
                done = apply_move(
                    chosen, pairs=pairs, tenant=cast.acme, actor=cast.adam, reason="asked", messages="send"
                )
            assert done.applies == len(some)
            counted.append(len(captured))
    assert counted[0] == counted[1]


def test_L91_another_tenants_people_are_not_there(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    with on_day(TODAY):
        imports.run("completions", HEAD + "zoe,SAFE-1,2025-03-14\n", as_="charlie")
        pairs = [(cast.zoe.pk, cast.zebra_safe.pk)]
        assert preview(cast, Move.RESET, pairs) == MovePreview(0, {})
        assert move(cast, Move.RESET, pairs, messages="send") == MovePreview(0, {})
    with tenant_scope(cast.zebra.pk):
        assert CourseResult.objects.get().status == "completed"
