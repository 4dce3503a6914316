"""The catalogue: courses, and who is to take them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.core.period_fields import PeriodField
from lms.core.text import clean_text, match_key
from lms.people.models import Team, User
from lms.tenancy.models import TenantForeignKey, TenantOwned


class Course(TenantOwned):
    """A course. Its code is the "Course Code for importing in bulk": unique in the tenant without regard to case (L-21)."""

    code = models.CharField(_("Course Code for importing in bulk"), max_length=100)
    code_key = models.CharField(max_length=200, editable=False)
    name = models.CharField(_("name"), max_length=255)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("An archived course takes completions as history only.")
    )
    open_for_import = models.BooleanField(_("open for imports"), default=True)
    # Compliance (spec: dates). No period: a completion counts for ever (L-51).
    compliant_for = PeriodField(_("compliant for"))
    retake_days = models.PositiveSmallIntegerField(_("retake opens, days before"), null=True, blank=True)
    # Due: after a span from the assignment, or on a fixed date, never both (L-53).
    due_within = PeriodField(_("due within"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    # One rhythm for reminders of a due date and of lost compliance (L-56); every so many days or weeks.
    remind_days_before = models.PositiveSmallIntegerField(_("first reminder, days before"), null=True, blank=True)
    remind_every = PeriodField(_("repeat every"))
    remind_at_most = models.PositiveSmallIntegerField(_("at most"), default=1, db_default=1)
    # Kind of message -> bool where the course departs from the organisation's switch (E-72).
    message_switches = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "code_key"], name="courses_course_code"),
            models.CheckConstraint(
                condition=models.Q(due_within__isnull=True) | models.Q(due_on__isnull=True),
                name="courses_course_one_due",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "name", "id"], name="courses_course_name")]

    def __str__(self) -> str:
        return self.name

    def fill_keys(self) -> None:
        """Clean the code and set its match key (E-56); bulk writers call it before writing."""
        self.code, self.code_key = clean_text(self.code), match_key(self.code)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with a match key that fits the code."""
        self.fill_keys()
        super().save(*args, **kwargs)


class CourseAssignment(TenantOwned):
    """A person is to take a course."""

    class Origin(models.TextChoices):
        """How the assignment came about."""

        MANUAL = "manual", _("by hand")
        TEAM = "team", _("by a team")
        IMPORT = "import", _("by an import")

    person = TenantForeignKey(User, on_delete=models.CASCADE)
    course = TenantForeignKey(Course, on_delete=models.CASCADE)
    assigned_on = models.DateField()
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.MANUAL)
    # The import that made it (imports.ImportBatch); no key, the catalogue knows no engine.
    batch_id = models.BigIntegerField(null=True)
    # Until the course is completed; a retake has no due date (L-55).
    due_on = models.DateField(null=True)
    # No job sends a message about anything dated on or before this day: it was sent with the change itself, or whoever
    # made the change chose not to send (E-71).
    messages_suppressed_through = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "course"], name="courses_assignment_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "course", "person"], name="courses_assignment_course"),
            models.Index(
                fields=["tenant", "due_on"], name="courses_assignment_due", condition=models.Q(due_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} takes {self.course_id}"


class TeamCourse(TenantOwned):
    """A course is assigned to a team, and with it to the people of that team and of the teams below."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE)
    course = TenantForeignKey(Course, on_delete=models.CASCADE)
    assigned_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "team", "course"], name="courses_teamcourse_once")
        ]

    def __str__(self) -> str:
        return f"team {self.team_id} takes {self.course_id}"
