"""The catalogue: courses, and who is to take them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "code_key"], name="courses_course_code")]
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

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "course"], name="courses_assignment_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "course", "person"], name="courses_assignment_course"),
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
