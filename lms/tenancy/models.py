"""The tenant (on screen: organisation) and its settings. The one domain table without a wall: hosts are looked up in it."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.core.wording import name_date_format


class DateFormat(models.TextChoices):
    """Date formats of profiles; leading zeros are optional when reading (E-03)."""

    DMY_SLASH = "dd/mm/yyyy", name_date_format("d/M/yyyy")
    MDY_SLASH = "mm/dd/yyyy", name_date_format("M/d/yyyy")
    DMY_DOT = "dd.mm.yyyy", name_date_format("d.M.yyyy")
    ISO = "yyyy-mm-dd", name_date_format("yyyy-MM-dd")
    DMY_DASH = "dd-mm-yyyy", name_date_format("d-M-yyyy")


class Tenant(models.Model):
    """One organisation: its host name, its clock and language, its limits."""

    id = models.AutoField(primary_key=True)
    slug = models.SlugField(_("short name"), max_length=63, unique=True)
    name = models.CharField(_("name"), max_length=200)
    host = models.CharField(_("host name"), max_length=253, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/London")
    date_format = models.CharField(
        _("date format"), max_length=10, choices=DateFormat.choices, default=DateFormat.DMY_SLASH
    )
    language = models.CharField(_("language"), max_length=10, default="en-gb")
    contact = models.CharField(
        _("contact"), max_length=200, blank=True, help_text=_("Whom people ask when something is refused.")
    )
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    row_limit = models.PositiveIntegerField(_("rows per import"), default=50_000)
    retention_days = models.PositiveSmallIntegerField(_("days that import details are kept"), default=30)
    earliest_date = models.DateField(_("earliest completion date"), default="1970-01-01")
    future_days = models.PositiveSmallIntegerField(_("days a completion may lie ahead"), default=0)
    deactivated_people_fail = models.BooleanField(_("rows of deactivated people fail"), default=False)
    change_threshold_percent = models.PositiveSmallIntegerField(
        _("share of changed current results to confirm by typing (%)"), default=20
    )
    reminder_hour = models.PositiveSmallIntegerField(
        _("hour at which reminders go out"),
        default=8,
        help_text=_("The daily job runs at this hour, in your time zone."),
    )
    message_hold_minutes = models.PositiveSmallIntegerField(
        _("minutes that messages of an import are held"),
        default=2,
        help_text=_("Until then they can be withdrawn."),
    )
    mails_per_minute = models.PositiveSmallIntegerField(_("mails per minute at most"), default=600)
    message_threshold = models.PositiveIntegerField(_("number of messages to confirm by typing"), default=1_000)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(row_limit__gte=1), name="tenancy_tenant_row_limit"),
            models.CheckConstraint(
                condition=models.Q(retention_days__gte=1, retention_days__lte=365),
                name="tenancy_tenant_retention_days",
            ),
            models.CheckConstraint(condition=models.Q(reminder_hour__lte=23), name="tenancy_tenant_reminder_hour"),
            models.CheckConstraint(condition=models.Q(mails_per_minute__gte=1), name="tenancy_tenant_mails_per_minute"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's time zone."""
        return ZoneInfo(self.time_zone)


class TenantOwned(models.Model):
    """Base of every table behind the wall: `tenant_id` first in unique constraints and hot indexes."""

    # The wall's policy checks it on every write; a key would lock the tenant's row once more for each.
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        abstract = True


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A link between two tables of one tenant.

    The database constraint is on (tenant_id, x_id) and made by `BuildWalls`, so that no row can point across tenants.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)  # indexes begin with the tenant and are written down in Meta
        kwargs.setdefault("related_name", "+")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
