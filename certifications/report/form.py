"""What the certification import report can be narrowed down by (T-63)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certifications.report.lines import OUTCOME_LABELS, name_code
from certifications.report.reading import OUTCOME_GROUPS, ReportFilter

_LARGEST = 2_000_000_000


class ReportFilterForm(forms.Form):
    """Import, row, person, outcome, problem, evidence and date; a wrong answer counts as not given."""

    number = forms.IntegerField(label=_("Import"), required=False, min_value=1, max_value=_LARGEST)
    row = forms.IntegerField(label=_("Row"), required=False, min_value=1, max_value=_LARGEST)
    person = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, username, e-mail, employee id")}),
    )
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    code = forms.ChoiceField(label=_("Problem"), required=False)
    evidence = forms.ChoiceField(
        label=_("Imported as evidence"), required=False, choices=[("", _("All")), ("yes", _("yes")), ("no", _("no"))]
    )
    first_day = forms.DateField(
        label=_("Imported from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last_day = forms.DateField(label=_("Imported to"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Mapping[str, Any] | None = None, *, codes: Sequence[str]) -> None:
        super().__init__(data)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            ("", _("All")),
            *((name, words) for name, (words, _outcomes) in OUTCOME_GROUPS.items()),
            (_("In detail"), [(str(outcome), words) for outcome, words in OUTCOME_LABELS.items()]),
        ]
        self.fields["code"].choices = [("", _("All")), *((code, name_code(code)) for code in codes)]  # type: ignore[attr-defined]

    def as_filter(self) -> ReportFilter:
        """Return what is asked for."""
        self.is_valid()
        answers = self.cleaned_data
        return ReportFilter(
            number=answers.get("number"),
            row_no=answers.get("row"),
            person=(answers.get("person") or "").strip(),
            outcome=answers.get("outcome") or "",
            code=answers.get("code") or "",
            evidence=answers.get("evidence") or "",
            first_day=answers.get("first_day"),
            last_day=answers.get("last_day"),
        )
