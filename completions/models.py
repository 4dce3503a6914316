"""Two layers (L-36): one current result per person and course, and the append-only history of completions.

On screen an `Achievement` is a "completion" and a `CourseResult` the "current completion" or "status".
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.courses.models import Course
from lms.people.models import User
from lms.tenancy.models import TenantForeignKey, TenantOwned


class Origin(models.TextChoices):
    """Where a completion came from (L-42)."""

    IMPORT = "import", _("imported")
    MANUAL = "manual", _("entered by hand")
    LEARNING = "learning", _("learned here")


class Policy(models.TextChoices):
    """How an import decides the current result (L-44)."""

    LATEST_IMPORT = "latest_import", _("Show this file's date")
    NEWEST_DATE = "newest_date", _("Keep the newest date")
    HISTORY_ONLY = "history_only", _("Add to history only")


class Status(models.TextChoices):
    """Status of a person in a course."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")


class CompletionSettings(TenantOwned):
    """A tenant's defaults for completions; no row means the shipped ones."""

    default_policy = models.CharField(
        _("default for the current completion"), max_length=20, choices=Policy.choices, default=Policy.LATEST_IMPORT
    )

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="completions_settings_once")]

    def __str__(self) -> str:
        return f"completion settings of tenant {self.tenant_id}"


class Achievement(TenantOwned):
    """One dated completion; never changed, only added, and removed by undoing the import that added it."""

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    course = TenantForeignKey(Course, on_delete=models.PROTECT)
    completed_on = models.DateField(_("completed on"))
    compliant_until = models.DateField(_("compliant until"), null=True)  # by the course's settings when it was recorded
    due_on = models.DateField(null=True)  # the due date it answered, if there was one (R306)
    score = models.DecimalField(_("score"), max_digits=8, decimal_places=2, null=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    # Origin panel (G-03): the import and row, the text as it stood; no key, the row log goes and this stays.
    batch_id = models.BigIntegerField(null=True)
    row_no = models.PositiveIntegerField(null=True)
    date_text = models.CharField(max_length=60, blank=True)
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "course", "completed_on"], name="completions_achv_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "batch_id", "row_no"],
                name="completions_achv_batch",
                condition=models.Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} completed {self.course_id} on {self.completed_on}"


class CourseResult(TenantOwned):
    """The current standing of a person in a course.

    Once completed, `completed_on` stays; a status other than completed then says that the retake is open.
    """

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    course = TenantForeignKey(Course, on_delete=models.PROTECT)
    status = models.CharField(max_length=12, choices=Status.choices)
    percent = models.PositiveSmallIntegerField(default=0)
    completed_on = models.DateField(null=True)
    achievement = TenantForeignKey(Achievement, on_delete=models.PROTECT, null=True)
    compliant_until = models.DateField(null=True)
    retake_opens_on = models.DateField(null=True)
    # Non-compliant on the day it was recorded, and left so: no job opens its retake or mails about it (D-01).
    lapsed_on_arrival = models.BooleanField(default=False, db_default=False)
    # As `CourseAssignment.messages_suppressed_through` (E-71).
    messages_suppressed_through = models.DateField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "course"], name="completions_courseresult_once"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="completions_courseresult_percent"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "course", "status"], name="completions_courseresult_crs"),
            models.Index(fields=["tenant", "achievement"], name="completions_courseresult_shown"),
            models.Index(
                fields=["tenant", "retake_opens_on"],
                name="completions_courseresult_open",
                condition=models.Q(status="completed", lapsed_on_arrival=False),
            ),
            models.Index(
                fields=["tenant", "compliant_until"],
                name="completions_courseresult_end",
                condition=models.Q(compliant_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.course_id}: {self.status}"


class ResultChange(TenantOwned):
    """One link in the chain of changes of a current result: what was there before, what came (E-34).

    `batch_id` None is a change by a person. Undoing an import takes its links out of the chains.
    """

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    course = TenantForeignKey(Course, on_delete=models.PROTECT)
    batch_id = models.BigIntegerField(null=True)
    row_no = models.PositiveIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField()
    # An empty before_status says that there was no result.
    before_status = models.CharField(max_length=12, blank=True)
    before_percent = models.PositiveSmallIntegerField(default=0)
    before_completed_on = models.DateField(null=True)
    before_achievement_id = models.BigIntegerField(null=True)
    before_compliant_until = models.DateField(null=True)
    before_retake_opens_on = models.DateField(null=True)
    before_lapsed_on_arrival = models.BooleanField(default=False, db_default=False)
    before_messages_suppressed_through = models.DateField(null=True)
    after_status = models.CharField(max_length=12)
    after_percent = models.PositiveSmallIntegerField(default=0)
    after_completed_on = models.DateField(null=True)
    after_achievement_id = models.BigIntegerField(null=True)
    after_compliant_until = models.DateField(null=True)
    after_retake_opens_on = models.DateField(null=True)
    after_lapsed_on_arrival = models.BooleanField(default=False, db_default=False)
    after_messages_suppressed_through = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant", "person", "course", "id"], name="completions_change_chain"),
            models.Index(
                fields=["tenant", "batch_id", "row_no"],
                name="completions_change_batch",
                condition=models.Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of {self.person_id} in {self.course_id}"


class Sighting(TenantOwned):
    """A later import found this completion already recorded; if the first import is undone it passes to that one (E-34)."""

    achievement = TenantForeignKey(Achievement, on_delete=models.CASCADE)
    batch_id = models.BigIntegerField()
    row_no = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "achievement", "batch_id"], name="completions_sighting_once")
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "batch_id", "row_no"], name="completions_sighting_batch")]

    def __str__(self) -> str:
        return f"achievement {self.achievement_id} seen by {self.batch_id}"


class SettingsPush(TenantOwned):
    """Changed compliance or due-date settings of a course on their way to the people who have it (L-52, L-55, L-92).

    Written with the settings in one transaction; a worker carries it out in one transaction of its own.
    """

    course = TenantForeignKey(Course, on_delete=models.PROTECT)
    requested_by_id = models.BigIntegerField()
    requested_at = models.DateTimeField()
    to_completed = models.BooleanField()  # "apply to people who already completed"
    messages = models.CharField(max_length=10, blank=True)  # send, suppress; empty: there was nothing to choose
    counts = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "id"], name="completions_push_open", condition=models.Q(done_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"settings of course {self.course_id}"
