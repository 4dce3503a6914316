"""The form of an organisation's settings."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.core.wording import say_number
from lms.tenancy.models import Tenant


def time_zone_choices() -> list[tuple[str, str]]:
    """Return all time zones by name."""
    zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in zones)]


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an Account Owner may change; limits stay at or below the operator's."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = Tenant
        fields = (
            "name",
            "contact",
            "contact_email",
            "time_zone",
            "date_format",
            "language",
            "row_limit",
            "retention_days",
            "earliest_date",
            "future_days",
            "deactivated_people_fail",
            "change_threshold_percent",
            "reminder_hour",
            "message_hold_minutes",
            "mails_per_minute",
            "message_threshold",
        )
        widgets: ClassVar = {"earliest_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts: ClassVar = {
            "contact": _(
                'A name and a place, such as "Maria Keller, training office". Shown wherever something is refused.'
            ),
            "contact_email": _('"Send us a message" writes to it.'),
            "earliest_date": _("Rows with an earlier date fail."),
            "future_days": _("0: a completion dated after today fails."),
            "deactivated_people_fail": _("Otherwise such rows are kept as history, with a warning."),
            "change_threshold_percent": _(
                "If an import changes a larger share, its number of rows has to be typed in."
            ),
            "reminder_hour": _("From 0 to 23, in your time zone. Reminders and what became due are sent then."),
            "message_hold_minutes": _("After an import has ended; until then its messages can be withdrawn."),
            "mails_per_minute": _("What your mail server takes; the rest waits."),
            "message_threshold": _("If an import would send more, their number has to be typed in."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bound_number("row_limit", lowest=1, highest=settings.IMPORT_ROW_CEILING)
        self._bound_number("retention_days", lowest=1, highest=settings.RETENTION_DAYS_CEILING)
        self._bound_number("future_days", lowest=0, highest=365)
        self._bound_number("change_threshold_percent", lowest=1, highest=100)
        self._bound_number("reminder_hour", lowest=0, highest=23)
        self._bound_number("message_hold_minutes", lowest=0, highest=1_440)
        self._bound_number("mails_per_minute", lowest=1, highest=30_000)
        self._bound_number("message_threshold", lowest=1, highest=1_000_000)

    def _bound_number(self, name: str, *, lowest: int, highest: int) -> None:
        field = self.fields[name]
        field.validators = [MinValueValidator(lowest), MaxValueValidator(highest)]
        field.widget.attrs |= {"min": lowest, "max": highest}
        if not field.help_text:
            field.help_text = gettext("From %(lowest)s to %(highest)s.") % {
                "lowest": say_number(lowest),
                "highest": say_number(highest),
            }
