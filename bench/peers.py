"""What others do: django-import-export in bulk mode, and one ORM call a row. Public: `run_peer`, `run_naive`.

Both get good rows only, without repeats, and write less than an import has to: the peer the completions alone, the
naive one completions and current results; neither checks, reports or can be undone.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import tablib
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import DateWidget, ForeignKeyWidget

from completions.models import Achievement, CourseResult, Origin, Status
from lms.courses.models import Course
from lms.people.models import User
from lms.tenancy.scope import current_tenant_id, tenant_scope

Row = tuple[str, str, str]


class AchievementResource(ModelResource):  # type: ignore[misc] # the package has no types
    """Completions as its documentation would have them imported."""

    person = Field(attribute="person", column_name="username", widget=ForeignKeyWidget(User, "username_key"))
    course = Field(attribute="course", column_name="course_code", widget=ForeignKeyWidget(Course, "code"))
    completed_on = Field(attribute="completed_on", column_name="completed_on", widget=DateWidget("%d/%m/%Y"))

    class Meta:
        model = Achievement
        fields = ("person", "course", "completed_on")
        import_id_fields = ("person", "course", "completed_on")
        use_bulk = True
        batch_size = 1_000
        skip_diff = True

    def init_instance(self, row: Any = None) -> Achievement:
        """Fill what the file does not say."""
        return Achievement(tenant_id=current_tenant_id(), origin=Origin.IMPORT, recorded_at=datetime.now(UTC))

    def skip_row(
        self, instance: Achievement, original: Achievement, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """Leave out what is recorded already: there is nothing to update in it."""
        return instance.pk is not None

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Do without its reset of the id sequence, which the application's role may not do."""


def run_peer(tenant_id: int, rows: Sequence[Row]) -> float:
    """Import good rows by django-import-export; return the seconds it took."""
    data = tablib.Dataset(*rows, headers=["username", "course_code", "completed_on"])
    began = time.monotonic()
    with tenant_scope(tenant_id):
        result = AchievementResource().import_data(data, dry_run=False, raise_errors=True)
    took = time.monotonic() - began
    if result.has_errors() or result.total_rows != len(rows):
        message = "django-import-export did not import everything"
        raise AssertionError(message)
    return took


def run_naive(tenant_id: int, rows: Sequence[Row]) -> float:
    """Import good rows one by one, each in its transaction; return the seconds it took."""
    began = time.monotonic()
    for username, code, text in rows:
        with tenant_scope(tenant_id):
            day = datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC).date()
            person = User.objects.get(username_key=username)
            course = Course.objects.get(code=code)
            now = datetime.now(UTC)
            achievement, _ = Achievement.objects.get_or_create(
                tenant_id=tenant_id,
                person=person,
                course=course,
                completed_on=day,
                defaults={"origin": Origin.IMPORT, "recorded_at": now},
            )
            CourseResult.objects.update_or_create(
                tenant_id=tenant_id,
                person=person,
                course=course,
                defaults={
                    "status": Status.COMPLETED,
                    "percent": 100,
                    "completed_on": day,
                    "achievement": achievement,
                    "updated_at": now,
                },
            )
    return time.monotonic() - began
