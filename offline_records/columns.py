"""The columns of a file of offline records: they follow the activity and the identifier (S-11, S-31, S-45).

Public: `make_columns`, `list_own`, `list_names`, `IDENTIFIER_NAMES`. No database.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from lms.core.text import header_key
from lms.imports.columns import COMPLETION_DATE_NAMES, Column
from lms.people.domains import Domain
from offline_records.choices import LONGEST, RESULT_SPELLINGS, Field, Identifier, Kind
from offline_records.rules import LONGEST_HOURS, MOST_POINTS, score_range
from offline_records.terms import ActivityTerms, CustomTerms

CUSTOM_CHARACTERS: Final = 500
_EVERY_FILE: Final = frozenset({"username", "activity", "domain", "completed_on"})
LARGEST_NUMBER: Final = Decimal(999_999_999)
# Under which names the column of an identifier is recognised, beside its own.
IDENTIFIER_NAMES: Final[dict[str, tuple[str, ...]]] = {
    Identifier.USERNAME: ("user name", "login", "login name", "benutzername", "anmeldename", "kennung"),
    Identifier.EMAIL: ("mail", "email address", "e-mail-adresse", "mailadresse"),
    Identifier.EMPLOYEE_ID: ("employee number", "personalnr", "personalnr.", "personalnummer", "mitarbeiternummer"),
}
_IDENTIFIER_SAMPLES: Final = {
    Identifier.USERNAME: "jane.doe",
    Identifier.EMAIL: "jane.doe@example.org",
    Identifier.EMPLOYEE_ID: "00123",
}
_ALIASES: Final[dict[Field, tuple[str, ...]]] = {
    Field.RESULT: ("outcome", "ergebnis", "resultat"),
    Field.SCORE: ("points", "punkte", "punktzahl"),
    Field.HOURS: ("duration", "duration in hours", "stunden", "dauer", "dauer in stunden"),
    Field.CPD_POINTS: ("cpd", "cme points", "fortbildungspunkte", "cme-punkte"),
    Field.PROVIDER: ("trainer", "organiser", "anbieter", "veranstalter"),
    Field.LOCATION: ("place", "venue", "ort", "veranstaltungsort"),
    Field.CERTIFICATE_NUMBER: ("certificate no", "certificate id", "zertifikatsnummer", "urkundennummer"),
    Field.EXPIRES_ON: ("expiry date", "expires", "expiry", "gültig bis", "ablaufdatum"),
    Field.NOTES: ("note", "comment", "remarks", "bemerkung", "bemerkungen", "notizen"),
}
_HELP: Final[dict[Field, Any]] = {
    Field.RESULT: _("passed, failed or attended."),
    Field.SCORE: _("A number in the activity's range."),
    Field.HOURS: _("Duration in hours, such as 1.5."),
    Field.CPD_POINTS: _("Points for continuing professional development."),
    Field.PROVIDER: _("Who held it. Empty: the activity's own provider."),
    Field.LOCATION: _("Where it took place. Empty: the activity's own location."),
    Field.CERTIFICATE_NUMBER: _("The number on the certificate."),
    Field.EXPIRES_ON: _("The last valid day, if it is not the activity's own validity period that decides."),
    Field.NOTES: _("Anything worth keeping."),
}
_SAMPLES: Final[dict[Field, str]] = {
    Field.RESULT: "passed",
    Field.HOURS: "1.5",
    Field.CPD_POINTS: "2",
    Field.PROVIDER: "Red Cross",
    Field.LOCATION: "Room 12",
    Field.CERTIFICATE_NUMBER: "C-1001",
    Field.EXPIRES_ON: "365",
}
_KINDS: Final[dict[Field, Any]] = {
    Field.RESULT: "choice",
    Field.SCORE: "number",
    Field.HOURS: "number",
    Field.CPD_POINTS: "number",
    Field.EXPIRES_ON: "date",
}


def make_columns(
    terms: ActivityTerms | None, *, identifier: str = "", domain: Domain | None = None
) -> tuple[Column, ...]:
    """Return the columns of a file for this activity, in the order of its template; without one those every file has.

    Activity and domain are no required columns: an empty cell means the ones chosen (S-11).
    """
    columns = [
        _identifier_column(identifier or Identifier.USERNAME),
        Column(
            key="activity",
            header="activity",
            label=_("Activity"),
            kind="item",
            max_length=100,
            sample="FIRST-AID",
            filled=terms.code if terms else "",
            help=_("The code of the activity, filled in by the template. A row may not name another one."),
            aliases=("activity code", "aktivität"),
        ),
        Column(
            key="domain",
            header="domain",
            label=_("User domain"),
            kind="text",
            max_length=100,
            filled=domain.code if domain else "",
            help=_("The user domain, filled in by the template. A row may not name another one."),
            aliases=("benutzerdomäne", "domäne", "benutzerbereich", "bereich"),
        ),
        Column(
            key="completed_on",
            header="completed_on",
            label=_("Completed on"),
            kind="date",
            required=True,
            help=_("The day of the activity."),
            aliases=COMPLETION_DATE_NAMES,
        ),
    ]
    if terms is not None:
        columns += [_field_column(name, terms) for name in Field if terms.has(name)]
        taken = list_names(columns) if terms.custom else set()
        for custom in terms.custom:
            column = _custom_column(custom, taken=taken)
            taken |= column.header_keys
            columns.append(column)
    return tuple(columns)


def list_own(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that are there because of the activity: those after person, activity, user domain and day."""
    return [column for column in columns if column.key not in _EVERY_FILE]


def list_names(columns: Sequence[Column]) -> set[str]:
    """Return every name by which one of these columns is recognised, as `header_key` compares names."""
    names = {key for column in columns for key in (header_key(column.header), *column.header_keys)}
    for language, _name in settings.LANGUAGES:  # a label in whatever language is a name too
        with override(language):
            names |= {header_key(str(column.label)) for column in columns}
    return names


def _identifier_column(identifier: str) -> Column:
    """The first column, headed by the identifier (S-10, S-11)."""
    chosen = Identifier(identifier)
    return Column(
        key="username",
        header=chosen.value,
        label=chosen.label,
        kind="person",
        required=True,
        max_length=254 if chosen is Identifier.EMAIL else 100,
        sample=_IDENTIFIER_SAMPLES[chosen],
        help=_("By this the person is found."),
        aliases=(chosen.value, *IDENTIFIER_NAMES[chosen]),
    )


def _field_column(name: Field, terms: ActivityTerms) -> Column:
    limits: tuple[Decimal | None, Decimal | None] = {
        Field.SCORE: score_range(terms),
        Field.HOURS: (Decimal(0), LONGEST_HOURS),
        Field.CPD_POINTS: (Decimal(0), MOST_POINTS),
    }.get(name, (None, None))
    return Column(
        key=name.value,
        header=name.value,
        label=name.label,
        kind=_KINDS.get(name, "text"),
        required=terms.needs(name),
        max_length=LONGEST.get(name, 255),
        minimum=limits[0],
        maximum=limits[1],
        choices={result.value: spellings for result, spellings in RESULT_SPELLINGS.items()}
        if name is Field.RESULT
        else {},
        is_code=name is Field.CERTIFICATE_NUMBER,
        sample=_sample_score(terms) if name is Field.SCORE else _SAMPLES.get(name, ""),
        help=_HELP[name],
        aliases=_ALIASES[name],
    )


def _sample_score(terms: ActivityTerms) -> str:
    if terms.score_maximum is not None:
        return format(terms.score_maximum.normalize(), "f")
    low, _high = score_range(terms)
    return format(low.normalize(), "f")


def _custom_column(custom: CustomTerms, *, taken: set[str]) -> Column:
    """A field of the organisation's own; its label is its header, unless another column is called so."""
    is_taken = header_key(custom.label) in taken
    is_number = custom.kind == Kind.NUMBER
    kinds: dict[str, Any] = {Kind.NUMBER: "number", Kind.DATE: "date", Kind.CHOICE: "choice"}
    label = f"{custom.label} ({custom.key})" if is_taken else custom.label
    return Column(
        key=custom.key,
        header=label,
        label=label,
        kind=kinds.get(custom.kind, "text"),
        required=custom.is_required,
        max_length=CUSTOM_CHARACTERS,
        minimum=-LARGEST_NUMBER if is_number else None,
        maximum=LARGEST_NUMBER if is_number else None,
        choices={choice: (choice,) for choice in custom.choices},
        sample={Kind.NUMBER: "1", Kind.DATE: "0"}.get(Kind(custom.kind), ""),
        help=_("A field of your organisation."),
        aliases=(label,),
    )
