"""Assigning certifications: counted first, told where it is switched on, taken back while nothing is recorded (T-46, T-70)."""

from typing import Any

import pytest

from certifications.assigning import (
    AssignmentPreview,
    assign_people,
    assign_team,
    preview_assignment,
    withdraw_person,
)
from certifications.models import Certification, CertificationAssignment
from lms.audit.models import AuditEvent
from lms.notifications.choices import KindCount
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import D, assign, assignments, certification, certify, give_team, record
from tests.plugins.cast import Cast

TODAY = D("2026-03-15")
TELLING = {"certification_assigned": True}
Origin = CertificationAssignment.Origin


def preview(cast: Cast, people: list[User], *found: Certification) -> AssignmentPreview:
    with tenant_scope(cast.acme.pk):
        return preview_assignment([person.pk for person in people], certifications=found)


def mails(cast: Cast) -> list[tuple[str, str, list[str]]]:
    with tenant_scope(cast.acme.pk):
        found = OutboxMessage.objects.order_by("to_address").values_list("to_address", "kind", "params")
        return [(address, kind, [item["short_name"] for item in params["items"]]) for address, kind, params in found]


def test_T70_the_message_is_counted_where_the_certification_sends_it(cast: Cast) -> None:
    quiet, telling = certification(cast.acme), certification(cast.acme, "NMP", message_switches=TELLING)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(email="")
    assert preview(cast, [cast.bob, cast.ben], quiet) == AssignmentPreview(people=2, messages=())
    counts = KindCount(kind="certification_assigned", with_email=1, without_email=1)
    assert preview(cast, [cast.bob, cast.ben], quiet, telling) == AssignmentPreview(people=2, messages=(counts,))


def test_T70_a_certification_may_keep_quiet_where_the_organisation_sends(cast: Cast) -> None:
    telling = certification(cast.acme, "NMP", message_switches=TELLING)
    quiet = certification(cast.acme, message_switches={"certification_assigned": False})
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind="certification_assigned", is_on=True)
    assert preview(cast, [cast.bob], quiet).messages == ()
    assert len(preview(cast, [cast.bob], telling).messages) == 1


def test_who_has_it_and_who_is_deactivated_and_what_is_archived_do_not_count(cast: Cast) -> None:
    found, old = certification(cast.acme, message_switches=TELLING), certification(cast.acme, "OLD", is_active=False)
    assign(cast.bob, found)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    assert preview(cast, [cast.bob, cast.ben], found) == AssignmentPreview(people=0, messages=())
    assert preview(cast, [cast.carl], old) == AssignmentPreview(people=0, messages=())


@pytest.mark.parametrize(("choice", "told"), [("send", ["bob@acme.example"]), ("suppress", [])])
def test_E60_who_is_new_is_told_if_that_was_chosen(cast: Cast, choice: str, told: list[str]) -> None:
    found = certification(cast.acme, message_switches=TELLING)
    assign(cast.ben, found)
    with tenant_scope(cast.acme.pk):
        count = assign_people(
            [cast.bob.pk, cast.ben.pk], certification=found, actor=cast.adam, on=TODAY, messages=choice
        )
        event = AuditEvent.objects.get()
        assert Notice.objects.count() == len(told)
    assert (count, [address for address, *_ in mails(cast)]) == (1, told)
    assert assignments(cast.acme) == [("ben", "ILS", D("2026-01-01"), "manual"), ("bob", "ILS", TODAY, "manual")]
    assert (event.action, event.details) == (
        "certifications.people.assigned",
        {"people": 1, "person_ids": [cast.bob.pk], "messages": choice},
    )


def test_E20_one_message_lists_all_certifications_of_a_team(cast: Cast) -> None:
    found = [
        certification(cast.acme, message_switches=TELLING),
        certification(cast.acme, "NMP", message_switches=TELLING),
    ]
    with tenant_scope(cast.acme.pk):
        ids = [one.pk for one in found]
        assert assign_team(cast.ward_a, certification_ids=ids, actor=cast.adam, on=TODAY, messages="send") == 2
    assert mails(cast) == [
        ("ben@acme.example", "certification_assigned", ["ILS", "NMP"]),
        ("bob@acme.example", "certification_assigned", ["ILS", "NMP"]),
    ]


def take_back(cast: Cast, person: User, found: Certification) -> bool:
    with tenant_scope(cast.acme.pk):
        made = CertificationAssignment.objects.get(person=person, certification=found)
        return withdraw_person(made, certification=found, actor=cast.adam)


def test_an_assignment_by_hand_is_taken_back_with_its_mail(cast: Cast) -> None:
    found = certification(cast.acme, message_switches=TELLING)
    with tenant_scope(cast.acme.pk):
        assign_people([cast.bob.pk], certification=found, actor=cast.adam, on=TODAY, messages="send")
    assert take_back(cast, cast.bob, found) is True
    assert assignments(cast.acme) == []
    with tenant_scope(cast.acme.pk):
        assert [mail.state for mail in OutboxMessage.objects.all()] == ["withdrawn"]
        assert AuditEvent.objects.order_by("pk").last().action == "certifications.person.withdrawn"  # type: ignore[union-attr]


def test_what_is_recorded_or_came_otherwise_stays(cast: Cast) -> None:
    found = certification(cast.acme)
    certify(cast.bob, found, "2026-02-01")
    record(cast.ben, found, "2026-02-01")
    for person, origin in (
        (cast.bob, Origin.MANUAL),
        (cast.ben, Origin.MANUAL),
        (cast.carl, Origin.IMPORT),
        (cast.lea, Origin.TEAM),
    ):
        assign(person, found, origin=origin)
        assert take_back(cast, person, found) is False, person
    assert len(assignments(cast.acme)) == 4


def test_where_a_team_holds_it_the_assignment_becomes_the_teams(cast: Cast) -> None:
    found = certification(cast.acme)
    give_team(cast.ward_a, found)
    assign(cast.bob, found, "2026-02-01")
    assert take_back(cast, cast.bob, found) is False
    assert assignments(cast.acme) == [("bob", "ILS", D("2026-01-01"), "team")]


def test_a_constant_number_of_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    found = certification(cast.acme, message_switches=TELLING)
    people = [cast.alice, cast.adam, cast.lea, cast.bob, cast.ben, cast.carl]
    with tenant_scope(cast.acme.pk), django_assert_max_num_queries(16):
        ids = [person.pk for person in people]
        assert assign_people(ids, certification=found, actor=cast.adam, on=TODAY, messages="send") == 6
