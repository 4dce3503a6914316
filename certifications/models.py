"""Certifications: the catalogue, who is to hold them, the current certification of a person, and its history.

On screen a `CertificationRecord` is a "completion record", a `CertificationStatus` the "current certification", `Evidence`
"other evidence".
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certifications.choices import Basis, Method, Origin, State
from certifications.references import exact, folded
from lms.core.period_fields import PeriodField
from lms.people.models import Team, User
from lms.tenancy.models import TenantForeignKey, TenantOwned


class Certification(TenantOwned):
    """A certification of the catalogue. Short name and id number are unique in the tenant without regard to case."""

    short_name = models.CharField(_("short name"), max_length=255)
    short_name_key = models.CharField(max_length=500, editable=False)
    id_number = models.CharField(_("ID number"), max_length=100, blank=True)
    id_number_key = models.CharField(max_length=200, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=255)
    method = models.CharField(
        _("recertification method"), max_length=20, choices=Method.choices, default=Method.COMPLETION_DATE
    )
    active_period = PeriodField(_("active period"), null=False, blank=False)
    recertification_window = PeriodField(_("recertification window"), null=False, blank=False)
    minimum_active_period = PeriodField(_("minimum active period"))  # the fixed method only
    expiring_days = models.PositiveSmallIntegerField(
        _("“expiring soon” is sent, days before"), default=30, db_default=30
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("An archived certification takes records as history only, without assignment or messages."),
    )
    # Kind of message -> bool where the certification departs from the organisation's switch (T-70).
    message_switches = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "short_name_key"], name="certifications_certification_short"),
            models.UniqueConstraint(
                fields=["tenant", "id_number_key"],
                name="certifications_certification_number",
                condition=~Q(id_number_key=""),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant", "name", "id"], name="certifications_certif_name")]

    def __str__(self) -> str:
        return self.name

    def fill_keys(self) -> None:
        """Clean the references and set their keys (E-56); bulk writers call it before writing."""
        self.short_name, self.short_name_key = exact(self.short_name), folded(self.short_name)
        self.id_number, self.id_number_key = exact(self.id_number), folded(self.id_number)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with keys that fit the references."""
        self.fill_keys()
        super().save(*args, **kwargs)


class CertificationAssignment(TenantOwned):
    """A person is to hold a certification."""

    class Origin(models.TextChoices):
        """How the assignment came about."""

        MANUAL = "manual", _("by hand")
        TEAM = "team", _("by a team")
        IMPORT = "import", _("by an import")

    person = TenantForeignKey(User, on_delete=models.CASCADE)
    certification = TenantForeignKey(Certification, on_delete=models.CASCADE)
    assigned_on = models.DateField()
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.MANUAL)
    batch_id = models.BigIntegerField(null=True)  # the import that made it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "certification"], name="certifications_assignment_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "certification", "person"], name="certifications_assignment_cert"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} is to hold {self.certification_id}"


class TeamCertification(TenantOwned):
    """A certification is assigned to a team, and with it to the people of that team and of the teams below."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE)
    certification = TenantForeignKey(Certification, on_delete=models.CASCADE)
    assigned_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "team", "certification"], name="certifications_team_once")
        ]

    def __str__(self) -> str:
        return f"team {self.team_id} is to hold {self.certification_id}"


class CertificationRecord(TenantOwned):
    """One dated completion of a certification by a person; once for a day (T-51).

    All records are the history; the one a status points to is the current one as long as its window is closed.
    `expires_on` is `anchor_on` + `steps` active periods, unless entered by hand (T-81).
    """

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    certification = TenantForeignKey(Certification, on_delete=models.PROTECT)
    completed_on = models.DateField(_("completed on"))
    due_on = models.DateField(_("due on"), null=True)  # by when it was due as the person completed it (T-37)
    expires_on = models.DateField(_("expires on"))
    window_opens_on = models.DateField(_("window opens on"))
    basis = models.CharField(max_length=10, choices=Basis.choices)
    anchor_on = models.DateField()
    steps = models.IntegerField()  # of a day each they are many
    active_period = PeriodField(null=False, blank=False)  # of the certification when it was recorded
    origin = models.CharField(max_length=10, choices=Origin.choices)
    # Origin panel (G-03): the import and row, the texts as they stood; no key, the row log goes and this stays.
    batch_id = models.BigIntegerField(null=True)
    row_no = models.PositiveIntegerField(null=True)
    date_text = models.CharField(max_length=60, blank=True)
    due_text = models.CharField(max_length=60, blank=True)
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)  # by a person, in the record editor (T-72): undoing an import keeps it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "person", "certification", "completed_on"], name="certifications_record_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "batch_id", "row_no"],
                name="certifications_record_batch",
                condition=Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} completed {self.certification_id} on {self.completed_on}"


class CertificationStatus(TenantOwned):
    """The current certification of a person; none for who was never certified.

    Once expired its dates are cleared and `record` stays: its expiry is the base of the next one (T-54).
    """

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    certification = TenantForeignKey(Certification, on_delete=models.PROTECT)
    state = models.CharField(max_length=12, choices=State.choices)
    record = TenantForeignKey(CertificationRecord, on_delete=models.PROTECT, null=True)
    completed_on = models.DateField(null=True)
    window_opens_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    # No job sends a message about anything dated on or before this day: it was sent with the change itself, or whoever
    # made the change chose not to send (E-71).
    messages_suppressed_through = models.DateField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "certification"], name="certifications_status_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "certification", "state"], name="certifications_status_cert"),
            models.Index(fields=["tenant", "record"], name="certifications_status_record"),
            models.Index(
                fields=["tenant", "window_opens_on"],
                name="certifications_status_window",
                condition=Q(state="certified"),
            ),
            models.Index(
                fields=["tenant", "expires_on"],
                name="certifications_status_expiry",
                condition=Q(expires_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.certification_id}: {self.state}"


class StatusChange(TenantOwned):
    """One link in the chain of changes of a current certification by imports and people (E-34); the daily job makes none.

    `batch_id` None is a change by a person. Undoing an import takes its links out of the chains.
    """

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    certification = TenantForeignKey(Certification, on_delete=models.PROTECT)
    batch_id = models.BigIntegerField(null=True)
    row_no = models.PositiveIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField()
    # An empty before_state says that there was no current certification; an empty after_state that it was taken away.
    before_state = models.CharField(max_length=12, blank=True)
    before_record_id = models.BigIntegerField(null=True)
    before_completed_on = models.DateField(null=True)
    before_window_opens_on = models.DateField(null=True)
    before_expires_on = models.DateField(null=True)
    before_messages_suppressed_through = models.DateField(null=True)
    after_state = models.CharField(max_length=12, blank=True)
    after_record_id = models.BigIntegerField(null=True)
    after_completed_on = models.DateField(null=True)
    after_window_opens_on = models.DateField(null=True)
    after_expires_on = models.DateField(null=True)
    after_messages_suppressed_through = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant", "person", "certification", "id"], name="certifications_change_chain"),
            models.Index(
                fields=["tenant", "batch_id", "row_no"],
                name="certifications_change_batch",
                condition=Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of {self.person_id} in {self.certification_id}"


class Evidence(TenantOwned):
    """Learning that matches nothing in the catalogue (T-29 to T-35); the same reference and day once for a person."""

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    short_name = models.CharField(max_length=255, blank=True)
    short_name_key = models.CharField(max_length=500, blank=True)
    id_number = models.CharField(max_length=100, blank=True)
    id_number_key = models.CharField(max_length=200, blank=True)
    completed_on = models.DateField()
    due_on = models.DateField(null=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    batch_id = models.BigIntegerField(null=True)
    row_no = models.PositiveIntegerField(null=True)
    date_text = models.CharField(max_length=60, blank=True)
    due_text = models.CharField(max_length=60, blank=True)
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "person", "short_name_key", "id_number_key", "completed_on"],
                name="certifications_evidence_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "batch_id", "row_no"],
                name="certifications_evidence_batch",
                condition=Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"evidence {self.short_name or self.id_number} of {self.person_id}"


class Sighting(TenantOwned):
    """A later import found this record or evidence already there; undoing the first import passes it to that one (E-34)."""

    record = TenantForeignKey(CertificationRecord, on_delete=models.CASCADE, null=True)
    evidence = TenantForeignKey(Evidence, on_delete=models.CASCADE, null=True)
    batch_id = models.BigIntegerField()
    row_no = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "record", "evidence", "batch_id"],
                name="certifications_sighting_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(record__isnull=False, evidence__isnull=True)
                | Q(record__isnull=True, evidence__isnull=False),
                name="certifications_sighting_of_one",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "batch_id", "row_no"], name="certifications_sighting_batch"),
            models.Index(
                fields=["tenant", "evidence"],
                name="certifications_sighting_evid",
                condition=Q(evidence__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"record {self.record_id or self.evidence_id} seen by {self.batch_id}"
