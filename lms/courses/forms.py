"""Forms of the course list, of one course, and of the courses of a team."""

from datetime import date
from typing import Any, ClassVar, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from lms.core.period_fields import PeriodFormField
from lms.core.periods import Unit
from lms.core.text import clean_text, find_control_character, match_key
from lms.courses.models import Course
from lms.notifications.forms import make_departure_field
from lms.notifications.kinds import all_kinds

_SWITCH: Final = "switch_"
_DAYS_AT_MOST: Final = 3_650
# Fixed due dates outside of these are slips of the pen, and days before and after them must exist.
_EARLIEST_DUE, _LATEST_DUE = date(1900, 1, 1), date(2199, 12, 31)
# The day from which the months that follow are shortest.
_SHORTEST: Final = date(2001, 2, 1)


class CourseFilterForm(forms.Form):
    """What narrows the course list down."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name or code")}),
    )
    active = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Active")), ("no", _("Archived")), ("all", _("All"))]
    )
    period = forms.ChoiceField(
        label=_("Compliance"),
        required=False,
        choices=[("", _("All")), ("yes", _("With a period")), ("no", _("For ever"))],
    )

    def answers(self) -> dict[str, str]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class CourseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A course and its code (L-20, L-21)."""

    class Meta:
        model = Course
        fields = ("name", "code", "open_for_import")
        help_texts: ClassVar = {
            "code": _("Files name the course by it. Upper and lower case are the same."),
            "open_for_import": _("Otherwise rows for this course fail."),
        }
        widgets: ClassVar = {"code": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("Files name the course by it. Leave it empty and one is made.")

    def clean_code(self) -> str:
        code = clean_text(self.cleaned_data["code"])
        if (found := find_control_character(code)) is not None:
            raise forms.ValidationError(
                _("The code holds an invisible character (%(character)s at position %(position)s)."),
                params={"character": found[0], "position": found[1]},
            )
        same = Course.objects.filter(code_key=match_key(code)).exclude(pk=self.instance.pk).first()
        if code and same is not None:
            raise forms.ValidationError(
                _('"%(name)s" already has this code; upper and lower case are the same.'), params={"name": same.name}
            )
        return code


class ComplianceForm(forms.ModelForm):  # type: ignore[type-arg]
    """Compliance, due dates, reminders, and where the course departs from the organisation's messages (L-46 to L-56)."""

    class Meta:
        model = Course
        fields = (
            "compliant_for",
            "retake_days",
            "due_within",
            "due_on",
            "remind_days_before",
            "remind_every",
            "remind_at_most",
        )
        labels: ClassVar = {
            "retake_days": _("Retake opens, days before the end"),
            "due_within": _("Due, after the assignment"),
            "due_on": _("Or due on a fixed date"),
            "remind_days_before": _("First reminder, days before the due date"),
            "remind_every": _("Repeat every"),
            "remind_at_most": _("Messages at most"),
        }
        help_texts: ClassVar = {
            "compliant_for": _("Counted from the completion, the last day included. Empty: for ever."),
            "retake_days": _(
                "The course is to be done again from then on; people stay compliant. Empty: it does not open."
            ),
            "due_within": _("Empty: no due date, unless you set a fixed one."),
            "due_on": _("The same for everybody."),
            "remind_days_before": _("Empty: no reminders before the due date."),
            "remind_every": _("Also for people whose compliance has ended. Empty: one message only."),
            "remind_at_most": _("Of one series."),
        }
        widgets: ClassVar = {
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, organisation_sends: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = self.fields["remind_every"]
        self.fields["remind_every"] = PeriodFormField(
            required=False, units=(Unit.DAYS, Unit.WEEKS), label=every.label, help_text=every.help_text
        )
        for name, most in (
            ("retake_days", _DAYS_AT_MOST),
            ("remind_days_before", _DAYS_AT_MOST),
            ("remind_at_most", 99),
        ):
            limit_number(self.fields[name], least=1 if name == "remind_at_most" else 0, most=most)
        self.fields["due_on"].validators.extend([MinValueValidator(_EARLIEST_DUE), MaxValueValidator(_LATEST_DUE)])
        self.kinds = [kind for kind in all_kinds() if kind.by_course]
        for kind in self.kinds:
            is_on, departs = kind.key in organisation_sends, self.instance.message_switches.get(kind.key)
            self.fields[_SWITCH + kind.key] = make_departure_field(kind, is_on=is_on, departs=departs)

    @property
    def switches(self) -> "list[forms.BoundField]":
        """The fields of the kinds of message."""
        return [self[_SWITCH + kind.key] for kind in self.kinds]

    def clean(self) -> dict[str, Any]:
        """Refuse what does not go together (L-53, L-56)."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        period, days = answers.get("compliant_for"), answers.get("retake_days")
        if days is not None and "compliant_for" in answers:
            if period is None:
                self.add_error("retake_days", _("Say how long a completion counts, or leave this empty."))
            elif days >= (period.add(_SHORTEST) - _SHORTEST).days:
                self.add_error(
                    "retake_days", _("The retake must open after the completion: fewer days than it counts.")
                )
        has_due = bool(answers.get("due_within") or answers.get("due_on"))
        if answers.get("due_within") and answers.get("due_on"):
            self.add_error("due_on", _("Set a span or a fixed date, not both."))
        if answers.get("remind_days_before") is not None and not has_due and not self.errors:
            self.add_error("remind_days_before", _("Set a due date first: there is nothing to remind of."))
        if answers.get("remind_every") and not has_due and period is None and not self.errors:
            self.add_error("remind_every", _("Set a due date or how long a completion counts first."))
        if (answers.get("remind_at_most") or 1) > 1 and not answers.get("remind_every") and not self.errors:
            self.add_error("remind_every", _("Say after how many days or weeks the message is repeated."))
        chosen = {kind.key: answers.get(_SWITCH + kind.key, "") for kind in self.kinds}
        self.instance.message_switches = {key: choice == "on" for key, choice in chosen.items() if choice}
        return answers

    def has_changed_dates(self) -> bool:
        """Whether anything was changed from which dates of people follow."""
        return bool({"compliant_for", "retake_days", "due_within", "due_on"} & set(self.changed_data))


def limit_number(field: forms.Field, *, least: int, most: int) -> None:
    """Let a number field take numbers from `least` to `most`, in the browser too."""
    field.validators.extend([MinValueValidator(least), MaxValueValidator(most)])
    field.widget.attrs |= {"min": least, "max": most, "inputmode": "numeric"}


class ChooseCoursesForm(forms.Form):
    """Courses to assign to a team."""

    courses = forms.TypedMultipleChoiceField(
        label=_("Courses"), coerce=int, error_messages={"required": _("Choose at least one course.")}
    )

    def __init__(self, *args: Any, courses: list[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courses"].choices = [(course.pk, course.name) for course in courses]  # type: ignore[attr-defined]
