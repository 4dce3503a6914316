"""The catalogue on screen: list, settings, course report; each refusal beside what is allowed."""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable

import openpyxl
from django.test import Client
from django.urls import reverse

from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment, TeamCourse
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def _as_text(value: object) -> str:
    """A cell of a workbook as it stands in the file with commas."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def listed(client: Client, query: str = "") -> list[str]:
    response = client.get(reverse("course_list") + query)
    return [course.code for course in response.context["page_obj"]]


def test_L11_a_leader_sees_the_courses_of_the_teams_others_see_all(cast: Cast, client_for: SignIn) -> None:
    assert listed(client_for(cast.adam)) == ["SHUT-3", "FIRE-2", "SAFE-1"]
    assert listed(client_for(cast.lea)) == ["SAFE-1"]
    assert listed(client_for(cast.charlie)) == ["SAFE-1"]
    assert client_for(cast.bob).get(reverse("course_list")).status_code == 403


def test_courses_are_found_by_name_code_and_state(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)

    assert listed(client, "?q=fire") == ["FIRE-2"]
    assert listed(client, "?q=safe&active=all") == ["OLD-9", "FIRE-2", "SAFE-1"]
    assert listed(client, "?q=fire+aware") == ["FIRE-2"]
    assert listed(client, "?active=no") == ["OLD-9"]
    assert listed(client, "?q=nothing") == []


def test_L20_the_settings_tab_shows_the_code_to_copy(cast: Cast, client_for: SignIn) -> None:
    page = client_for(cast.adam).get(reverse("course", args=[cast.safe.pk])).content.decode()

    assert "Course Code for importing in bulk" in page
    assert "data-copy" in page
    assert "SAFE-1" in page


def test_L20_the_course_report_holds_codes_and_settings_as_csv_and_xlsx(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.fire.pk).update(
            compliant_for=Period.parse("12 months"),
            retake_days=30,
            due_within=Period.parse("30 days"),
            remind_days_before=7,
            remind_every=Period.parse("2 days"),
            remind_at_most=4,
        )
        Course.objects.filter(pk=cast.safe.pk).update(due_on=dt.date(2026, 2, 28))
    expected = [
        [
            "Course Code",
            "Course",
            "Active",
            "Open for imports",
            "Compliant for",
            "Retake opens, days before",
            "Due within",
            "Due on",
            "First reminder, days before",
            "Repeat every",
            "At most",
        ],
        ["FIRE-2", "Fire Safety Awareness", "yes", "yes", "12 months", "30", "30 days", "", "7", "2 days", "4"],
        ["OLD-9", "Fire Safety 2014", "no", "yes", "for ever", "", "", "", "", "", ""],
        ["SAFE-1", "Safety Basics", "yes", "yes", "for ever", "", "", "2026-02-28", "", "", ""],
        ["SHUT-3", "Closed for Imports", "yes", "no", "for ever", "", "", "", "", "", ""],
    ]

    response = client.get(reverse("course_report_file", args=["csv"]))
    text = response.getvalue().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == expected
    assert response.headers["Content-Disposition"].startswith('attachment; filename="course-report-')

    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("course_report_file", args=["xlsx"])).getvalue())
    ).active
    assert sheet is not None
    assert [[_as_text(value) for value in row] for row in sheet.iter_rows(values_only=True)] == expected
    assert client.get(reverse("course_report_file", args=["pdf"])).status_code == 404


def test_L11_a_leaders_report_holds_only_usable_courses(cast: Cast, client_for: SignIn) -> None:
    text = client_for(cast.lea).get(reverse("course_report_file", args=["csv"])).getvalue().decode("utf-8-sig")

    assert [row[0] for row in csv.reader(io.StringIO(text, newline=""))] == ["Course Code", "SAFE-1"]


def test_L21_a_course_without_a_code_gets_one(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).post(
        reverse("course_create"), {"name": "Hand Hygiene", "code": "", "open_for_import": "on"}
    )

    with tenant_scope(cast.acme.pk):
        course = Course.objects.get(name="Hand Hygiene")
        assert (course.code, response.headers["Location"]) == ("HH-1", reverse("course", args=[course.pk]))
        assert AuditEvent.objects.get().action == "courses.course.created"


def test_L21_a_code_that_differs_in_case_only_is_refused(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).post(reverse("course_create"), {"name": "Again", "code": " safe-1 "})

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "code": ['"Safety Basics" already has this code; upper and lower case are the same.']
    }
    response = client_for(cast.charlie).post(reverse("course_create"), {"name": "Again", "code": "FIRE-2"})
    assert response.status_code == 302


def test_a_course_is_edited_and_archived_by_administrators_not_by_leaders(cast: Cast, client_for: SignIn) -> None:
    edit, archive = reverse("course", args=[cast.safe.pk]), reverse("course_archive", args=[cast.safe.pk])
    answers = {"name": "Safety", "code": "SAFE-1"}

    assert client_for(cast.lea).get(edit).status_code == 200
    assert client_for(cast.lea).post(edit, answers).status_code == 200
    assert client_for(cast.lea).post(archive, {"archived": "1"}).status_code == 403
    with tenant_scope(cast.acme.pk):
        cast.safe.refresh_from_db()
        assert (cast.safe.name, cast.safe.is_active) == ("Safety Basics", True)

    client = client_for(cast.adam)
    assert client.post(edit, answers).status_code == 302
    assert client.post(archive, {"archived": "1"}).status_code == 302
    with tenant_scope(cast.acme.pk):
        cast.safe.refresh_from_db()
        assert (cast.safe.name, cast.safe.open_for_import, cast.safe.is_active) == ("Safety", False, False)


def test_S25_a_course_of_another_tenant_or_out_of_reach_is_not_there(cast: Cast, client_for: SignIn) -> None:
    foreign, unusable = reverse("course", args=[cast.zebra_safe.pk]), reverse("course", args=[cast.fire.pk])

    assert client_for(cast.adam).get(foreign).status_code == 404
    assert client_for(cast.charlie).get(foreign).status_code == 200
    assert client_for(cast.lea).get(unusable).status_code == 404
    assert client_for(cast.adam).get(unusable).status_code == 200
    pages = [client_for(cast.lea).get(address).content for address in (unusable, reverse("course", args=[999_999]))]
    without_token = [re.sub(rb'"X-CSRFToken": "\w+"', b"", page) for page in pages]
    assert without_token[0] == without_token[1]


def test_a_team_takes_courses_and_gives_them_back(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    choose = reverse("team_add_courses", args=[cast.ward_a.pk])
    assert [course.code for course in client.get(choose).context["courses"]] == ["SHUT-3", "FIRE-2"]
    assert client.post(choose, {}).status_code == 422

    assert client.post(choose, {"courses": [cast.fire.pk, cast.zebra_safe.pk]}).status_code == 422
    assert client.post(choose, {"courses": [cast.fire.pk], "step": "assign"}).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert TeamCourse.objects.filter(team=cast.ward_a).count() == 2
        assert CourseAssignment.objects.filter(course=cast.fire).count() == 2

    remove = reverse("team_remove_course", args=[cast.ward_a.pk, cast.fire.pk])
    assert client_for(cast.lea).post(remove).status_code == 403
    assert client.post(remove).status_code == 302
    with tenant_scope(cast.acme.pk):
        assert CourseAssignment.objects.filter(course=cast.fire).count() == 0


def test_T63_the_reports_lead_importers_of_certifications_to_their_report(cast: Cast, client_for: SignIn) -> None:
    report = reverse("certification_report")
    assert report in client_for(cast.adam).get(reverse("report_list")).content.decode()
    assert report not in client_for(cast.lea).get(reverse("report_list")).content.decode()
