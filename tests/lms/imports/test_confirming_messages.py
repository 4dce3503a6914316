"""The choice at the confirmation: send or do not send, when, and who may (E-21, E-25, E-39, E-60, E-70, G-01)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from lms.audit.models import AuditEvent
from lms.courses.models import Course
from lms.imports.confirming import ConfirmationRefused, TypedNumber, needs_typed_number
from lms.imports.models import ImportBatch
from lms.notifications.models import MessageSwitch, Notice
from lms.people.models import Promotion, Role, RolePermission
from lms.people.permissions import Permission
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.message_data import HEAD, caused_mails, days_ago, prepare_courses
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]


@pytest.fixture(autouse=True)
def _courses(cast: Cast) -> None:
    prepare_courses(cast)


def rows(cast: Cast, *names: str, days: int = 10) -> str:
    return HEAD + "".join(f"{name},SAFE-1,{days_ago(cast.acme, days)}\n" for name in names)


def check(cast: Cast, run_import: Run, *names: str, **more: Any) -> Imported:
    return run_import("completions", rows(cast, *(names or ("bob",))), check_only=True, **more)


def refusal(imports: Imports, checked: Imported, **answers: Any) -> str:
    with pytest.raises(ConfirmationRefused) as refused:
        imports.confirm(checked, **answers)
    assert refused.value.words
    assert imports.load(checked.batch).state == "ready"
    return refused.value.reason


# --- the choice (E-60) -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("messages", ["", "perhaps", "SEND"])
def test_E60_there_is_no_default(cast: Cast, imports: Imports, run_import: Run, messages: str) -> None:
    assert refusal(imports, check(cast, run_import), messages=messages) == "messages"


def test_E60_without_anything_to_send_nobody_is_asked(cast: Cast, imports: Imports, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.filter(kind="course_assigned").update(is_on=False)
    given: list[dict[str, Any]] = [{}, {"messages": "send"}]
    for answers in given:
        done = imports.confirm(check(cast, run_import), **answers)
        assert (done.state, done.batch.messages, done.batch.send_at) == ("completed", "", None)
        assert caused_mails(cast.acme, done.batch) == []
        imports.undo(done)


def test_E60_a_notice_is_a_message_too(cast: Cast, imports: Imports, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        type(cast.bob).objects.filter(pk=cast.bob.pk).update(email="", email_key="")
    checked = check(cast, run_import)
    assert checked.summary["messages"]["emails"] == 0
    assert refusal(imports, checked) == "messages"


@pytest.mark.parametrize("messages", ["send", "suppress"])
def test_E60_the_choice_is_stored_and_part_of_the_history(
    cast: Cast, imports: Imports, run_import: Run, messages: str
) -> None:
    done = imports.confirm(check(cast, run_import), messages=messages)
    with tenant_scope(cast.acme.pk):
        events = {event.action: event.details for event in AuditEvent.objects.filter(batch_id=done.batch.pk)}
    confirmed = events["imports.batch.confirmed"]
    assert (done.batch.messages, confirmed["messages"], confirmed["send_at"]) == (messages, messages, None)
    assert confirmed["messages_shown"]["kinds"]["course_assigned"]["messages"] == 1
    assert events["imports.batch.applied"]["messages"] == messages


# --- when (E-21) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["soon", "2020-01-01T08:00:00+00:00", "9999-01-01T08:00"])
def test_E21_the_hour_lies_ahead_and_within_a_week(cast: Cast, imports: Imports, run_import: Run, moment: str) -> None:
    assert refusal(imports, check(cast, run_import), messages="send", send_at=moment) == "send_at"


def test_E21_an_hour_without_zone_is_the_organisations(cast: Cast, imports: Imports, run_import: Run) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone="America/New_York")
    acme = Tenant.objects.get(pk=cast.acme.pk)
    wanted = (timezone.now().astimezone(acme.zone) + dt.timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    text = wanted.replace(tzinfo=None).isoformat()
    done = imports.confirm(check(cast, run_import), messages="send", send_at=text)
    assert done.batch.send_at == wanted


def test_E21_who_does_not_send_chooses_no_hour(cast: Cast, imports: Imports, run_import: Run) -> None:
    done = imports.confirm(check(cast, run_import), messages="suppress", send_at="2020-01-01T08:00:00+00:00")
    assert (done.batch.messages, done.batch.send_at) == ("suppress", None)


# --- who (G-01) --------------------------------------------------------------------------------------------------


def test_G01_team_roles_cannot_send_unless_an_owner_allows_it(cast: Cast, imports: Imports, run_import: Run) -> None:
    checked = check(cast, run_import, as_="lea")
    assert refusal(imports, checked, messages="send") == "may_not_send"
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.SEND_MESSAGES, allowed=True
        )
    done = imports.confirm(checked, messages="send")
    assert [mail[:2] for mail in caused_mails(cast.acme, done.batch)] == [("bob", "course_assigned")]


def test_G01_and_can_import_without_messages(cast: Cast, imports: Imports, run_import: Run) -> None:
    done = imports.confirm(check(cast, run_import, as_="lea"), messages="suppress")
    assert (done.state, caused_mails(cast.acme, done.batch)) == ("completed", [])


@pytest.fixture
def mixed_leader(cast: Cast) -> None:
    """Lea leads Ward A as a role that may not send, and Ward B as one that may."""
    with tenant_scope(cast.acme.pk):
        Promotion.objects.create(tenant=cast.acme, team=cast.ward_b, person=cast.lea, role=Role.TEAM_ADMIN)
        Course.objects.filter(pk=cast.safe.pk).update(open_for_import=True)
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_ADMIN, permission=Permission.SEND_MESSAGES, allowed=True
        )


@pytest.mark.usefixtures("mixed_leader")
def test_G01_the_right_to_send_is_one_over_the_people_who_are_told(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    both = check(cast, run_import, "bob", "carl", as_="lea")
    assert both.planned == {"created": 2}
    assert refusal(imports, both, messages="send") == "may_not_send"
    imports.cancel(both)
    own = check(cast, run_import, "carl", as_="lea")
    assert [mail[0] for mail in caused_mails(cast.acme, imports.confirm(own, messages="send").batch)] == ["carl"]


def test_E25_who_loses_the_right_in_between_sends_nothing(cast: Cast, imports: Imports, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        allowed = RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.SEND_MESSAGES, allowed=True
        )
    checked = check(cast, run_import, as_="lea")
    imports.confirm(checked, messages="send", works=False)
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.filter(pk=allowed.pk).update(allowed=False)
    imports.work()
    done = imports.load(checked.batch)
    assert (done.state, caused_mails(cast.acme, done.batch)) == ("completed", [])


# --- old checks, check and import (E-25, E-70) ----------------------------------------------------------------------


def make_old(imported: Imported) -> None:
    with tenant_scope(imported.batch.tenant_id):
        ImportBatch.objects.filter(pk=imported.batch.pk).update(checked_at=timezone.now() - dt.timedelta(hours=25))


def test_E25_an_old_check_goes_on_with_the_choice(cast: Cast, imports: Imports, run_import: Run) -> None:
    checked = check(cast, run_import)
    make_old(checked)
    done = imports.confirm(checked, messages="send")
    assert (done.state, done.batch.messages) == ("completed", "send")
    assert len(caused_mails(cast.acme, done.batch)) == 1


def test_E25_other_message_numbers_ask_again_though_the_rows_are_the_same(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    checked = check(cast, run_import)
    make_old(checked)
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind="course_completed", is_on=True)
    asked = imports.confirm(checked, messages="send")
    assert (asked.state, asked.batch.numbers_changed, asked.planned) == ("ready", True, checked.planned)


@pytest.mark.parametrize(
    ("answers", "state", "why"),
    [
        ({"messages": "send"}, "completed", None),
        ({"messages": "suppress"}, "completed", None),
        ({}, "ready", "question"),
        ({"messages": "send", "send_at": "9999-01-01T08:00"}, "ready", "question"),
    ],
)
def test_E70_check_and_import_carries_the_choice_or_waits(
    cast: Cast, imports: Imports, answers: dict[str, str], state: str, why: str | None
) -> None:
    wanted = {"actor": cast.adam.pk, "answers": answers}
    done = imports.check(imports.upload("completions", rows(cast, "bob")), confirm_with=wanted)
    assert (done.state, done.batch.messages) == (state, answers["messages"] if why is None else "")
    with tenant_scope(cast.acme.pk):
        asked = Notice.objects.filter(person=cast.adam, kind="import_needs_you").values_list("params__why", flat=True)
        assert list(asked) == ([why] if why else [])


def test_E70_an_hour_that_passed_during_the_check_means_at_once(cast: Cast, imports: Imports) -> None:
    passed = (timezone.now() - dt.timedelta(minutes=1)).isoformat()
    wanted = {"actor": cast.adam.pk, "answers": {"messages": "send", "send_at": passed}}
    done = imports.check(imports.upload("completions", rows(cast, "bob")), confirm_with=wanted)
    assert [mail[2] for mail in caused_mails(cast.acme, done.batch)] == ["queued"]


# --- the threshold (E-39) ---------------------------------------------------------------------------------------------


def test_E39_many_messages_ask_for_their_number_if_they_are_sent(cast: Cast, imports: Imports, run_import: Run) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(message_threshold=2)
    checked = check(cast, run_import, "bob", "ben", "carl")
    with tenant_scope(cast.acme.pk):
        asked = [needs_typed_number(checked.batch, messages=choice) for choice in ("", "suppress", "send")]
    assert asked == [None, None, TypedNumber(3, "messages")]
    assert refusal(imports, checked, messages="send") == "number"
    assert refusal(imports, checked, messages="send", typed="2") == "number"
    assert imports.confirm(checked, messages="send", typed="3").state == "completed"


def test_E39_as_many_as_the_threshold_are_not_too_many(cast: Cast, imports: Imports, run_import: Run) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(message_threshold=3)
    assert imports.confirm(check(cast, run_import, "bob", "ben", "carl"), messages="send").state == "completed"


def test_E39_where_both_are_passed_one_number_is_enough(cast: Cast, imports: Imports, run_import: Run) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(message_threshold=0)
    checked = check(cast, run_import)
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=checked.batch.pk).update(
            summary=checked.summary | {"changed_current": 50, "existing_current": 60}
        )
    assert refusal(imports, checked, messages="send", typed="1") == "number"
    assert imports.confirm(checked, messages="send", typed="50").state == "completed"
