"""A completion entered by hand: what is told, asked, and done to due dates (E-19, E-60, E-71, L-55)."""

from typing import Any

import pytest

from completions.kinds import RETAKE_OPEN
from completions.models import Achievement
from completions.services import ChoiceNeeded, NewCompletion, add_completion
from lms.courses.models import Course
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.completions.compliance_data import TODAY, D, assign, mails, prepare_yearly, result
from tests.completions.daily_data import run_nights
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.standing import describe_consequences


@pytest.fixture(autouse=True)
def _yearly(cast: Cast) -> None:
    prepare_yearly(cast)


def by_hand(cast: Cast, day: str, *, messages: str = "") -> str:
    with tenant_scope(cast.acme.pk):
        entered = NewCompletion(
            course=Course.objects.get(pk=cast.safe.pk), completed_on=D(day), reason="seen", messages=messages
        )
        return add_completion(entered, tenant=cast.acme, actor=cast.adam, person=User.objects.get(pk=cast.bob.pk))


def test_E60_by_hand_the_choice_is_asked_for_only_where_something_would_be_sent(cast: Cast, on_day: OnDay) -> None:
    with on_day(TODAY):
        with pytest.raises(ChoiceNeeded) as asked:
            by_hand(cast, "2025-04-01")
        assert asked.value.kinds == (RETAKE_OPEN,)
        with tenant_scope(cast.acme.pk):
            assert not Achievement.objects.exists()
        assert by_hand(cast, "2025-03-14") == "created"
        assert result(cast) == ("completed", 100, "2025-03-14", "2026-03-14", "2026-02-12", True)
    assert mails(cast) == []


@pytest.mark.parametrize(("messages", "wanted"), [("send", [(RETAKE_OPEN, "queued")]), ("suppress", [])])
def test_E71_by_hand_what_is_reached_is_told_with_it_or_never(
    cast: Cast, on_day: OnDay, messages: str, wanted: list[Any]
) -> None:
    with on_day(TODAY):
        assert by_hand(cast, "2025-04-01", messages=messages) == "created"
    run_nights(cast.acme, TODAY, "2026-03-20")
    assert [mail for mail in mails(cast) if mail[0] == RETAKE_OPEN] == wanted
    assert result(cast)[:3] == ("not_started", 0, "2025-04-01")


def test_L55_by_hand_the_due_date_goes_and_is_remembered(cast: Cast, on_day: OnDay) -> None:
    assign(cast, "2026-01-05", "2026-02-04")
    with on_day(TODAY):
        by_hand(cast, "2026-02-10")
    found = describe_consequences(cast.acme)
    assert found["assignments"] == [("bob", "SAFE-1", D("2026-01-05"), None, "manual", None)]
    assert found["completions"] == [
        ("bob", "SAFE-1", D("2026-02-10"), D("2027-02-10"), D("2026-02-04"), None, "", "manual")
    ]


def test_E19_by_hand_deactivated_people_are_told_nothing_and_nothing_is_asked(cast: Cast, on_day: OnDay) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    with on_day(TODAY):
        assert by_hand(cast, "2025-04-01") == "created"
    assert mails(cast) == []
