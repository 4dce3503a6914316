"""Offline activities: a tree of categories, the activities with their settings, and the records of people.

On screen a `Category` is a "category", an `OfflineActivity` an "offline activity", an `OfflineRecord` an "offline record".
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.core.period_fields import PeriodField
from lms.core.text import clean_text, match_key
from lms.people.models import PeopleDomain, User
from lms.tenancy.models import TenantForeignKey, TenantOwned
from offline_records.choices import Kind, Origin, Result


class Category(TenantOwned):
    """A category of offline activities; categories form a tree (S-04, S-05)."""

    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=400, editable=False)
    parent = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("part of"), related_name="children"
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "parent", "name_key"], name="offline_category_name", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with a key that fits the name."""
        self.name, self.name_key = clean_text(self.name), match_key(self.name)
        super().save(*args, **kwargs)


class OfflineActivity(TenantOwned):
    """Something people complete outside of Rollbook, and what a record of it must and may carry (S-03, S-18, S-31)."""

    code = models.CharField(_("code"), max_length=100)
    code_key = models.CharField(max_length=200, editable=False)
    name = models.CharField(_("name"), max_length=255)
    category = TenantForeignKey(Category, on_delete=models.PROTECT, verbose_name=_("category"))
    description = models.TextField(_("description"), max_length=2_000, blank=True)
    provider = models.CharField(_("provider"), max_length=200, blank=True)  # of records that name none
    location = models.CharField(_("location"), max_length=200, blank=True)  # of records that name none
    validity = PeriodField(_("valid for"))  # None: for ever
    expiring_days = models.PositiveSmallIntegerField(
        _("“expires soon” is sent, days before"), default=30, db_default=30
    )
    score_minimum = models.DecimalField(_("lowest score"), max_digits=9, decimal_places=2, null=True, blank=True)
    score_maximum = models.DecimalField(_("highest score"), max_digits=9, decimal_places=2, null=True, blank=True)
    earliest_date = models.DateField(_("earliest completion date"), null=True, blank=True)
    fields = models.JSONField(default=dict, blank=True)  # choices.Field -> choices.Need; a field not named is not there
    is_open_to_all = models.BooleanField(_("open to every user domain"), default=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("An archived activity takes no records; those it has stay.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "code_key"], name="offline_activity_code"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "category", "name", "id"], name="offline_activity_category"),
        ]

    def __str__(self) -> str:
        return self.name

    def fill_keys(self) -> None:
        """Clean the code and set its match key (E-56); bulk writers call it before writing."""
        self.code, self.code_key = clean_text(self.code), match_key(self.code)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with a key that fits the code."""
        self.fill_keys()
        super().save(*args, **kwargs)


class ActivityDomain(TenantOwned):
    """A user domain to which an activity is open, where it is not open to all (S-09, S-19)."""

    activity = TenantForeignKey(OfflineActivity, on_delete=models.CASCADE, related_name="domains")
    domain = TenantForeignKey(PeopleDomain, on_delete=models.CASCADE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "activity", "domain"], name="offline_activitydomain_once")
        ]

    def __str__(self) -> str:
        return f"activity {self.activity_id} is open to domain {self.domain_id}"


class CustomField(TenantOwned):
    """A field of an organisation's own on the records of an activity. Taken off, it stays with the records that have it."""

    activity = TenantForeignKey(OfflineActivity, on_delete=models.CASCADE, related_name="custom_fields")
    label = models.CharField(_("label"), max_length=100)
    label_key = models.CharField(max_length=200, editable=False)
    kind = models.CharField(_("holds"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)  # the texts of a choice, in their order
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "activity", "label_key"],
                name="offline_customfield_label",
                condition=Q(is_active=True),
            )
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with a key that fits the label."""
        self.label, self.label_key = clean_text(self.label), match_key(self.label)
        super().save(*args, **kwargs)


class OfflineRecord(TenantOwned):
    """One completion of an offline activity by a person; once for a day (S-03, S-27, S-31)."""

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    activity = TenantForeignKey(OfflineActivity, on_delete=models.PROTECT)
    completed_on = models.DateField(_("completed on"))
    result = models.CharField(_("result"), max_length=10, choices=Result.choices, blank=True)
    score = models.DecimalField(_("score"), max_digits=9, decimal_places=2, null=True, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=7, decimal_places=2, null=True, blank=True)
    cpd_points = models.DecimalField(_("CPD points"), max_digits=7, decimal_places=2, null=True, blank=True)
    provider = models.CharField(_("provider"), max_length=200, blank=True)
    location = models.CharField(_("location"), max_length=200, blank=True)
    certificate_number = models.CharField(_("certificate number"), max_length=100, blank=True)
    notes = models.CharField(_("notes"), max_length=2_000, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)  # the last valid day; None: for ever
    is_expiry_stated = models.BooleanField(default=False)  # it stood in the file or was typed; else: validity period
    custom = models.JSONField(default=dict, blank=True)  # id of a custom field, as text -> value, as text
    origin = models.CharField(max_length=10, choices=Origin.choices)
    # Origin panel (G-03): the import and row, the day as it stood; no key, the row log goes and this stays.
    batch_id = models.BigIntegerField(null=True)
    row_no = models.PositiveIntegerField(null=True)
    date_text = models.CharField(max_length=60, blank=True)
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)  # by a person: undoing an import keeps it
    # No job sends a message about anything dated on or before this day (E-71).
    messages_suppressed_through = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "activity", "completed_on"], name="offline_record_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "activity", "-completed_on", "-id"], name="offline_record_activity"),
            models.Index(fields=["tenant", "-completed_on", "-id"], name="offline_record_day"),
            models.Index(
                fields=["tenant", "batch_id", "row_no"],
                name="offline_record_batch",
                condition=Q(batch_id__isnull=False),
            ),
            models.Index(
                fields=["tenant", "expires_on"], name="offline_record_expiry", condition=Q(expires_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} completed offline activity {self.activity_id} on {self.completed_on}"
