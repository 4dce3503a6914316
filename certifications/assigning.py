"""Assigning people and teams to certifications: first counted, then done, with the messages that were chosen (T-70, E-60).

An assignment has no date of its own to be told about later: what is told, is told here or by an import.
Public: `AssignmentPreview`, `preview_assignment`, `assign_people`, `assign_team`, `withdraw_team`, `withdraw_person`.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from certifications.kinds import CERTIFICATION_ASSIGNED, OBLIGATIONS
from certifications.memberships import (
    Pair,
    assign_team_certifications,
    expand_team_certifications,
    find_recorded,
    withdraw_team_certifications,
)
from certifications.models import Certification, CertificationAssignment
from certifications.selectors import load_terms
from certifications.services import label_of
from certifications.terms import CertificationTerms
from lms.audit.services import record_event
from lms.notifications.choices import KindCount, MessageChoice
from lms.notifications.messages import NewMessage, withdraw_items, write_messages
from lms.people.models import Team, User
from lms.tenancy.scope import current_tenant_id

_NAMED: Final = 50  # in the audit history; more are a number
_UNASSIGNED: Final = """
SELECT u.id, c.id FROM people_user u CROSS JOIN certifications_certification c
WHERE u.id = ANY(%s::bigint[]) AND u.is_active AND c.id = ANY(%s::bigint[]) AND c.is_active
  AND NOT EXISTS (SELECT 1 FROM certifications_certificationassignment there
                  WHERE there.tenant_id = u.tenant_id AND there.person_id = u.id AND there.certification_id = c.id)
ORDER BY u.id, c.id
"""
_ASSIGN: Final = """
INSERT INTO certifications_certificationassignment (tenant_id, person_id, certification_id, assigned_on, origin)
SELECT %(tenant)s, person_id, certification_id, %(on)s::date, 'manual'
FROM unnest(%(people)s::bigint[], %(certifications)s::bigint[]) AS pair (person_id, certification_id)
ORDER BY person_id, certification_id
ON CONFLICT (tenant_id, person_id, certification_id) DO NOTHING
RETURNING person_id, certification_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPreview:
    """What an assignment would do."""

    people: int  # who get at least one certification they did not have
    messages: tuple[KindCount, ...]


def preview_assignment(people: Collection[int], *, certifications: Iterable[Certification]) -> AssignmentPreview:
    """Return what assigning these certifications to these people would do. Writes nothing; a constant number of queries."""
    terms = load_terms([found.pk for found in certifications])
    pairs = _find_unassigned(people, list(terms))
    told = {message.person_id for message in _plan_messages(pairs, terms=terms)}
    silent = User.objects.filter(pk__in=told, email="").count() if told else 0
    counts = KindCount(kind=CERTIFICATION_ASSIGNED, with_email=len(told) - silent, without_email=silent)
    return AssignmentPreview(people=len({person for person, _ in pairs}), messages=(counts,) if told else ())


def assign_people(
    people: Collection[int], *, certification: Certification, actor: User, on: date, messages: str
) -> int:
    """Assign a certification to people by hand; return how many did not have it."""
    new = _assign_pairs(_find_unassigned(people, [certification.pk]), on=on)
    _tell(new, messages=messages)
    record_event(
        "certifications.people.assigned",
        actor=actor,
        subject=certification,
        subject_label=label_of(certification),
        details={"people": len(new), "person_ids": [person for person, _ in new[:_NAMED]], "messages": messages},
    )
    return len(new)


def assign_team(team: Team, *, certification_ids: Collection[int], actor: User, on: date, messages: str) -> int:
    """Let a team hold certifications; return how many people get one by it."""
    new = assign_team_certifications(team, certification_ids=certification_ids, today=on)
    _tell(new, messages=messages)
    people = len({person for person, _ in new})
    details = {"certifications": sorted(certification_ids), "people": people, "messages": messages}
    _record_team_event("certifications.team.assigned", team, actor=actor, details=details)
    return people


def withdraw_team(team: Team, *, certification: Certification, actor: User) -> None:
    """Take a certification away from a team; people with a record keep it."""
    withdraw_team_certifications(team, certification_ids=[certification.pk])
    details = {"certifications": [certification.pk]}
    _record_team_event("certifications.team.withdrawn", team, actor=actor, details=details)


def removable_assignments(certification: Certification) -> QuerySet[CertificationAssignment]:
    """Return the assignments made by hand; those with a record are among them, `withdraw_person` keeps them."""
    return CertificationAssignment.objects.filter(
        certification=certification, origin=CertificationAssignment.Origin.MANUAL
    )


def withdraw_person(assignment: CertificationAssignment, *, certification: Certification, actor: User) -> bool:
    """Take back an assignment by hand without any record, and what is still to be mailed; return whether it went.

    Where a team of the person holds the certification, it is the team's from then on and has not gone.
    """
    pair = (assignment.person_id, assignment.certification_id)
    if assignment.origin != CertificationAssignment.Origin.MANUAL or find_recorded([pair]):
        return False
    assignment.delete()
    expand_team_certifications([assignment.person_id])
    if CertificationAssignment.objects.filter(person_id=pair[0], certification_id=pair[1]).exists():
        return False
    withdraw_items([pair], kinds=(CERTIFICATION_ASSIGNED, *OBLIGATIONS), name="certification_id")
    record_event(
        "certifications.person.withdrawn",
        actor=actor,
        subject=certification,
        subject_label=label_of(certification),
        person_id=pair[0],
    )
    return True


def _find_unassigned(people: Collection[int], certifications: Collection[int]) -> list[Pair]:
    """Return which of these people lack which; deactivated people and archived certifications are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_UNASSIGNED, [list(people), list(certifications)])
        return list(cursor.fetchall())


def _assign_pairs(pairs: Collection[Pair], *, on: date) -> list[Pair]:
    if not pairs:
        return []
    people, certifications = zip(*pairs, strict=True)
    parameters: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "on": on,
        "people": list(people),
        "certifications": list(certifications),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, parameters)
        return sorted(cursor.fetchall())


def _tell(new: Collection[Pair], *, messages: str) -> None:
    if messages != MessageChoice.SEND or not new:
        return
    terms = load_terms({certification for _, certification in new})
    write_messages(_plan_messages(new, terms=terms), group=f"change:{uuid.uuid4()}", now=timezone.now())


def _plan_messages(pairs: Iterable[Pair], *, terms: dict[int, CertificationTerms]) -> list[NewMessage]:
    """Return what people are told who get a certification: that they have it, where this is switched on (T-68)."""
    by_name = sorted(pairs, key=lambda pair: (pair[0], terms[pair[1]].name, pair[1]))
    return [
        NewMessage(person, CERTIFICATION_ASSIGNED, terms[certification].describe())
        for person, certification in by_name
        if CERTIFICATION_ASSIGNED in terms[certification].sends
    ]


def _record_team_event(action: str, team: Team, *, actor: User, details: dict[str, Any]) -> None:
    record_event(action, actor=actor, subject_kind="team", subject_id=team.pk, subject_label=team.name, details=details)
