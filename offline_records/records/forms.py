"""Forms of one offline record: its fields follow the activity, as the columns of a file do (S-18, S-31, S-45).

What is typed is read as a cell is; whether it is right is judged by the services, as rows of files are.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.core.form_fields import day_field
from lms.core.wording import NOTHING, say_date
from lms.imports.columns import Column, RowProblem, parse_number, parse_text
from lms.notifications.forms import MessageChoiceForm
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from offline_records.choices import Field, Result
from offline_records.columns import make_columns
from offline_records.records.refusing import say_problem
from offline_records.records.values import say_amount
from offline_records.rules import score_range
from offline_records.terms import ActivityTerms

# Of a file only: in a form, person, activity and user domain are chosen before.
_CHOSEN: Final = frozenset({"username", "activity", "domain"})
_LONG: Final = frozenset({Field.NOTES.value})


def _make_field(column: Column) -> forms.Field:
    """Return the field that takes what a cell of a column takes."""
    match column.kind:
        case "date":
            return day_field(column.label, required=column.required, help_text=column.help)
        case "choice":
            words = dict(Result.choices) if column.key == Field.RESULT else {value: value for value in column.choices}
            choices = [("", NOTHING), *words.items()]
            return forms.ChoiceField(label=column.label, required=column.required, choices=choices)
        case "number":
            widget: forms.Widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        case _:
            widget = forms.Textarea(attrs={"rows": 3}) if column.key in _LONG else forms.TextInput()
    return forms.CharField(label=column.label, required=column.required, help_text=column.help, widget=widget)


def _say_range(terms: ActivityTerms) -> str:
    low, high = terms.score_minimum, terms.score_maximum
    if low is None and high is None:
        return ""
    if high is None:
        return gettext("At least %(low)s.") % {"low": say_amount(low)}
    return gettext("From %(low)s to %(high)s.") % {"low": say_amount(score_range(terms)[0]), "high": say_amount(high)}


class ReasonForm(MessageChoiceForm):
    """Why something is done to a record."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the audit history."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, asks_messages: bool = False, may_send: bool = True
    ) -> None:
        super().__init__(data, asks_messages=asks_messages, may_send=may_send)


class RecordForm(ReasonForm):
    """The day and the values of one record of an activity, and why it is entered or corrected.

    `values` are those of the record there is (`records.values`); `seen` says which version of it was corrected.
    """

    completed_on = day_field(_("Completed on"))
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        tenant: Tenant,
        terms: ActivityTerms,
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self._tenant = tenant
        self._columns = [column for column in make_columns(terms) if column.key not in {*_CHOSEN, "completed_on"}]
        for column in self._columns:
            self.fields[column.key] = _make_field(column)
        for custom in terms.custom:  # the header of a file may have to say more than the label
            self.fields[custom.key].label, self.fields[custom.key].help_text = custom.label, ""
        if Field.SCORE in self.fields:
            self.fields[Field.SCORE].help_text = _say_range(terms)
        if terms.validity is not None and Field.EXPIRES_ON in self.fields:
            self.fields[Field.EXPIRES_ON].help_text = _(
                "Leave it empty for what follows from the activity: %(period)s."
            ) % {"period": terms.validity.words}
        self.order_fields(["completed_on", *(column.key for column in self._columns), "reason", "messages", "seen"])
        self.initial = {name: self._show(name, value) for name, value in (initial or {}).items()}

    def _show(self, name: str, value: Any) -> Any:
        """Return a number without the zeros behind its point."""
        is_number = any(column.key == name and column.kind == "number" for column in self._columns)
        return format(Decimal(value).normalize(), "f") if is_number and value else value

    def clean_completed_on(self) -> date:
        """Refuse days in the future and before the organisation's earliest date (R303, R304)."""
        day: date = self.cleaned_data["completed_on"]
        if day > today(self._tenant) + timedelta(days=self._tenant.future_days):
            raise ValidationError(gettext("%(date)s is in the future.") % {"date": say_date(day)})
        if day < self._tenant.earliest_date:
            raise ValidationError(gettext("%(date)s is too early.") % {"date": say_date(day)})
        return day

    def clean(self) -> dict[str, Any]:
        """Read what was typed as cells are read; gather it as the values of a row."""
        answers = super().clean()
        values: dict[str, str] = {}
        for column in self._columns:
            answer = answers.get(column.key)
            if isinstance(answer, date):
                values[column.key] = answer.isoformat()
            elif answer:
                text, problem = (parse_number if column.kind == "number" else parse_text)(answer, column)
                if problem is not None:
                    self.show_problems([problem])
                elif text:
                    values[column.key] = text
        answers["values"] = values
        return answers

    def show_problems(self, problems: Sequence[RowProblem]) -> None:
        """Say what is wrong beside the fields it is wrong in; what is not in a field above all."""
        labels = {name: field.label or "" for name, field in self.fields.items()}
        for problem in problems:
            _code, field, _params = problem
            self.add_error(field if field in self.fields else None, say_problem(problem, labels=labels))
