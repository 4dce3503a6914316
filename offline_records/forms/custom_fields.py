"""The custom fields of an activity: one line each, in the order of the template (S-18). Works without scripts."""

from functools import cache
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.core.form_fields import refuse_control_characters
from lms.core.text import clean_text, header_key, match_key
from lms.imports.template_files import is_name_header
from offline_records.choices import Field, Identifier, Kind
from offline_records.columns import list_names, make_columns
from offline_records.models import CustomField, OfflineActivity
from offline_records.services import CustomLine
from offline_records.terms import ActivityTerms

MOST_FIELDS: Final = 20
MOST_CHOICES: Final = 100
LONGEST_CHOICE: Final = 100
BLANK_LINES: Final = 3
_OURS: Final = "rollbook"  # so begin the columns that files of results have besides; they are never read
_FORMULA: Final = ("=", "+", "-", "@")  # with these a spreadsheet begins a formula


@cache
def _names_taken() -> frozenset[str]:
    """Return how every other column of a template can be called: a field must not look like one of them."""
    terms = ActivityTerms(fields=dict.fromkeys(Field, "optional"))
    columns = [column for identifier in Identifier for column in make_columns(terms, identifier=identifier)]
    return frozenset(list_names(columns))


class CustomFieldForm(forms.Form):
    """One field of the organisation's own."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(
        label=_("Label"),
        max_length=100,
        help_text=_("Heads the column in the template."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_("Holds"), choices=Kind.choices, initial=Kind.TEXT)
    choices = forms.CharField(
        label=_("Choices, one a line"),
        help_text=_("Only for a choice from a list."),
        required=False,
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_required = forms.BooleanField(label=_("Required"), required=False)

    def has_changed(self) -> bool:
        """Whether anything was entered; a place in the order, or a kind without anything else, is not a field."""
        return bool({*self.changed_data} - {"ORDER", "kind"})

    def clean_label(self) -> str:
        """Refuse a label that could not head a column of its own."""
        label = clean_text(self.cleaned_data["label"])
        if not header_key(label):
            raise ValidationError(_("Give it a label with letters or digits."))
        refuse_control_characters(label)
        if label.startswith(_FORMULA):
            raise ValidationError(_("Begin it with a letter or a digit: a spreadsheet takes this for a formula."))
        key = header_key(label)
        if key in _names_taken() or key.startswith(_OURS) or is_name_header(label):
            raise ValidationError(_("Another column of templates is called so. Choose another label."))
        return label

    def clean(self) -> dict[str, Any]:
        """Read the choices: each once, in their order; other kinds have none."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        choices = [clean_text(line) for line in answers.get("choices", "").splitlines()]
        choices = [choice for choice in choices if choice]
        if answers.get("kind") != Kind.CHOICE:
            choices = []
        elif not choices:
            self.add_error("choices", _("Give at least one choice."))
        elif len(choices) > MOST_CHOICES:
            self.add_error("choices", _("There can be %(most)s choices at most.") % {"most": MOST_CHOICES})
        elif any(len(choice) > LONGEST_CHOICE for choice in choices):
            self.add_error("choices", _("A choice can be %(most)s characters long.") % {"most": LONGEST_CHOICE})
        elif len({match_key(choice) for choice in choices}) < len(choices):
            self.add_error("choices", _("One of the choices stands there twice; upper and lower case are the same."))
        answers["choices"] = tuple(choices)
        return answers


class CustomFieldFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """All of them; a ticked “take off” leaves a field out, and with it nothing that is recorded."""

    def clean(self) -> None:
        """Refuse two columns that a file could not tell apart."""
        seen: set[str] = set()
        for form in self._lines():
            key = header_key(form.cleaned_data.get("label", ""))
            if key and key in seen:
                form.add_error("label", _("Another field has this label."))
            seen.add(key)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Word what the lines have beside their own fields."""
        super().add_fields(form, index)
        form.fields["ORDER"].label = _("Order")
        form.fields["DELETE"].label = _("Take it off")

    def read_lines(self) -> list[CustomLine]:
        """Return the fields as they are to be, in their order; those to take off and empty lines are left out."""
        found = sorted(self._lines(), key=lambda form: form.cleaned_data.get("ORDER") or len(self.forms) + 1)
        taken: set[int] = set()
        lines = []
        for form in found:
            answers = form.cleaned_data
            own = answers.get("id")
            lines.append(
                CustomLine(
                    id=own if own not in taken else None,
                    label=answers["label"],
                    kind=answers["kind"],
                    choices=answers["choices"],
                    is_required=answers["is_required"],
                )
            )
            taken |= {own} if own else set()
        return lines

    def _lines(self) -> list[forms.Form]:
        """Return the forms of fields that stay or come, as far as they could be read."""
        read = [form for form in self.forms if form.is_valid()]
        return [form for form in read if form.cleaned_data.get("label") and not form.cleaned_data.get("DELETE")]


_FormSet = forms.formset_factory(
    CustomFieldForm,
    formset=CustomFieldFormSet,
    extra=BLANK_LINES,
    can_order=True,
    can_delete=True,
    max_num=MOST_FIELDS,
    validate_max=True,
    absolute_max=MOST_FIELDS * 2,
)


def make_custom_formset(data: Any, *, activity: OfflineActivity) -> CustomFieldFormSet:
    """Return the lines of an activity's custom fields, with empty ones behind them."""
    there = CustomField.objects.filter(activity_id=activity.pk, is_active=True).order_by("position", "pk")
    initial = [
        {
            "id": field.pk,
            "label": field.label,
            "kind": field.kind,
            "choices": "\n".join(field.choices),
            "is_required": field.is_required,
        }
        for field in (there if activity.pk else ())
    ]
    return cast("CustomFieldFormSet", _FormSet(data, initial=initial, prefix="custom"))
