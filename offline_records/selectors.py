"""Which offline activities an actor may use, what they say, and what is recorded.

Public: `usable_activities`, `search_activities`, `categories_below`, `load_terms`, `read_terms`, `load_record_facts`,
`records_in_reach`, `count_valid_records`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from lms.core.text import match_key
from lms.imports.importer import RowFacts, UnfitRow
from lms.notifications.selectors import switched_on
from lms.people.domains import NO_DOMAIN, NO_DOMAIN_CODE, Domain, domains_in_reach
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, visible_people
from offline_records.choices import Result
from offline_records.kinds import OFFLINE_RECORD_EXPIRES
from offline_records.models import ActivityDomain, CustomField, OfflineActivity, OfflineRecord
from offline_records.planning import Facts, KnownRecord
from offline_records.terms import ActivityTerms, CustomTerms

_BELOW: Final = """
WITH RECURSIVE below AS (
    SELECT id FROM offline_records_category WHERE id = %s
    UNION SELECT child.id FROM offline_records_category child JOIN below ON child.parent_id = below.id
) SELECT id FROM below
"""
# The rows in question come by COPY, which costs a tenth of long parameter lists; the table lives in this session.
_PREPARE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS offline_records_wanted (person_id bigint, day date) ON COMMIT DELETE ROWS;
TRUNCATE offline_records_wanted
"""
_COPY: Final = "COPY offline_records_wanted (person_id, day) FROM STDIN"
_LOCK_ACTIVITY: Final = """
SELECT id FROM offline_records_offlineactivity
WHERE tenant_id = current_setting('app.tenant')::int AND id = %s FOR SHARE
"""
# Looked up one by one through the unique indexes: a plain join would make the planner read the whole tenant.
_KNOWN: Final = """
SELECT wanted.person_id, wanted.day, known.id, coalesce(batch.number, 0)
FROM offline_records_wanted wanted
CROSS JOIN LATERAL (
    SELECT id, batch_id FROM offline_records_offlinerecord
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = wanted.person_id
      AND activity_id = %(activity)s AND completed_on = wanted.day
    LIMIT 1
) known
LEFT JOIN LATERAL (
    SELECT number FROM imports_importbatch
    WHERE tenant_id = current_setting('app.tenant')::int AND id = known.batch_id
    LIMIT 1
) batch ON true
"""
_DOMAINS: Final = """
SELECT wanted.person_id, domain.id, domain.name
FROM (SELECT DISTINCT person_id FROM offline_records_wanted) wanted
CROSS JOIN LATERAL (
    SELECT domain_id FROM people_user
    WHERE tenant_id = current_setting('app.tenant')::int AND id = wanted.person_id
    LIMIT 1
) person
CROSS JOIN LATERAL (
    SELECT id, name FROM people_peopledomain
    WHERE tenant_id = current_setting('app.tenant')::int AND id = person.domain_id
    LIMIT 1
) domain
"""
_LATEST: Final = """
SELECT wanted.person_id, latest.expires_on
FROM (SELECT DISTINCT person_id FROM offline_records_wanted) wanted
CROSS JOIN LATERAL (
    SELECT coalesce(expires_on, date '9999-12-31') AS expires_on FROM offline_records_offlinerecord
    WHERE tenant_id = current_setting('app.tenant')::int AND person_id = wanted.person_id
      AND activity_id = %(activity)s AND result <> 'failed'
    ORDER BY offline_records_offlinerecord.expires_on DESC NULLS FIRST LIMIT 1
) latest
"""


def usable_activities(
    actor: User, *, permission: Permission | None = None, with_archived: bool = False
) -> QuerySet[OfflineActivity]:
    """Return the activities the actor may record for (S-01, S-09).

    Owners and administrators: every active one. Team roles: those open to a user domain that is granted to them.
    """
    activities = OfflineActivity.objects.all() if with_archived else OfflineActivity.objects.filter(is_active=True)
    if reaches_everybody(actor):
        return activities
    granted = domains_in_reach(actor, permission=permission or Permission.IMPORT_OFFLINE_RECORDS)
    if not granted:
        return activities.none()
    named = [domain.id for domain in granted if domain.id != NO_DOMAIN]
    opened = ActivityDomain.objects.filter(domain_id__in=named).values("activity_id")
    return activities.filter(Q(is_open_to_all=True) | Q(pk__in=opened))


def search_activities(activities: QuerySet[OfflineActivity], query: str) -> QuerySet[OfflineActivity]:
    """Return those of `activities` where every word of `query` is in the name, the code or the provider (S-06)."""
    for word in query.split()[:5]:
        activities = activities.filter(
            Q(code_key__contains=match_key(word)) | Q(name__icontains=word) | Q(provider__icontains=word)
        )
    return activities


def categories_below(category_id: int) -> list[int]:
    """Return the category and all categories below it (S-05). One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [category_id])
        return [found for (found,) in cursor.fetchall()]


def load_terms(activity_ids: Collection[int]) -> dict[int, ActivityTerms]:
    """Return what these activities say. Four queries."""
    sends = switched_on()
    ids = sorted(activity_ids)
    custom: dict[int, list[CustomField]] = {}
    for field in CustomField.objects.filter(activity_id__in=ids, is_active=True).order_by("position", "pk"):
        custom.setdefault(field.activity_id, []).append(field)
    domains: dict[int, set[int]] = {}
    for activity_id, domain_id in ActivityDomain.objects.filter(activity_id__in=ids).values_list(
        "activity_id", "domain_id"
    ):
        domains.setdefault(activity_id, set()).add(domain_id)
    return {
        found.pk: read_terms(found, custom=custom.get(found.pk, ()), domains=domains.get(found.pk, ()), sends=sends)
        for found in OfflineActivity.objects.filter(pk__in=ids)
    }


def read_terms(
    activity: OfflineActivity,
    *,
    custom: Iterable[CustomField] = (),
    domains: Iterable[int] = (),
    sends: frozenset[str] = frozenset(),
) -> ActivityTerms:
    """Return what one activity says, with its custom fields in their order and the user domains it is open to."""
    return ActivityTerms(
        activity_id=activity.pk,
        code=activity.code,
        name=activity.name,
        is_active=activity.is_active,
        validity=activity.validity,
        expiring_days=activity.expiring_days,
        score_minimum=_trim(activity.score_minimum),
        score_maximum=_trim(activity.score_maximum),
        earliest_date=activity.earliest_date,
        provider=activity.provider,
        location=activity.location,
        fields=dict(activity.fields),
        custom=tuple(
            CustomTerms(
                id=field.pk,
                label=field.label,
                kind=field.kind,
                choices=tuple(field.choices),
                is_required=field.is_required,
            )
            for field in custom
        ),
        open_to=None if activity.is_open_to_all else frozenset(domains),
        sends=sends,
    )


def _trim(number: Decimal | None) -> Decimal | None:
    """Return a number without the zeros behind its point, as sentences name it."""
    return None if number is None else Decimal(format(number.normalize(), "f"))


def load_record_facts(
    rows: Sequence[RowFacts] | Sequence[UnfitRow], *, activity_id: int, domain: Domain, names_domains: bool, lock: bool
) -> Facts:
    """Return what the activity says now and what is recorded of these people and days; a constant number of statements.

    With `lock`, the activity stays as it is until the transaction ends (S-25).
    """
    wanted = {(row.person_id, row.day) for row in rows}
    with connection.cursor() as cursor:
        if lock:
            cursor.execute(_LOCK_ACTIVITY, [activity_id])
        terms = load_terms([activity_id]).get(activity_id, ActivityTerms(is_active=False))
        cursor.execute(_PREPARE)
        with cursor.copy(_COPY) as copy:
            for values in sorted(wanted, key=lambda pair: (pair[0], pair[1] or date.min)):
                copy.write_row(values)
        cursor.execute(_KNOWN, {"activity": activity_id})
        known = {(person, day): KnownRecord(pk, number) for person, day, pk, number in cursor.fetchall()}
        cursor.execute(_DOMAINS)
        domains = {person: (pk, name) for person, pk, name in cursor.fetchall()}
        latest: dict[int, date] = {}
        if OFFLINE_RECORD_EXPIRES in terms.sends:
            cursor.execute(_LATEST, {"activity": activity_id})
            latest = dict(cursor.fetchall())
    return Facts(
        terms=terms,
        domain_id=domain.id,
        domain_name=domain.name if domain.id != NO_DOMAIN else NO_DOMAIN_CODE,
        domains=domains,
        known=known,
        latest=latest,
        names_domains=names_domains,
    )


def records_in_reach(actor: User) -> QuerySet[OfflineRecord]:
    """Return the records of the people the actor can see."""
    if reaches_everybody(actor):
        return OfflineRecord.objects.all()
    return OfflineRecord.objects.filter(person_id__in=visible_people(actor).values("pk"))


def count_valid_records(actor: User, *, today: date) -> int:
    """Return the number of records that are valid today, of the people in the actor's reach (E-39)."""
    valid = (Q(expires_on__isnull=True) | Q(expires_on__gte=today)) & ~Q(result=Result.FAILED)
    return records_in_reach(actor).filter(valid).count()
