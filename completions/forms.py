"""Forms of completions by hand: progress of a person, one completion, what lists are narrowed down by, and moves."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from completions.compliance import LISTED, Group
from completions.models import Policy, Status
from lms.core.text import match_key
from lms.core.wording import say_date
from lms.courses.models import Course
from lms.courses.selectors import usable_courses
from lms.notifications.forms import MessageChoiceForm
from lms.people.models import User
from lms.people.selectors import list_team_paths
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant


class ProgressForm(forms.Form):
    """Status and percent of a person in a course; completions are added, not set."""

    status = forms.ChoiceField(
        label=_("Status"),
        choices=[(status.value, status.label) for status in (Status.NOT_STARTED, Status.IN_PROGRESS)],
        widget=forms.RadioSelect,
    )
    percent = forms.IntegerField(
        label=_("Percent done"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=_("While the course is in progress."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class CompletionForm(MessageChoiceForm):
    """One completion of one person; whether somebody is told is asked once it is known that there is something to tell."""

    course = forms.CharField(
        label=_("Course code"),
        max_length=100,
        widget=forms.TextInput(attrs={"list": "course-codes", "autocomplete": "off"}),
    )
    completed_on = forms.DateField(
        label=_("Completed on"), widget=forms.DateInput(attrs={"type": "date"}), input_formats=["%Y-%m-%d"]
    )
    score = forms.DecimalField(
        label=_("Score"), required=False, min_value=Decimal(0), max_value=Decimal(1000), decimal_places=2
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)
    policy = forms.ChoiceField(
        label=_("Current completion"),
        choices=Policy.choices,
        initial=Policy.NEWEST_DATE.value,
        widget=forms.RadioSelect,
        help_text=_("Which date the person shows for the course afterwards."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("For example the certificate that was shown to you.")
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, tenant: Tenant, courses: Any, may_send: bool = True
    ) -> None:
        super().__init__(data, asks_messages=bool(data and data.get("messages")), may_send=may_send)
        self.tenant, self.courses = tenant, courses
        labels = dict(Policy.choices) | {Policy.LATEST_IMPORT.value: _("Show this date")}
        self.fields["policy"].choices = list(labels.items())  # type: ignore[attr-defined]

    field_order = ("course", "completed_on", "score", "note", "policy", "reason", "messages")

    def clean_course(self) -> Course:
        """Find the course by its code, among those the person may use (L-11)."""
        code = self.cleaned_data["course"]
        found: Course | None = self.courses.filter(code_key=match_key(code)).first()
        if found is None:
            raise ValidationError(gettext("No course “%(code)s” that you can use.") % {"code": code})
        return found

    def clean_completed_on(self) -> Any:
        """Refuse days in the future and before the organisation's earliest date (R303, R304)."""
        day = self.cleaned_data["completed_on"]
        if day > today(self.tenant) + timedelta(days=self.tenant.future_days):
            raise ValidationError(gettext("%(date)s is in the future.") % {"date": say_date(day)})
        if day < self.tenant.earliest_date:
            raise ValidationError(gettext("%(date)s is too early.") % {"date": say_date(day)})
        return day


class StandingFilterForm(forms.Form):
    """What a list of people and how they stand can be narrowed down by."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, username, e-mail, employee id")}),
    )
    standing = forms.ChoiceField(
        label=_("Compliance status"), required=False, choices=[("", _("All")), *((g.value, g.label) for g in LISTED)]
    )

    def answers(self) -> dict[str, str]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ComplianceFilterForm(StandingFilterForm):
    """The same for the whole organisation, by course and team too."""

    course = forms.ChoiceField(label=_("Course"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standing"].choices = [("", _("All")), *Group.choices]  # type: ignore[attr-defined]
        courses = usable_courses(actor).filter(is_active=True).order_by("name", "pk").values_list("pk", "name")
        self.fields["course"].choices = [("", _("Any course")), *((str(pk), name) for pk, name in courses)]  # type: ignore[attr-defined]
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            ("", _("Any team")),
            *((str(place.team.pk), place.indented) for place in list_team_paths(actor)),
        ]


class MoveForm(MessageChoiceForm):
    """Why chosen people are moved, and whether they are told (L-91); nothing is chosen beforehand (E-60)."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history of every person."),
    )

    field_order = ("reason", "messages")


class DefaultPolicyForm(forms.Form):
    """The organisation's default for the current completion (L-44)."""

    default_policy = forms.ChoiceField(
        label=_("Current completion"),
        choices=Policy.choices,
        widget=forms.RadioSelect,
        help_text=_("Which date a person shows for the course when this file is in."),
    )
