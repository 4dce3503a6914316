"""Forms of the record editor (T-72): each asks for a reason, and for a choice about messages once it is needed."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certifications.choices import Action, Basis
from certifications.models import CertificationRecord
from certifications.records.editing import Correction, fingerprint
from certifications.rules import EARLIEST, is_likely
from lms.core.form_fields import day_field
from lms.core.wording import say_date
from lms.notifications.forms import MessageChoiceForm
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

RULES: Final = "rules"
ENTERED: Final = "entered"


class ReasonForm(MessageChoiceForm):
    """Why a record is changed, and whether the person is told."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history of the person and in the audit history."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, prefix: str = "") -> None:
        super().__init__(data, asks_messages=bool(data and data.get("messages")))
        # Several of these forms stand on one page.
        self.auto_id = f"id_{prefix}_%s" if prefix else "id_%s"


class CompletionDateForm(ReasonForm):
    """The dates of a completion."""

    completed_on = day_field(_("Completed on"))
    due_on = day_field(
        _("Due on"),
        required=False,
        help_text=_("By when it was due as the person completed it; this is not the expiry date."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.tenant = tenant

    def clean_completed_on(self) -> date:
        """Refuse days in the future and before the organisation's earliest date (R303, R304)."""
        day: date = self.cleaned_data["completed_on"]
        if day > today(self.tenant) + timedelta(days=self.tenant.future_days):
            raise ValidationError(gettext("%(date)s is in the future.") % {"date": say_date(day)})
        if day < max(self.tenant.earliest_date, EARLIEST):
            raise ValidationError(gettext("%(date)s is too early.") % {"date": say_date(day)})
        return day

    def clean_due_on(self) -> date | None:
        """Refuse what a file may not say either (R305)."""
        return self._clean_likely("due_on")

    def _clean_likely(self, name: str) -> date | None:
        """Refuse a day from which nothing can be counted, such as 31 December 9999 for "never"."""
        day: date | None = self.cleaned_data[name]
        if day is not None and not is_likely(day, today=today(self.tenant)):
            raise ValidationError(self.fields[name].error_messages["invalid"])
        return day


class CorrectionForm(CompletionDateForm):
    """Other dates for a record: by the rules of the certification, or entered."""

    dates = forms.ChoiceField(
        label=_("Expiry and recertification window"),
        choices=[
            (RULES, _("Count them by the rules of the certification")),
            (ENTERED, _("Enter them by hand")),
        ],
        widget=forms.RadioSelect,
    )
    expires_on = day_field(_("Expires on"), required=False)
    window_opens_on = day_field(
        _("Recertification window opens on"),
        required=False,
        help_text=_("Both are used only if you enter them by hand."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    field_order = ("completed_on", "due_on", "dates", "expires_on", "window_opens_on", "reason", "messages", "seen")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, tenant: Tenant, record: CertificationRecord, **kwargs: Any
    ) -> None:
        super().__init__(data, tenant=tenant, **kwargs)
        self.initial = {
            "completed_on": record.completed_on,
            "due_on": record.due_on,
            "dates": ENTERED if record.basis == Basis.ENTERED else RULES,
            "expires_on": record.expires_on,
            "window_opens_on": record.window_opens_on,
            "seen": fingerprint(record),
        }

    def clean_expires_on(self) -> date | None:
        """Refuse an expiry that no later one can be counted from."""
        return self._clean_likely("expires_on")

    def clean_window_opens_on(self) -> date | None:
        """Refuse the same for the opening of the window."""
        return self._clean_likely("window_opens_on")

    def clean(self) -> dict[str, Any]:
        """Ask for both dates if they are to be entered."""
        answers = super().clean()
        if answers.get("dates") == ENTERED:
            for name in ("expires_on", "window_opens_on"):
                if not answers.get(name) and name not in self.errors:
                    self.add_error(name, gettext("Enter this date, or let the rules count it."))
        return answers

    def correction(self) -> Correction:
        """Return what the valid form says."""
        answers = self.cleaned_data
        is_entered = answers["dates"] == ENTERED
        return Correction(
            completed_on=answers["completed_on"],
            due_on=answers["due_on"],
            expires_on=answers["expires_on"] if is_entered else None,
            window_opens_on=answers["window_opens_on"] if is_entered else None,
            seen=answers["seen"],
        )


class DeletionForm(ReasonForm):
    """Which record is the current one after the current one is deleted."""

    successor = forms.ChoiceField(
        label=_("Current certification afterwards"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the person has afterwards.")},
    )

    field_order = ("successor", "reason", "messages")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        others: Sequence[CertificationRecord],
        is_current: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        if not is_current:
            del self.fields["successor"]
            return
        self.fields["successor"].choices = [  # type: ignore[attr-defined]
            ("none", _("None: the person counts as never certified")),
            *(
                (
                    str(other.pk),
                    gettext("Completed on %(completed)s, expires on %(expires)s")
                    % {"completed": say_date(other.completed_on), "expires": say_date(other.expires_on)},
                )
                for other in others
            ),
        ]

    @property
    def successor_id(self) -> int | None:
        """The chosen record, or None."""
        chosen = self.cleaned_data.get("successor", "none")
        return None if chosen == "none" else int(chosen)


class NewRecordForm(CompletionDateForm):
    """One completion entered by hand, by the rules of imports."""

    action = forms.ChoiceField(
        label=_("Current certification"),
        choices=Action.choices,
        widget=forms.RadioSelect,
        initial=Action.CERTIFY_IF_MORE_RECENT.value,
        help_text=_("What this completion does to it."),
    )

    field_order = ("completed_on", "due_on", "action", "reason", "messages")
