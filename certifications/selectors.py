"""Which certifications an actor may use, what they say, and what is recorded.

Public: `usable_certifications`, `search_certifications`, `load_terms`, `read_terms`, `load_certification_facts`,
`count_current_statuses`.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, cast

from django.db import connection
from django.db.models import Q, QuerySet

from certifications.models import Certification, CertificationStatus, TeamCertification
from certifications.planning import CurrentStatus, EvidenceKey, Facts, KnownRecord, evidence_key
from certifications.references import folded
from certifications.switches import kinds_on
from certifications.terms import CertificationTerms
from lms.core.periods import Period
from lms.imports.importer import RowFacts
from lms.notifications.selectors import switched_on
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, teams_above, teams_in_reach, visible_people

# The rows in question come by COPY, which costs a tenth of long parameter lists; the tables live in this session.
_PREPARE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS certifications_wanted (person_id bigint, certification_id bigint, day date)
ON COMMIT DELETE ROWS;
TRUNCATE certifications_wanted
"""
_COPY: Final = "COPY certifications_wanted (person_id, certification_id, day) FROM STDIN"
_LOCK_STATUSES: Final = """
SELECT status.id
FROM (SELECT DISTINCT person_id, certification_id FROM certifications_wanted ORDER BY person_id, certification_id) pair
CROSS JOIN LATERAL (
    SELECT id FROM certifications_certificationstatus
    WHERE tenant_id = current_setting('app.tenant')::int
      AND person_id = pair.person_id AND certification_id = pair.certification_id
    ORDER BY id LIMIT 1 FOR UPDATE
) status
"""
# Looked up one by one through the unique indexes: a plain join would make the planner read the whole tenant.
_FACTS: Final = """
SELECT wanted.person_id, wanted.certification_id, wanted.day, known.id, known.due_on, assigned.id,
       status.id, status.state, status.record_id, status.completed_on, status.window_opens_on, status.expires_on,
       status.messages_suppressed_through, last.completed_on, last.expires_on, last.window_opens_on
FROM certifications_wanted wanted
LEFT JOIN LATERAL (
    SELECT id, due_on FROM certifications_certificationrecord
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = wanted.person_id
      AND certification_id = wanted.certification_id AND completed_on = wanted.day
    LIMIT 1
) known ON true
LEFT JOIN LATERAL (
    SELECT id FROM certifications_certificationassignment
    WHERE tenant_id = current_setting('app.tenant')::int
      AND person_id = wanted.person_id AND certification_id = wanted.certification_id
    LIMIT 1
) assigned ON true
LEFT JOIN LATERAL (
    SELECT id, state, record_id, completed_on, window_opens_on, expires_on, messages_suppressed_through
    FROM certifications_certificationstatus
    WHERE tenant_id = current_setting('app.tenant')::int
      AND person_id = wanted.person_id AND certification_id = wanted.certification_id
    LIMIT 1
) status ON true
LEFT JOIN LATERAL (
    SELECT completed_on, expires_on, window_opens_on FROM certifications_certificationrecord
    WHERE tenant_id = current_setting('app.tenant')::int AND id = status.record_id
    LIMIT 1
) last ON true
"""
_PREPARE_EVIDENCE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS certifications_wanted_evidence (
    person_id bigint, short_name_key text, id_number_key text, day date
) ON COMMIT DELETE ROWS;
TRUNCATE certifications_wanted_evidence
"""
_COPY_EVIDENCE: Final = "COPY certifications_wanted_evidence (person_id, short_name_key, id_number_key, day) FROM STDIN"
_EVIDENCE: Final = """
SELECT wanted.person_id, wanted.short_name_key, wanted.id_number_key, wanted.day, known.id, known.due_on
FROM certifications_wanted_evidence wanted
CROSS JOIN LATERAL (
    SELECT id, due_on FROM certifications_evidence
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = wanted.person_id
      AND short_name_key = wanted.short_name_key AND id_number_key = wanted.id_number_key AND completed_on = wanted.day
    LIMIT 1
) known
"""


def usable_certifications(actor: User, *, permission: Permission | None = None) -> QuerySet[Certification]:
    """Return the certifications the actor may target (T-01).

    Owners and administrators: every one. Team roles: those assigned to a team in reach or to an ancestor of one.
    """
    if reaches_everybody(actor):
        return Certification.objects.all()
    teams = teams_above(teams_in_reach(actor, permission=permission))
    assigned = TeamCertification.objects.filter(team_id__in=teams).values("certification_id")
    return Certification.objects.filter(pk__in=assigned) if teams else Certification.objects.none()


def search_certifications(certifications: QuerySet[Certification], query: str) -> QuerySet[Certification]:
    """Return those of `certifications` where every word of `query` is in the name, the short name or the ID number."""
    for word in query.split()[:5]:
        key = folded(word)
        certifications = certifications.filter(
            Q(short_name_key__contains=key) | Q(id_number_key__contains=key) | Q(name__icontains=word)
        )
    return certifications


def load_terms(certification_ids: Collection[int]) -> dict[int, CertificationTerms]:
    """Return what these certifications say about dates and messages. Two queries."""
    sends = switched_on()
    certifications = Certification.objects.filter(pk__in=sorted(certification_ids))
    return {found.pk: read_terms(found, sends=sends) for found in certifications}


def read_terms(certification: Certification, *, sends: frozenset[str] = frozenset()) -> CertificationTerms:
    """Return what one certification says, where the organisation sends the kinds `sends` (T-70, E-72)."""
    return CertificationTerms(
        certification_id=certification.pk,
        short_name=certification.short_name,
        id_number=certification.id_number,
        name=certification.name,
        is_active=certification.is_active,
        method=certification.method,
        active_period=cast("Period", certification.active_period),  # the columns are never empty
        recertification_window=cast("Period", certification.recertification_window),
        minimum_active_period=certification.minimum_active_period,
        expiring_days=certification.expiring_days,
        sends=kinds_on(sends, certification.message_switches),
    )


def load_certification_facts(rows: Sequence[RowFacts], *, lock: bool) -> Facts:
    """Return what is recorded for the people, certifications and days of these rows; a constant number of statements.

    With `lock`, the current certifications are locked first, in the order person, certification, and read by a later
    statement, so that they show what a predecessor committed. Rows without a certification ask for evidence.
    """
    wanted = sorted((row.person_id, row.item_id, row.day) for row in rows if row.item_id is not None)
    records: dict[tuple[int, int, date], KnownRecord] = {}
    statuses: dict[tuple[int, int], CurrentStatus] = {}
    assigned: set[tuple[int, int]] = set()
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        with cursor.copy(_COPY) as copy:
            for values in wanted:
                copy.write_row(values)
        if lock:
            cursor.execute(_LOCK_STATUSES)
        cursor.execute(_FACTS)
        for person, certification, day, known, due_on, assignment, status, *standing in cursor.fetchall():
            if known is not None:
                records[person, certification, day] = KnownRecord(known, due_on)
            if assignment is not None:
                assigned.add((person, certification))
            if status is not None:
                statuses[person, certification] = CurrentStatus(status, *standing)
    terms = load_terms({certification for _, certification, _ in wanted})
    evidence = _load_evidence({evidence_key(row) for row in rows if row.item_id is None})
    return Facts(records, statuses, frozenset(assigned), terms, evidence)


def _load_evidence(keys: Collection[EvidenceKey]) -> dict[EvidenceKey, KnownRecord]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE_EVIDENCE)
        with cursor.copy(_COPY_EVIDENCE) as copy:
            for key in sorted(keys):
                copy.write_row(key)
        cursor.execute(_EVIDENCE)
        return {
            (person, short, number, day): KnownRecord(*found)
            for person, short, number, day, *found in cursor.fetchall()
        }


def count_current_statuses(actor: User) -> int:
    """Return the number of current certifications, not expired, of the people the actor reaches (E-39)."""
    statuses = CertificationStatus.objects.filter(completed_on__isnull=False)
    if not reaches_everybody(actor):
        statuses = statuses.filter(person_id__in=visible_people(actor).values("pk"))
    return statuses.count()
