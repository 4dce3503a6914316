"""The kinds of message about courses: their lines, their numbers, the two texts about compliance."""

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from completions.kinds import (
    BY_COURSE,
    COURSE_ASSIGNED,
    COURSE_COMPLETED,
    DUE_REMINDER,
    NON_COMPLIANT,
    NOT_COMPLIANT,
    OVERDUE,
    RETAKE_OPEN,
    STILL_COMPLIANT,
)
from completions.terms import CourseTerms
from lms.notifications.kinds import MessageKind, find_kind
from lms.notifications.layout import RenderedMessage
from lms.notifications.selectors import switched_on
from lms.notifications.templates import render_message
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 4, 2)
KINDS = (COURSE_ASSIGNED, COURSE_COMPLETED, DUE_REMINDER, OVERDUE, RETAKE_OPEN, NON_COMPLIANT)


def kind_of(key: str) -> MessageKind:
    kind = find_kind(key)
    assert kind is not None
    return kind


def item(code: str = "SAFE-1", name: str = "Safety Basics", **days: dt.date) -> dict[str, Any]:
    return CourseTerms(course_id=1, code=code, name=name).describe(**days)


def render(cast: Cast, kind: str, *items: dict[str, Any], today: dt.date = TODAY) -> RenderedMessage:
    with tenant_scope(cast.acme.pk):
        return render_message(kind, items, person=cast.bob, tenant=cast.acme, today=today)


def shift(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "text", "subject", "line"),
    [
        (31, STILL_COMPLIANT, "Compliance ends soon: Safety Basics", "compliant until 3 May 2026 (31 days left)"),
        (1, STILL_COMPLIANT, "Compliance ends soon: Safety Basics", "compliant until 3 April 2026 (1 day left)"),
        (0, STILL_COMPLIANT, "Compliance ends soon: Safety Basics", "compliant until today, 2 April 2026"),
        (-1, NOT_COMPLIANT, "Not compliant any more: Safety Basics", "was compliant until 1 April 2026 (1 day over)"),
        (-3, NOT_COMPLIANT, "Not compliant any more: Safety Basics", "was compliant until 30 March 2026 (3 days over)"),
    ],
)
def test_L58_the_mail_about_compliance_has_two_texts(cast: Cast, days: int, text: str, subject: str, line: str) -> None:
    items = [item(compliant_until=shift(days))]

    mail = render(cast, NON_COMPLIANT, *items)

    assert kind_of(NON_COMPLIANT).choose(items, TODAY) == text
    assert mail.subject == subject
    assert f"- Safety Basics (SAFE-1): {line}\n" in mail.text


def test_L58_days_are_counted_when_the_mail_is_made(cast: Cast) -> None:
    until = item(compliant_until=shift(1))

    assert "(1 day left)" in render(cast, NON_COMPLIANT, until).text
    assert "(4 days over)" in render(cast, NON_COMPLIANT, until, today=shift(5)).text


def test_L58_one_lapsed_course_of_several_is_enough(cast: Cast) -> None:
    mail = render(cast, NON_COMPLIANT, item(compliant_until=shift(9)), item(code="X", compliant_until=shift(-2)))

    assert mail.subject == "Not compliant any more: 2 courses"
    assert ("(9 days left)" in mail.text, "(2 days over)" in mail.text) == (True, True)


def test_E20_the_subject_names_one_course_and_counts_several(cast: Cast) -> None:
    one, other = item(due_on=shift(5)), item("FIRE-2", "Fire", due_on=shift(2))

    assert render(cast, DUE_REMINDER, one).subject == "Please complete: Safety Basics"
    both = render(cast, DUE_REMINDER, one, other)
    assert both.subject == "Please complete: 2 courses"
    assert (
        "- Safety Basics (SAFE-1): due on 7 April 2026 (5 days left)\n- Fire (FIRE-2): due on 4 April 2026 (2 days left)"
        in both.text
    )


@pytest.mark.parametrize(
    ("kind", "dates", "line"),
    [
        (COURSE_ASSIGNED, {}, "Safety Basics (SAFE-1)"),
        (COURSE_ASSIGNED, {"due_on": shift(3)}, "Safety Basics (SAFE-1): due on 5 April 2026"),
        (COURSE_COMPLETED, {"completed_on": shift(-2)}, "Safety Basics (SAFE-1): completed on 31 March 2026"),
        (
            COURSE_COMPLETED,
            {"completed_on": shift(-2), "compliant_until": shift(363)},
            "Safety Basics (SAFE-1): completed on 31 March 2026, counts until 31 March 2027",
        ),
        (DUE_REMINDER, {"due_on": shift(0)}, "Safety Basics (SAFE-1): due today, 2 April 2026"),
        (DUE_REMINDER, {"due_on": shift(-1)}, "Safety Basics (SAFE-1): was due on 1 April 2026 (1 day over)"),
        (OVERDUE, {"due_on": shift(-2)}, "Safety Basics (SAFE-1): was due on 31 March 2026 (2 days over)"),
        (
            RETAKE_OPEN,
            {"compliant_until": shift(30)},
            "Safety Basics (SAFE-1): compliant until 2 May 2026 (30 days left)",
        ),
    ],
)
def test_L75_the_line_of_a_course(cast: Cast, kind: str, dates: dict[str, Any], line: str) -> None:
    assert f"\n- {line}\n" in render(cast, kind, item(**dates)).text
    assert kind_of(kind).describe([item(**dates)], TODAY) == [line]


def test_L75_of_several_courses_the_most_urgent_gives_date_and_days() -> None:
    items = [item(due_on=shift(9)), item(due_on=shift(-4)), item(due_on=shift(2))]

    values = kind_of(OVERDUE).fill(items, TODAY)

    assert (values["due_date"], values["days"], values["count"]) == ("29 March 2026", "4", "3")
    completed = kind_of(COURSE_COMPLETED).fill([item(completed_on=shift(-9)), item(completed_on=shift(-1))], TODAY)
    assert completed["completed_on"] == "1 April 2026"


@pytest.mark.parametrize("key", KINDS)
def test_L75_the_sample_fits_every_text(key: str) -> None:
    kind = kind_of(key)
    for text in kind.texts:
        items = kind.sample(text.key, TODAY)
        assert (len(items), kind.choose(items, TODAY), kind.choose(items[:1], TODAY)) == (3, text.key, text.key)
        values = kind.fill(items, TODAY)
        assert [place.name for place in kind.placeholders if not values.get(place.name)] == []


def test_E72_completed_and_assigned_are_off_unless_switched_on(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        on = switched_on()

    assert on & set(KINDS) == {DUE_REMINDER, OVERDUE, RETAKE_OPEN, NON_COMPLIANT}
    assert {key for key in KINDS if kind_of(key).by_course} == BY_COURSE


def test_L77_shipped_words_are_lazy() -> None:
    text = kind_of(OVERDUE).texts[0]
    with translation.override("en-gb"):
        assert str(text.body).startswith("Hello {first_name},\n\nThe due date has passed.")
