"""Forms of the catalogue of certifications: the list, the settings of one, its people, and what a team holds."""

from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certifications.choices import Method
from certifications.examples import METHOD_WORDS
from certifications.holders import LISTED
from certifications.models import Certification
from certifications.references import exact, folded
from lms.core.components import Words
from lms.core.form_fields import refuse_control_characters
from lms.core.periods import Period, Unit

_DAYS_AT_MOST: Final = 3_650
# What dates follow from, and messages.
TERMS: Final = (
    "method",
    "active_period",
    "recertification_window",
    "minimum_active_period",
    "expiring_days",
)


class CertificationFilterForm(forms.Form):
    """What narrows the list of certifications down."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, short name or ID number")}),
    )
    active = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Active")), ("no", _("Archived")), ("all", _("All"))]
    )
    method = forms.ChoiceField(
        label=_("Recertification method"), required=False, choices=[("", _("All")), *Method.choices]
    )

    def answers(self) -> dict[str, str]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class CertificationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A certification and how long it counts."""

    class Meta:
        model = Certification
        fields = ("name", "short_name", "id_number", *TERMS)
        labels: ClassVar = {"expiring_days": _("“Expiring soon” is sent, days before the expiry")}
        help_texts: ClassVar = {
            "short_name": _("Files name the certification by it."),
            "id_number": _("Files may name the certification by it too, or by both."),
            "active_period": _("How long a certification counts; the last day included."),
            "recertification_window": _("How long before the expiry people may recertify."),
            "minimum_active_period": _(
                "With the fixed expiry date alone: what has to be left at least until that day."
            ),
            "expiring_days": _("Never before the window opens."),
        }
        widgets: ClassVar = {
            "method": forms.RadioSelect,
            "short_name": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "id_number": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.fields["expiring_days"]
        days.min_value, days.max_value = 1, _DAYS_AT_MOST  # type: ignore[attr-defined]
        days.widget.attrs |= {"min": 1, "max": _DAYS_AT_MOST, "inputmode": "numeric"}
        if self.instance.pk is None:
            self.initial["active_period"] = Period(12, Unit.MONTHS)
            self.initial["recertification_window"] = Period(1, Unit.MONTHS)

    @property
    def methods(self) -> list[tuple[Any, Words]]:
        """The choices of the method, each with a sentence."""
        return [(choice, METHOD_WORDS[choice.data["value"]]) for choice in self["method"]]

    def clean_short_name(self) -> str:
        """Refuse what no file could name, and what another certification is named by (T-24)."""
        short_name = self._clean_reference("short_name")
        if not short_name:
            raise ValidationError(self.fields["short_name"].error_messages["required"])
        return short_name

    def clean_id_number(self) -> str:
        """Refuse the same for the other reference, which may be empty."""
        return self._clean_reference("id_number")

    def _clean_reference(self, name: str) -> str:
        reference = exact(self.cleaned_data[name])
        refuse_control_characters(reference)
        others = Certification.objects.filter(**{f"{name}_key": folded(reference)}).exclude(pk=self.instance.pk)
        if reference and (other := others.first()) is not None:
            raise ValidationError(
                _("“%(name)s” already has it; upper and lower case are the same."), params={"name": other.name}
            )
        return reference

    def clean_expiring_days(self) -> int:
        """Hold the days against what makes sense at all."""
        days: int = self.cleaned_data["expiring_days"]
        if not 1 <= days <= _DAYS_AT_MOST:
            raise ValidationError(
                _("Give a number of days from 1 to %(most)s."), params={"most": _DAYS_AT_MOST}, code="range"
            )
        return days

    def clean(self) -> dict[str, Any]:
        """Refuse periods that do not go together: window <= minimum <= active with the fixed method, else window <= active."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        active, window = answers.get("active_period"), answers.get("recertification_window")
        is_fixed = answers.get("method") == Method.FIXED_DATE
        minimum = answers.get("minimum_active_period") if is_fixed else None
        if answers.get("method") and not is_fixed:
            answers["minimum_active_period"] = None  # it counts for nothing
        if is_fixed and minimum is None and "minimum_active_period" in answers:
            self.add_error("minimum_active_period", _("Say what has to be left at least until the fixed day."))
        if active and minimum and not minimum.is_within(active):
            self.add_error("minimum_active_period", _("It must not be longer than the active period."))
        if window and minimum and not window.is_within(minimum):
            words = _("The minimum active period must not be shorter than the recertification window.")
            self.add_error("minimum_active_period", words)
        if active and window and not window.is_within(active):
            self.add_error("recertification_window", _("It must not be longer than the active period, from any day."))
        days = answers.get("expiring_days")
        if days and window and not _reaches_into(window, days=days):
            self.add_error("expiring_days", _("The window is open for fewer days: nothing would be sent that early."))
        return answers

    def has_wrong_terms(self) -> bool:
        """Whether dates cannot be worked out by what stands in the form."""
        self.is_valid()
        return bool(self.errors.keys() & {*TERMS, "__all__"})


def _reaches_into(window: Period, *, days: int) -> bool:
    """Whether that many days before an expiry can lie in the window at all: its longest form counts."""
    return days == 1 or not window.is_within(Period(days - 1, Unit.DAYS))


class HoldersFilterForm(forms.Form):
    """What the people of a certification are narrowed down by."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, username, e-mail, employee id")}),
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *LISTED])

    def answers(self) -> dict[str, str]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ChooseCertificationsForm(forms.Form):
    """Certifications that a team is to hold."""

    certifications = forms.TypedMultipleChoiceField(
        label=_("Certifications"), coerce=int, error_messages={"required": _("Choose at least one certification.")}
    )

    def __init__(self, *args: Any, certifications: list[Certification], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["certifications"].choices = [(one.pk, one.name) for one in certifications]  # type: ignore[attr-defined]
