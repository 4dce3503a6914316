"""What course completions add to the pages of an import: before the upload, on the review, after it (L-46, L-48, L-81).

Public: `make_upload_panel`, `make_review_panel`, `list_follow_ups`.
"""

from typing import Any, Final

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from completions.models import CourseResult, ResultChange
from completions.rules import ComplianceStatus
from lms.core.wording import say_number
from lms.courses.models import Course
from lms.courses.selectors import describe_settings, usable_courses
from lms.imports.importer import FollowUp, Panel
from lms.imports.models import FINISHED_STATES, ImportBatch, State
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, visible_people

COURSES_SHOWN: Final = 50


def make_upload_panel(*, actor: User) -> Panel:
    """Return the rules, how many courses in reach have a period, and the retake box (L-48, L-81). One query."""
    courses = usable_courses(actor, permission=Permission.IMPORT_COMPLETIONS)
    with_period = courses.filter(is_active=True, compliant_for__isnull=False).count()
    context = {
        "with_period": with_period,
        "courses_url": f"{reverse('course_list')}?period=yes",
    }
    return Panel("completions/panels/upload.html", context)


def make_review_panel(*, batch: ImportBatch, actor: User) -> Panel | None:
    """Return the checklist and the settings of every course in the file as they are now (L-46). Three queries."""
    in_file = batch.rows().filter(item_id__isnull=False).values_list("item_id", flat=True).distinct()
    listed = usable_courses(actor, permission=Permission.IMPORT_COMPLETIONS).filter(pk__in=list(in_file))
    courses = list(listed.order_by("code_key", "pk"))
    if not courses:
        return None
    shown = courses[:COURSES_SHOWN]
    found = (batch.summary or {}).get("consequences") or {}
    context: dict[str, Any] = {
        "settings": describe_settings(shown),
        "more": len(courses) - len(shown),
        "number": len(courses),
        "with_period": sum(1 for course in courses if course.compliant_for is not None),
        "with_due": sum(1 for course in courses if _has_due_date(course)),
        "opens_retakes": bool(batch.options.get("opens_retakes")),
        "lapsed": int((found.get("lapsed") or {}).get("rows") or 0),
        "retake_open": int((found.get("retake_open") or {}).get("rows") or 0),
        "is_open": batch.state in {State.READY, State.REFUSED},
    }
    return Panel("completions/panels/review.html", context)


def _has_due_date(course: Course) -> bool:
    return course.due_on is not None or course.due_within is not None


def list_follow_ups(*, batch: ImportBatch, actor: User) -> list[FollowUp]:
    """Return what can be done with the people of an import, those first whom it left non-compliant (L-91). One query."""
    if batch.state not in FINISHED_STATES and not (batch.state == State.CANCELLED and batch.imported):
        return []
    url = reverse("import_people", args=[batch.number])
    follow_ups = [FollowUp(_("See how the people of this import stand now"), url)]
    number = _count_left_lapsed(batch, actor=actor)
    if number:
        words = ngettext(
            "%(n)s person is non-compliant: move them to their retake period, or remind them.",
            "%(n)s people are non-compliant: move them to their retake period, or remind them.",
            number,
        )
        lapsed = f"{url}?standing={ComplianceStatus.NON_COMPLIANT}"
        follow_ups.insert(0, FollowUp(words % {"n": say_number(number)}, lapsed))
    return follow_ups


def _count_left_lapsed(batch: ImportBatch, *, actor: User) -> int:
    """Return how many people were non-compliant on arrival and are left so, as far as the import's completions show (D-01)."""
    shown = ResultChange.objects.filter(
        batch_id=batch.pk,
        person_id=OuterRef("person_id"),
        course_id=OuterRef("course_id"),
        after_achievement_id=OuterRef("achievement_id"),
    )
    results = CourseResult.objects.filter(Exists(shown), lapsed_on_arrival=True, person__is_active=True)
    if not reaches_everybody(actor):
        results = results.filter(person_id__in=visible_people(actor).values("pk"))
    return results.aggregate(people=Count("person_id", distinct=True))["people"] or 0
