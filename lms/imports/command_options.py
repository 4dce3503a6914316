"""What `--option` says on the command line: answers of the engine itself, and the importer's own options.

Public: `CommandRefused`, `ENGINE_OPTIONS`, `ChosenOptions`, `clean_options`, `read_absent`. In the tenant's scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from lms.imports.date_formats import DATE_FORMATS
from lms.imports.dates import DateFormat
from lms.imports.importer import Importer
from lms.imports.mapping import FIND_BY
from lms.people.models import User
from lms.tenancy.models import Tenant

_TICKS: Final = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
# Answers of the engine itself; everything else belongs to the importer's option form.
ENGINE_OPTIONS: Final = ("failure_mode", "find_by", "date_format", "hidden_rows", "sheet", "header_row", "quote")


class CommandRefused(Exception):  # noqa: N818 - an answer for the terminal, with exit code 2
    """The command cannot do this: misuse, a missing choice, or a file that cannot be imported.

    `details` stand beside the sentence where JSON is printed.
    """

    def __init__(self, sentence: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.details = dict(details or {})


@dataclass(frozen=True, slots=True)
class ChosenOptions:
    """What the command chooses: the importer's own options, complete, and what one bad row does to the others."""

    own: dict[str, Any]
    failure_mode: str


def clean_options(importer: Importer, options: Mapping[str, str], *, tenant: Tenant, actor: User) -> ChosenOptions:
    """Return the options of the command with the defaults of the kind; raise CommandRefused if one will not do."""
    defaults = importer.default_options(tenant)
    engine = [*ENGINE_OPTIONS, *(column.absent_option for column in importer.columns if column.absent_option)]
    own = {name: value for name, value in options.items() if name not in engine}
    form: forms.Form = importer.options_form(defaults, tenant=tenant, initial={})
    ticks = {name: _read_tick(name, own[name]) for name in own if isinstance(form.fields.get(name), forms.BooleanField)}
    form = importer.options_form({**defaults, **own, **ticks}, tenant=tenant, initial={})
    unknown = sorted(set(own) - set(form.fields))
    if unknown:
        names = ", ".join([*form.fields, *engine])
        raise CommandRefused(f"There is no option {unknown[0]!r}; there are {names}.")
    if not form.is_valid():
        raise CommandRefused("; ".join(f"{name}: {errors[0]}" for name, errors in form.errors.items()))
    if not importer.allows(form.cleaned_data, actor=actor):
        raise CommandRefused(f"{actor.username} may not import for {', '.join(own.values())}.")
    _refuse_engine_options(importer, options, actor=actor)
    return ChosenOptions(form.cleaned_data, options.get("failure_mode", importer.failure_modes[0]))


def _refuse_engine_options(importer: Importer, options: Mapping[str, str], *, actor: User) -> None:
    mode = options.get("failure_mode", importer.failure_modes[0])
    if mode not in importer.failure_modes:
        raise CommandRefused(f"failure_mode is one of {', '.join(importer.failure_modes)}, not {mode!r}.")
    if "find_by" in options:
        offered = [importer.find_by] if importer.find_by else list(FIND_BY)
        if options["find_by"] not in offered:
            raise CommandRefused(f"find_by is one of {', '.join(offered)}, not {options['find_by']!r}.")
    if "date_format" in options:
        _refuse_date_format(importer, actor, options["date_format"])


def read_absent(importer: Importer, options: Mapping[str, str]) -> list[str]:
    """Return the needed fields that the command says the file does not have (T-75)."""
    return [
        column.key
        for column in importer.columns
        if column.absent_option in options and _read_tick(column.absent_option, options[column.absent_option])
    ]


def _refuse_date_format(importer: Importer, actor: User, name: str) -> None:
    """Refuse a name that is not on offer; of the engine's own formats any way of writing them is (E-03)."""
    offered = importer.date_formats(actor)
    if name in dict(offered):
        return
    if offered is not DATE_FORMATS:
        names = ", ".join(f'"{known}"' if " " in known else known for known, _label in offered)
        raise CommandRefused(f"{name!r} is not a date format here; there are {names}.")
    try:
        DateFormat.parse(name)
    except ValueError:
        raise CommandRefused(f"{name!r} is not a date format; one is dd/mm/yyyy.") from None


def _read_tick(name: str, text: str) -> bool:
    if text.lower() not in _TICKS:
        raise CommandRefused(f"{name} is on or off, not {text!r}.")
    return _TICKS[text.lower()]
