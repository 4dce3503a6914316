"""Pictures of what is recorded about people, for comparing a tenant with itself or with a twin."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from certifications.models import (
    CertificationAssignment,
    CertificationRecord,
    CertificationStatus,
    Evidence,
    Sighting,
    StatusChange,
)
from completions.models import Achievement, CourseResult
from lms.courses.models import CourseAssignment
from lms.imports.models import ImportBatch
from lms.notifications.models import OutboxMessage
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

Picture = dict[str, list[tuple[Any, ...]]]

# Everything an import may write outside of its batch, the audit history and the messages.
TABLES = (
    "completions_achievement",
    "completions_courseresult",
    "completions_resultchange",
    "completions_sighting",
    "courses_courseassignment",
    "courses_course",
    "people_user",
)
CERTIFICATION_TABLES = (
    "certifications_certificationrecord",
    "certifications_certificationstatus",
    "certifications_statuschange",
    "certifications_sighting",
    "certifications_evidence",
    "certifications_certificationassignment",
    "certifications_certification",
    "people_user",
)
# When a row was last touched is no part of what it says.
_TIMES = ("updated_at",)


def dump_tables(tenant: Tenant, tables: Iterable[str] = TABLES) -> dict[str, list[dict[str, Any]]]:
    """Return every row of these tables, ids included: for "the tables as before, to the row" (E-33)."""
    dump = {}
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t) - %s::text[] FROM "{table}" t ORDER BY id', [list(_TIMES)])  # noqa: S608
            dump[table] = [json.loads(row[0]) for row in cursor.fetchall()]
    return dump


def describe_standing(tenant: Tenant, *, with_origin: bool = True) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is recorded in names instead of ids, so that twins can be compared.

    `with_origin` also says by which import (its number) a completion or an assignment came.
    """
    with tenant_scope(tenant.pk):
        numbers = dict(ImportBatch.objects.values_list("pk", "number"))

        def origin(batch_id: int | None) -> tuple[Any, ...]:
            return (numbers.get(batch_id or 0),) if with_origin else ()

        results = [
            (found.person.username, found.course.code, found.status, found.percent, found.completed_on)
            for found in CourseResult.objects.select_related("person", "course")
        ]
        history = [
            (
                found.person.username,
                found.course.code,
                found.completed_on,
                found.score,
                found.note,
                found.origin,
                *origin(found.batch_id),
            )
            for found in Achievement.objects.select_related("person", "course")
        ]
        assignments = [
            (found.person.username, found.course.code, found.assigned_on, found.origin, *origin(found.batch_id))
            for found in CourseAssignment.objects.select_related("person", "course")
        ]
    return {
        "results": sorted(results, key=repr),
        "completions": sorted(history, key=repr),
        "assignments": sorted(assignments, key=repr),
    }


def describe_consequences(tenant: Tenant) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that follows from completions and settings, in names: dates, marks, who is told no more until when."""
    with tenant_scope(tenant.pk):
        results = CourseResult.objects.values_list(
            "person__username", "course__code", "status", "percent", "completed_on", "achievement__completed_on",
            "compliant_until", "retake_opens_on", "lapsed_on_arrival", "messages_suppressed_through",
        )  # fmt: skip
        history = Achievement.objects.values_list(
            "person__username", "course__code", "completed_on", "compliant_until", "due_on", "score", "note", "origin"
        )
        assignments = CourseAssignment.objects.values_list(
            "person__username", "course__code", "assigned_on", "due_on", "origin", "messages_suppressed_through"
        )
        return {
            "results": sorted(results, key=repr),
            "completions": sorted(history, key=repr),
            "assignments": sorted(assignments, key=repr),
        }


def current_results(tenant: Tenant) -> list[tuple[Any, ...]]:
    """Return (person, course, day shown) of every completed current result."""
    found = describe_standing(tenant)["results"]
    return [(person, course, str(day)) for person, course, status, _, day in found if status == "completed"]


def completions(tenant: Tenant) -> list[tuple[Any, ...]]:
    """Return (person, course, day) of every completion."""
    found = describe_standing(tenant)["completions"]
    return [(person, course, str(day)) for person, course, day, *_ in found]


def describe_certifications(tenant: Tenant, *, names: Mapping[int | None, str] | None = None) -> Picture:
    """Return everything that follows from certification records, in names instead of ids, with the import behind each.

    `names` are what imports are called (by default their numbers), so that twins with other numbers can be compared.
    """
    with tenant_scope(tenant.pk):
        called: dict[int | None, Any] = {None: None, **dict(ImportBatch.objects.values_list("pk", "number"))}
        called.update(names or {})
        days = dict(CertificationRecord.objects.values_list("pk", "completed_on"))

        def listed(query: QuerySet[Any], *fields: str) -> list[tuple[Any, ...]]:
            """The rows, with days in place of records and names in place of imports."""
            changed = [
                tuple(
                    called.get(value, value) if name == "batch_id"
                    else days.get(value, value) if name.endswith("record_id")
                    else value
                    for name, value in zip(fields, row, strict=True)
                )
                for row in query.values_list(*fields)
            ]  # fmt: skip
            return sorted(changed, key=repr)

        pair = ("person__username", "certification__short_name")
        shown = ("state", "record_id", "completed_on", "window_opens_on", "expires_on", "messages_suppressed_through")
        origin = ("origin", "batch_id", "row_no", "date_text", "due_text")
        return {
            "records": listed(
                CertificationRecord.objects.all(), *pair, "completed_on", "due_on", "expires_on", "window_opens_on", "basis",
                "anchor_on", "steps", "active_period", *origin,
            ),
            "statuses": listed(CertificationStatus.objects.all(), *pair, *shown),
            "links": listed(
                StatusChange.objects.all(), *pair, "batch_id", "row_no", "reason",
                *(f"before_{name}" for name in shown), *(f"after_{name}" for name in shown),
            ),
            "assignments": listed(CertificationAssignment.objects.all(), *pair, "assigned_on", "origin", "batch_id"),
            "evidence": listed(
                Evidence.objects.all(), "person__username", "short_name", "id_number", "completed_on", "due_on", *origin
            ),
            "sightings": listed(
                Sighting.objects.all(), "record__person__username", "record_id", "evidence__person__username",
                "evidence__short_name", "evidence__completed_on", "batch_id", "row_no",
            ),
        }  # fmt: skip


def told_mails(tenant: Tenant) -> list[tuple[Any, ...]]:
    """Return the mails that were sent or will be: (to whom, kind, names of what it is about)."""
    with tenant_scope(tenant.pk):
        found = OutboxMessage.objects.exclude(state="withdrawn").values_list("to_address", "kind", "params")
        return sorted((who, kind, _about(params)) for who, kind, params in found)


def _about(params: dict[str, Any]) -> str:
    items = params.get("items", [])
    return ", ".join(sorted(item.get("short_name") or item.get("code", "") for item in items))
