"""Events are written with their names, and nobody can change or remove them."""

import pytest
from django.db import ProgrammingError, connection, transaction

from lms.audit.models import AuditEvent
from lms.audit.services import record_event
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast


def test_L45_an_event_keeps_names_as_they_were(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        record_event(action="courses.course.changed", actor=cast.alice, subject=cast.safe, details={"active": True})
        record_event("people.person.promoted", subject_kind="team", subject_label="Ward A", person_id=cast.lea.pk)

        fields = (
            "actor_name",
            "actor_role",
            "action",
            "subject_kind",
            "subject_id",
            "subject_label",
            "person_id",
            "details",
        )
        assert list(AuditEvent.objects.order_by("id").values_list(*fields)) == [
            (
                "Alice Owner",
                "owner",
                "courses.course.changed",
                "course",
                cast.safe.pk,
                str(cast.safe),
                None,
                {"active": True},
            ),
            ("", "", "people.person.promoted", "team", None, "Ward A", cast.lea.pk, {}),
        ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET action = 'x'",
        "UPDATE audit_auditevent SET details = '{}'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
    ],
)
def test_G04_S44_the_application_role_cannot_edit_or_delete_events(cast: Cast, statement: str) -> None:
    with tenant_scope(cast.acme.pk):
        record_event("people.team.created", actor=cast.alice)

        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

        assert AuditEvent.objects.filter(action="people.team.created").count() == 1


def test_P20_events_stay_inside_their_organisation(cast: Cast) -> None:
    with tenant_scope(cast.zebra.pk):
        record_event("people.team.created", actor=cast.charlie)

    with tenant_scope(cast.acme.pk):
        assert AuditEvent.objects.count() == 0
