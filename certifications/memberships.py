"""Certifications of teams: who is in a team or in one below it is to hold them, on the later of the two days.

Leaving takes the assignment away only while nothing is recorded. Runs in the open tenant scope and commits nothing; a
constant number of statements whatever the number of people.

Public: `Pair`, `assign_team_certifications`, `withdraw_team_certifications`, `expand_team_certifications`,
`withdraw_unbacked`, `settle_people`, `find_recorded`.
"""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from django.db import connection

from certifications.models import TeamCertification
from lms.courses.memberships import people_below
from lms.people.models import Team
from lms.tenancy.scope import current_tenant_id

Pair = tuple[int, int]
"""(person id, certification id)"""

# Every (person, certification, day) that follows from memberships and certifications of teams.
_BACKED: Final = """
WITH RECURSIVE above AS (
    SELECT id AS team_id, id AS above_id, parent_id FROM people_team
    UNION ALL
    SELECT a.team_id, t.id, t.parent_id FROM above a JOIN people_team t ON t.id = a.parent_id
), backed AS (
    SELECT m.person_id, tc.certification_id, min(greatest(tc.assigned_on, m.joined_on)) AS assigned_on
    FROM people_membership m
    JOIN above a ON a.team_id = m.team_id
    JOIN certifications_teamcertification tc ON tc.team_id = a.above_id
    WHERE %(people)s::bigint[] IS NULL OR m.person_id = ANY(%(people)s::bigint[])
    GROUP BY m.person_id, tc.certification_id
)
"""
_EXPAND: Final = (
    _BACKED
    + """
INSERT INTO certifications_certificationassignment (tenant_id, person_id, certification_id, assigned_on, origin)
SELECT %(tenant)s, b.person_id, b.certification_id, b.assigned_on, 'team' FROM backed b
JOIN certifications_certification c ON c.id = b.certification_id AND c.is_active
JOIN people_user u ON u.id = b.person_id AND u.is_active
ORDER BY b.person_id, b.certification_id
ON CONFLICT (tenant_id, person_id, certification_id) DO NOTHING
RETURNING person_id, certification_id
"""
)
_HAS_RECORDS: Final = """
   (EXISTS (SELECT 1 FROM certifications_certificationrecord r
            WHERE r.tenant_id = %(tenant)s AND r.person_id = {pair}.person_id
              AND r.certification_id = {pair}.certification_id)
    OR EXISTS (SELECT 1 FROM certifications_certificationstatus s
               WHERE s.tenant_id = %(tenant)s AND s.person_id = {pair}.person_id
                 AND s.certification_id = {pair}.certification_id))
"""
_WITHDRAW: Final = (
    _BACKED  # noqa: S608 - made of constants
    + """
DELETE FROM certifications_certificationassignment a
WHERE a.tenant_id = %(tenant)s AND a.origin = 'team' AND a.person_id = ANY(%(people)s::bigint[])
  AND NOT EXISTS (SELECT 1 FROM backed b
                  WHERE b.person_id = a.person_id AND b.certification_id = a.certification_id)
  AND NOT """
    + _HAS_RECORDS.format(pair="a")
)
_RECORDED: Final = (
    "SELECT pair.person_id, pair.certification_id "
    "FROM unnest(%(people)s::bigint[], %(certifications)s::bigint[]) AS pair (person_id, certification_id) WHERE "
    + _HAS_RECORDS.format(pair="pair")
)


def assign_team_certifications(team: Team, *, certification_ids: Collection[int], today: date) -> list[Pair]:
    """Let a team hold certifications from `today` on; return the (person, certification) pairs that are new by it."""
    there = TeamCertification.objects.filter(team=team, certification_id__in=certification_ids)
    before = set(there.values_list("certification_id", flat=True))
    new = [certification for certification in certification_ids if certification not in before]
    TeamCertification.objects.bulk_create(
        [
            TeamCertification(tenant_id=team.tenant_id, team=team, certification_id=certification, assigned_on=today)
            for certification in new
        ],
        ignore_conflicts=True,
    )
    return [pair for pair in _expand(people_below(team)) if pair[1] in new]


def withdraw_team_certifications(team: Team, *, certification_ids: Collection[int]) -> None:
    """Take certifications away from a team; people with a record, or who have them otherwise, keep them."""
    TeamCertification.objects.filter(team=team, certification_id__in=certification_ids).delete()
    withdraw_unbacked(people_below(team))


def expand_team_certifications(people: Collection[int] | None = None) -> int:
    """Assign what follows from teams to these people (None: to everybody, for the daily job); return how many are new.

    Deactivated people and archived certifications are left out until they come back.
    """
    return len(_expand(people))


def withdraw_unbacked(people: Collection[int]) -> int:
    """Remove these people's assignments by teams that no team stands behind any more and that have no record."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"people": list(people), "tenant": current_tenant_id()})
        return int(cursor.rowcount)


def settle_people(people: Collection[int]) -> None:
    """Bring the certifications of these people in line with the teams they are in now."""
    withdraw_unbacked(people)
    expand_team_certifications(people)


def find_recorded(pairs: Collection[Pair]) -> set[Pair]:
    """Return the (person, certification) pairs with a record or a current certification; their assignments stay."""
    if not pairs:
        return set()
    people, certifications = zip(*pairs, strict=True)
    parameters: dict[str, Any] = {
        "people": list(people),
        "certifications": list(certifications),
        "tenant": current_tenant_id(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORDED, parameters)
        return set(cursor.fetchall())


def _expand(people: Collection[int] | None) -> list[Pair]:
    with connection.cursor() as cursor:
        cursor.execute(_EXPAND, {"people": None if people is None else list(people), "tenant": current_tenant_id()})
        return list(cursor.fetchall())
