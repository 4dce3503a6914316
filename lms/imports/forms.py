"""Forms of the wizard: upload, reading options, mapping, review options, undo. They validate and word; they write nothing.

The mapping form is generated from an importer's columns. Public: the form classes and `mapping_from`.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.core.text import clean_text, match_key
from lms.core.wording import say_date_format, say_number
from lms.imports import mapping as mappings
from lms.imports.columns import Column
from lms.imports.importer import Importer
from lms.imports.models import FailureMode, ImportBatch
from lms.imports.presenting import name_delimiter, name_encoding
from lms.imports.problems import describe_problem
from lms.notifications.choices import MessageChoice
from lms.people.models import User

DELIMITERS: Final = (",", ";", "\t", "|", ":")
QUOTES: Final = (('"', _('Double (")')), ("'", _("Single (')")), ("", _("None")))
ENCODINGS: Final = ("utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "cp850", "mac-roman", "utf-16")
FIXED: Final = "fixed"
ABSENT: Final = "absent"
NOT_A_FILE: Final = _("Choose a file first.")


class UploadForm(forms.Form):
    """A file and what is said about it before anybody has looked at it (L-61)."""

    file = forms.FileField(
        label=_("File"), required=True, allow_empty_file=True, error_messages={"required": NOT_A_FILE}
    )
    header = forms.ChoiceField(
        label=_("First row"),
        choices=[
            ("auto", _("Find out from the file, also below row 1")),
            ("yes", _("Row 1 holds the column names")),
            ("no", _("There are no column names: row 1 is a record")),
        ],
        initial="auto",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("A ticket number or where the file comes from. You can search for it later."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"key": uuid.uuid4(), "header": "auto"})
        super().__init__(*args, **kwargs)

    def read_options(self) -> dict[str, Any]:
        """Return the answer of the header box; "yes" is compared with what is found, and asked about if it differs."""
        return {"header_row": 0} if self.cleaned_data.get("header") == "no" else {}


class ReadingForm(forms.Form):
    """How the file is read (E-54, E-01, E-02, E-52); pre-filled from what was found."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.TypedChoiceField(label=_("Column names"), coerce=int, required=False, empty_value=None)
    encoding = forms.ChoiceField(label=_("Encoding of the text"), required=False)
    delimiter = forms.ChoiceField(label=_("Columns are separated by"), required=False)
    quote = forms.ChoiceField(label=_("Quotation mark"), choices=QUOTES, required=False)
    hidden_rows = forms.ChoiceField(label=_("Hidden rows"), required=False, widget=forms.RadioSelect)

    def __init__(self, data: Mapping[str, Any] | None = None, *, batch: ImportBatch) -> None:
        sniffed, chosen = batch.sniffed or {}, batch.read_options or {}
        super().__init__(
            data,
            prefix="read",
            initial={
                "sheet": sniffed.get("sheet"),
                "header_row": sniffed.get("header_row"),
                "encoding": sniffed.get("encoding"),
                "delimiter": sniffed.get("delimiter"),
                "quote": sniffed.get("quote"),
                "hidden_rows": chosen.get("hidden_rows"),
            },
        )
        is_text = sniffed.get("format") != "xlsx"
        self._fill("sheet", [(name, name) for name in sniffed.get("sheets") or []], keep=not is_text)
        self._fill("header_row", self._header_rows(sniffed), keep=True)
        self._fill("encoding", self._encodings(sniffed), keep=is_text)
        self._fill("delimiter", [(sign, name_delimiter(sign)) for sign in DELIMITERS], keep=is_text)
        if not is_text:
            del self.fields["quote"]
        hidden = int(sniffed.get("hidden_rows") or 0)
        visible = int(sniffed.get("visible_rows") or 0)
        self._fill(
            "hidden_rows",
            [
                ("all", gettext("All %(n)s rows") % {"n": say_number(hidden + visible)}),
                ("visible", gettext("Only the %(n)s you can see") % {"n": say_number(visible)}),
            ],
            keep=hidden > 0,
        )

    def _fill(self, name: str, choices: list[tuple[Any, str]], *, keep: bool) -> None:
        if not keep:
            del self.fields[name]
            return
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _header_rows(self, sniffed: Mapping[str, Any]) -> list[tuple[Any, str]]:
        rows = [(0, gettext("The file has no column names"))]
        for row_no, cells in sniffed.get("top_rows") or []:
            names = ", ".join(text for text in (_show(cell) for cell in cells[:6]) if text)
            rows.append((row_no, gettext("Row %(n)s: %(names)s") % {"n": row_no, "names": names[:80]}))
        return rows

    def _encodings(self, sniffed: Mapping[str, Any]) -> list[tuple[Any, str]]:
        names = dict.fromkeys([str(sniffed.get("encoding") or "utf-8"), *(sniffed.get("encodings_offered") or [])])
        named = {name_encoding(name): name for name in reversed((*names, *ENCODINGS))}
        ordered = sorted(named.items(), key=lambda item: (item[1] not in names, item[0]))
        return [(name, label) for label, name in ordered]

    def to_options(self, batch: ImportBatch) -> dict[str, Any]:
        """Return the reading options with what the person has chosen; what was not changed stays to be detected."""
        options = dict(batch.read_options or {})
        for name in self.fields:
            if self.add_prefix(name) not in self.data:
                continue  # a question sends its own answer only
            value = self.cleaned_data.get(name)
            is_answer = name in {"header_row", "hidden_rows"}
            if name in self.changed_data or (is_answer and value is not None):
                options[name] = None if name == "hidden_rows" and not value else value
        if options.get("sheet") != (batch.read_options or {}).get("sheet"):
            # Another sheet has other names and other hidden rows.
            options |= {"header_row": None, "hidden_rows": None}
        return options


def _show(cell: Any) -> str:
    if isinstance(cell, dict):
        return str(next(iter(cell.values()), ""))
    return clean_text(str(cell or ""))


class MappingForm(forms.Form):
    """Which column holds which field; one select a field, generated from the importer's columns (E-57, E-08 to E-10)."""

    find_by = forms.ChoiceField(
        label=_("Find people by"), choices=list(mappings.FIND_BY.items()), widget=forms.RadioSelect
    )
    date_format = forms.ChoiceField(
        label=_("Dates in the file are written as"),
        help_text=_("ISO dates, month names and real date cells are read in any case."),
    )
    failure_mode = forms.ChoiceField(
        label=_("If some rows are bad"),
        choices=FailureMode.choices,
        widget=forms.RadioSelect,
        required=False,
        initial=FailureMode.IMPORT_GOOD.value,
    )
    messages = forms.ChoiceField(
        label=_("If there are messages to send"),
        choices=[
            ("", _("Wait at the review, so that I see them first")),
            (MessageChoice.SEND.value, _("Send them, at once")),
            (MessageChoice.SUPPRESS.value, MessageChoice.SUPPRESS.label),
        ],
        widget=forms.RadioSelect,
        required=False,
        initial="",
    )
    preset_name = forms.CharField(label=_("Name of the preset"), max_length=100, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        batch: ImportBatch,
        importer: Importer,
        proposal: mappings.Proposal,
        actor: User,
        may_send: bool = True,
    ) -> None:
        mapping = proposal.mapping
        initial: dict[str, Any] = {
            "find_by": mapping.find_by,
            "date_format": mapping.date_format,
            "failure_mode": proposal.options.get("failure_mode") or FailureMode.IMPORT_GOOD.value,
        }
        super().__init__(data, prefix="map", initial=initial)
        self.batch, self.importer = batch, importer
        if importer.find_by:  # that was chosen before the file
            del self.fields["find_by"]
        _offer_failure_modes(self, importer)
        if not may_send:
            offered = self.fields["messages"]
            offered.choices = [entry for entry in offered.choices if entry[0] != MessageChoice.SEND]  # type: ignore[attr-defined]
        offered_formats = list(importer.date_formats(actor))
        if mapping.date_format and mapping.date_format not in dict(offered_formats):
            offered_formats.append((mapping.date_format, say_date_format(mapping.date_format)))
        self.fields["date_format"].choices = offered_formats  # type: ignore[attr-defined]
        names = [(str(place), name) for place, name in enumerate(mappings.header_names(batch))]
        for column in importer.columns:
            self._add_column(column, names, proposal)
        for key, label in mappings.CHECK_FIELDS.items():
            chosen = mapping.checks.get(key)
            self.fields[f"check_{key}"] = forms.ChoiceField(
                label=label,
                choices=[("", _("Do not compare")), *names],
                required=False,
                initial="" if chosen is None else str(chosen),
            )

    def _add_column(self, column: Column, names: list[tuple[str, str]], proposal: mappings.Proposal) -> None:
        chosen = proposal.mapping.columns.get(column.key)
        fixed = proposal.mapping.fixed.get(column.key, "")
        empty = _("Choose a column") if column.required else _("Not in the file")
        choices: list[tuple[str, Any]] = [("", empty), *names]
        if column.kind in {"item", "date"}:
            choices.append((FIXED, _("The same for the whole file …")))
            self.fields[f"fixed_{column.key}"] = self._fixed_field(column, fixed)
        if column.absent_label:
            choices.append((ABSENT, column.absent_label))
        is_absent = column.key in proposal.mapping.absent
        self.fields[f"column_{column.key}"] = forms.ChoiceField(
            label=column.label,
            choices=choices,
            required=False,
            initial=FIXED if fixed else ABSENT if is_absent else "" if chosen is None else str(chosen),
        )

    def _fixed_field(self, column: Column, value: str) -> forms.Field:
        label = gettext("%(field)s for all rows") % {"field": column.label}
        if column.kind == "date":
            widget = forms.DateInput(attrs={"type": "date"})
            return forms.DateField(
                label=label, required=False, initial=value, input_formats=["%Y-%m-%d"], widget=widget
            )
        return forms.CharField(label=label, required=False, initial=value, max_length=column.max_length)

    def to_mapping(self, *, before: mappings.Mapping) -> mappings.Mapping:
        """Return the mapping as it stands in the form, complete or not."""
        columns: dict[str, int] = {}
        fixed: dict[str, str] = {}
        absent: list[str] = []
        for column in self.importer.columns:
            value = self._value(f"column_{column.key}")
            if value == FIXED:
                text = self._value(f"fixed_{column.key}")
                if text:
                    fixed[column.key] = text
            elif value == ABSENT:
                absent.append(column.key)
            elif value.isdecimal():
                columns[column.key] = int(value)
        checks = {
            key: int(value) for key in mappings.CHECK_FIELDS if (value := self._value(f"check_{key}")).isdecimal()
        }
        date_format = self._value("date_format") or before.date_format
        return mappings.Mapping(
            columns=columns,
            find_by=self.importer.find_by or self._value("find_by") or "username",
            fixed=fixed,
            checks=checks,
            date_format=date_format,
            completed_statuses=before.completed_statuses,
            date_order_answered=before.date_order_answered,
            absent=absent,
        )

    def chosen_failure_mode(self) -> str:
        """Return what a bad row is to do to the others (E-58); empty where nobody is asked."""
        return self._value("failure_mode")

    def _value(self, name: str) -> str:
        """Return what the field shows now: the answer of a bound form, else its initial value; "" if not a choice."""
        if name not in self.fields:
            return ""
        value = self[name].value()
        text = "" if value is None else str(value).strip()
        choices = getattr(self.fields[name], "choices", None)
        if choices is not None and text not in {str(key) for key, _label in choices}:
            return ""
        return text

    def clean(self) -> dict[str, Any]:
        """Refuse a needed field without a column (F004) and a column used twice (F005); L-62."""
        cleaned = super().clean() or {}
        mapping = self.to_mapping(before=mappings.Mapping())
        for column in mappings.missing_columns(self.importer, mapping):
            self.add_error(f"column_{column.key}", describe_problem("F004", {"field": column.label}))
        repeated = mappings.repeated_columns(mapping)
        names = mappings.header_names(self.batch)
        for key, place in mapping.columns.items():
            if place in repeated:
                times = sum(1 for other in mapping.columns.values() if other == place)
                self.add_error(f"column_{key}", describe_problem("F005", {"header": names[place], "n": times}))
        return cleaned


class ReviewOptionsForm(forms.Form):
    """What can be switched on the review besides the importer's own options (E-15, E-58)."""

    failure_mode = forms.ChoiceField(
        label=_("If some rows are bad"), choices=FailureMode.choices, widget=forms.RadioSelect
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, importer: Importer, initial: Mapping[str, Any]
    ) -> None:
        super().__init__(data, initial={"failure_mode": FailureMode.IMPORT_GOOD.value, **initial})
        _offer_failure_modes(self, importer)


def _offer_failure_modes(form: forms.Form, importer: Importer) -> None:
    """Offer those of the kind; where there is but one, nobody is asked (S-20)."""
    kept = [(value, label) for value, label in FailureMode.choices if value in importer.failure_modes]
    if len(kept) > 1:
        form.fields["failure_mode"].choices = kept  # type: ignore[attr-defined]
    else:
        del form.fields["failure_mode"]


class StatusForm(forms.Form):
    """Which statuses count as completed (L-85); values are match keys."""

    completed = forms.MultipleChoiceField(
        label=_("Counts as completed"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, statuses: Iterable[Mapping[str, Any]]) -> None:
        listed = list(statuses)
        super().__init__(
            data, initial={"completed": [match_key(status["value"]) for status in listed if status["completed"]]}
        )
        self.fields["completed"].choices = [  # type: ignore[attr-defined]
            (match_key(status["value"]), status["value"] or _("(empty)")) for status in listed
        ]


class UndoForm(forms.Form):
    """Why an import is undone (E-68)."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stays on the page of the import and in the audit history."),
    )
