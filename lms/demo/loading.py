"""Write an organisation to the database in one transaction, by bulk writes.

Public: `is_loaded`, `load_organisation`, `refresh_statistics`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, connections

from certifications.models import Certification, CertificationAssignment, CertificationRecord, CertificationStatus
from completions.models import Achievement, CourseResult, Origin, Status
from completions.rules import ComplianceDates, compliance_dates
from lms.core.json_text import encode_json
from lms.core.text import clean_text, match_key
from lms.courses.due_dates import DUE_ON
from lms.courses.models import Course, CourseAssignment, TeamCourse
from lms.courses.rules import due_date
from lms.demo.bulk import insert_rows
from lms.demo.certification_loading import load_certifications
from lms.demo.offline_loading import load_offline
from lms.demo.organisation import DEMO_PASSWORD, DemoCourse, DemoPerson, DemoTerms, Organisation
from lms.notifications.models import MessageSwitch, MessageTemplate
from lms.people.models import Membership, PeopleDomain, Promotion, Team, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import current_tenant_id, tenant_scope
from offline_records.models import OfflineRecord

JOINED_ON: Final = date(2008, 9, 1)
CREATED_AT: Final = datetime(2008, 9, 1, 8, tzinfo=UTC)
_COMPLETED = Status.COMPLETED.value
_RESULT: Final = (
    *("person_id", "course_id", "status", "percent", "completed_on", "achievement_id", "compliant_until"),
    *("retake_opens_on", "lapsed_on_arrival", "updated_at"),
)
_ASSIGNMENT: Final = ("person_id", "course_id", "assigned_on", "due_on", "origin")


def is_loaded(slug: str) -> bool:
    """Return whether the organisation is in the database; it is whole if it is there at all."""
    return Tenant.objects.filter(slug=slug).exists()


def host_of(slug: str) -> str:
    """Return the host name of an organisation of the demo."""
    return f"{slug}.{settings.BASE_DOMAIN}"


def load_organisation(organisation: Organisation) -> Tenant:
    """Write the organisation and everything in it; commits once, at the end."""
    tenant = _make_tenant(organisation)
    with tenant_scope(tenant.pk):
        tenant.save(force_insert=True)
        domains = _load_domains(organisation)
        teams = _load_teams(organisation)
        people = _load_people(organisation, domains=domains)
        courses = _load_courses(organisation)
        _load_places(organisation, teams=teams, people=people)
        _load_team_courses(organisation, teams=teams, courses=courses)
        _load_results(organisation, people=people, courses=courses)
        _load_assignments(organisation, people=people, courses=courses)
        _assign_team_courses()
        load_certifications(organisation, teams=teams, people=people)
        load_offline(organisation, people=people, domains=domains)
        _load_messages(organisation)
    return tenant


def refresh_statistics() -> None:
    """Tell the planner how large the tables have become, where the owner's connection is there; else autovacuum will."""
    models = (
        *(User, Membership, Course, CourseAssignment, Achievement, CourseResult),
        *(Certification, CertificationAssignment, CertificationRecord, CertificationStatus, OfflineRecord),
    )
    if "owner" in connections.databases:
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(f'"{model._meta.db_table}"' for model in models))


def _make_tenant(organisation: Organisation) -> Tenant:
    # The id is taken beforehand, so that the tenant and everything in it are one transaction inside its own scope.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [Tenant._meta.db_table])
        (tenant_id,) = cursor.fetchone()
    return Tenant(
        id=tenant_id,
        slug=organisation.slug,
        name=organisation.name,
        host=host_of(organisation.slug),
        time_zone=organisation.time_zone,
        date_format=organisation.date_format,
        language=organisation.language,
        contact=organisation.contact,
        contact_email=organisation.contact_email,
    )


def _load_domains(organisation: Organisation) -> dict[str, int]:
    insert_rows(PeopleDomain, ("slug", "name"), organisation.domains.items())
    return dict(PeopleDomain.objects.values_list("slug", "id"))


def _load_teams(organisation: Organisation) -> dict[str, int]:
    """Write the tree level by level; return the id of each path."""
    ids: dict[str, int] = {}
    for depth in sorted({path.count("/") for path in organisation.teams}):
        level = [path for path in organisation.teams if path.count("/") == depth]
        rows = [(path.rsplit("/", 1)[-1], ids.get(path.rpartition("/")[0]), True) for path in level]
        insert_rows(Team, ("name", "parent_id", "is_active"), rows)
        found: dict[tuple[int | None, str], int] = {
            (parent, name): pk for pk, parent, name in Team.objects.values_list("id", "parent_id", "name")
        }
        ids |= {path: found[row[1], row[0]] for path, row in zip(level, rows, strict=True)}
    return ids


def _load_people(organisation: Organisation, *, domains: dict[str, int]) -> dict[str, int]:
    # One hash for everybody who can sign in: hashing is slow on purpose, and the password is the same.
    known, unusable = make_password(DEMO_PASSWORD), make_password(None)
    columns = (
        *("username", "username_key", "email", "email_key", "employee_id", "employee_id_key", "first_name"),
        *("last_name", "domain_id", "role", "date_format", "time_zone", "language", "is_active", "password"),
        "created_at",
    )

    def write_person(person: DemoPerson) -> tuple[Any, ...]:
        return (
            clean_text(person.username),
            match_key(person.username),
            clean_text(person.email),
            match_key(person.email),
            clean_text(person.employee_id),
            match_key(person.employee_id),
            person.first_name,
            person.last_name,
            domains[person.domain],
            person.role,
            *("", "", ""),  # date format, time zone and language are the organisation's
            person.is_active,
            known if person.signs_in else unusable,
            CREATED_AT,
        )

    insert_rows(User, columns, map(write_person, organisation.people))
    return dict(User.objects.values_list("username", "id"))


def _load_courses(organisation: Organisation) -> dict[str, int]:
    columns = (
        *("code", "code_key", "name", "is_active", "open_for_import", "created_at", "compliant_for", "retake_days"),
        *("due_within", "due_on", "remind_days_before", "remind_every", "remind_at_most", "message_switches"),
    )

    def write_course(course: DemoCourse) -> tuple[Any, ...]:
        terms = course.terms
        return (
            clean_text(course.code),
            match_key(course.code),
            course.name,
            course.is_active,
            True,
            CREATED_AT,
            str(terms.compliant_for) if terms.compliant_for else None,
            terms.retake_days,
            str(terms.due_within) if terms.due_within else None,
            terms.due_on,
            terms.remind_days_before,
            str(terms.remind_every) if terms.remind_every else None,
            terms.remind_at_most,
            encode_json(dict(terms.switches)),
        )

    insert_rows(Course, columns, map(write_course, organisation.courses))
    return dict(Course.objects.values_list("code", "id"))


def _load_places(organisation: Organisation, *, teams: dict[str, int], people: dict[str, int]) -> None:
    members = ((teams[person.team], people[person.username], JOINED_ON) for person in organisation.people)
    insert_rows(Membership, ("team_id", "person_id", "joined_on"), members)
    promotions = [(teams[made.team], people[made.username], made.role) for made in organisation.promotions]
    insert_rows(Promotion, ("team_id", "person_id", "role"), promotions)


def _load_team_courses(organisation: Organisation, *, teams: dict[str, int], courses: dict[str, int]) -> None:
    rows = [
        (teams[made.team], courses[made.course], made.assigned_on or JOINED_ON) for made in organisation.team_courses
    ]
    insert_rows(TeamCourse, ("team_id", "course_id", "assigned_on"), rows)


def _load_results(organisation: Organisation, *, people: dict[str, int], courses: dict[str, int]) -> None:
    """Write completions, current results that show them, and the assignments both imply."""
    results, terms = organisation.past, {course.code: course.terms for course in organisation.courses}
    keys = [(people[result.username], courses[result.course]) for result in results]
    dates = [_follow(result.completed_on, terms[result.course]) for result in results]

    def write_achievements() -> Iterator[tuple[Any, ...]]:
        for key, result, (until, _) in zip(keys, results, dates, strict=True):
            if result.completed_on is not None:
                recorded = datetime.combine(result.completed_on, time(16), tzinfo=UTC)
                yield *key, result.completed_on, until, "", Origin.LEARNING.value, "", recorded

    columns = (
        "person_id",
        "course_id",
        "completed_on",
        "compliant_until",
        "note",
        "origin",
        "date_text",
        "recorded_at",
    )
    insert_rows(Achievement, columns, write_achievements())
    shown = {(person, course): pk for pk, person, course in Achievement.objects.values_list("id", "person", "course")}

    def write_results() -> Iterator[tuple[Any, ...]]:
        for key, result, (until, opens_on) in zip(keys, results, dates, strict=True):
            day = result.completed_on
            status = _COMPLETED if day else Status.IN_PROGRESS.value
            moment = datetime.combine(day or JOINED_ON, time(16), tzinfo=UTC)
            yield *key, status, result.percent, day, shown.get(key), until, opens_on, False, moment

    insert_rows(CourseResult, _RESULT, write_results())

    def write_assignments() -> Iterator[tuple[Any, ...]]:
        for key, result in zip(keys, results, strict=True):
            day = result.assigned_on or (result.completed_on or JOINED_ON) - timedelta(days=60)
            yield *key, day, None if result.completed_on else _due(day, terms[result.course]), "manual"

    insert_rows(CourseAssignment, _ASSIGNMENT, write_assignments())


def _follow(completed_on: date | None, terms: DemoTerms) -> ComplianceDates:
    if completed_on is None:
        return ComplianceDates(None, None)
    return compliance_dates(completed_on, compliant_for=terms.compliant_for, retake_days=terms.retake_days)


def _due(assigned_on: date, terms: DemoTerms) -> date | None:
    return due_date(assigned_on=assigned_on, due_within=terms.due_within, due_on=terms.due_on)


def _load_assignments(organisation: Organisation, *, people: Mapping[str, int], courses: Mapping[str, int]) -> None:
    """Write the assignments of people who have not begun."""
    terms = {course.code: course.terms for course in organisation.courses}
    rows = (
        (
            people[made.username],
            courses[made.course],
            made.assigned_on,
            _due(made.assigned_on, terms[made.course]),
            "manual",
        )
        for made in organisation.assignments
    )
    insert_rows(CourseAssignment, _ASSIGNMENT, rows)


_ASSIGN: Final = f"""
WITH RECURSIVE covers AS (
    SELECT tc.tenant_id, tc.team_id, tc.course_id, tc.assigned_on FROM courses_teamcourse tc
    UNION
    SELECT c.tenant_id, t.id, c.course_id, c.assigned_on FROM covers c JOIN people_team t ON t.parent_id = c.team_id
)
INSERT INTO courses_courseassignment (tenant_id, person_id, course_id, assigned_on, origin, due_on)
SELECT assigned.tenant_id, assigned.person_id, course.id, assigned.assigned_on, 'team', {DUE_ON}
FROM (
    SELECT c.tenant_id, m.person_id, c.course_id, min(greatest(c.assigned_on, m.joined_on)) AS assigned_on
    FROM covers c JOIN people_membership m ON m.team_id = c.team_id
    GROUP BY c.tenant_id, m.person_id, c.course_id
) assigned
JOIN courses_course course ON course.id = assigned.course_id
ON CONFLICT (tenant_id, person_id, course_id) DO NOTHING
"""  # noqa: S608 - made of constants


def _assign_team_courses() -> None:
    """Expand team assignments into assignments of people, also of the teams below; a result has brought its own before."""
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN)


def _load_messages(organisation: Organisation) -> None:
    """Write which kinds of message are not as shipped, and the organisation's own words."""
    tenant_id = current_tenant_id()
    MessageSwitch.objects.bulk_create(
        MessageSwitch(tenant_id=tenant_id, kind=kind, is_on=is_on) for kind, is_on in organisation.switches.items()
    )
    MessageTemplate.objects.bulk_create(
        MessageTemplate(tenant_id=tenant_id, text=own.text, language=own.language, subject=own.subject, body=own.body)
        for own in organisation.templates
    )
