"""Gathers what a template shows for one person: the codes and, if wanted, the people in reach.

Public: `gather_template`, `preview_template`, `TemplatePreview`, `fit_template`, `TemplateRefused`, `name_template`. In
the tenant's scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lms.imports.importer import Importer
from lms.imports.mapping import preset_date_format
from lms.imports.remembering import recall_settings
from lms.imports.template_files import (
    TemplateContent,
    TemplatePerson,
    header_row,
    sample_rows,
    show_row,
)
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant

_NOTHING: Final = (None, "")  # an option that is not chosen yet
_KEYS: Final = {"username": "username_key", "email": "email_key", "employee_id": "employee_id_key"}


class TemplateRefused(Exception):  # noqa: N818 - an answer
    """There is no template for this. `is_open`: something is not chosen yet; else it is not there, or not the actor's."""

    def __init__(self, *, is_open: bool) -> None:
        super().__init__()
        self.is_open = is_open


@dataclass(frozen=True, slots=True)
class TemplatePreview:
    """How a template looks: the name of each column and whether it is needed, and the sample rows as texts (S-35)."""

    columns: list[tuple[str, bool]]
    rows: list[list[str]]


def fit_template(importer: Importer, said: Mapping[str, Any], *, actor: User, tenant: Tenant) -> Importer:
    """Return the importer as the choices of an address ask for it (S-11); raise TemplateRefused where they will not do.

    A kind whose templates have all columns has none as long as something is not chosen.
    """
    form = importer.options_form({**importer.default_options(tenant), **said}, tenant=tenant, initial={})
    options = form.cleaned_data if form.is_valid() else None
    if options is None or not importer.allows(options, actor=actor):
        raise TemplateRefused(is_open=False)
    if importer.template_has_all and any(value in _NOTHING for value in options.values()):
        raise TemplateRefused(is_open=True)
    return importer.fit(options)


def gather_template(
    importer: Importer, *, actor: User, tenant: Tenant, with_people: bool = False, date_format: str = ""
) -> TemplateContent:
    """Return the content of the actor's template for this kind of import; three queries, inside the tenant's scope.

    The date format is the one chosen, of those on offer (T-74), else that of the actor's last upload or profile (L-16).
    `with_people` fills in the active people in the actor's reach, up to the organisation's row limit, instead of sample
    rows; whoever has no identifier of the kind by which people are found is not among them.
    """
    people: list[TemplatePerson] = []
    if with_people:
        find_by = importer.find_by or "username"
        reach = importer.template_people(actor).filter(is_active=True).exclude(**{_KEYS[find_by]: ""})
        found = reach.order_by("last_name", "first_name", "pk")[: tenant.row_limit]
        people = [TemplatePerson(identifier=getattr(person, find_by), name=person.full_name) for person in found]
    if date_format not in dict(importer.date_formats(actor)):
        date_format = recall_settings(actor, importer).date_format or preset_date_format(importer, actor=actor)
    language = actor.language or tenant.language
    code_names, codes = importer.template_codes(actor)
    day = today(tenant)
    return TemplateContent(
        title=str(importer.title),
        columns=importer.columns,
        date_format=date_format,
        today=day,
        row_limit=tenant.row_limit,
        item_label=str(importer.item_label),
        code_names=[str(name) for name in code_names],
        codes=[tuple(row) for row in codes],
        people=people,
        delimiter=";" if language.startswith("de") else ",",
        has_all=importer.template_has_all,
        signature=importer.sign_template(today=day),
    )


def preview_template(importer: Importer, *, actor: User, tenant: Tenant) -> TemplatePreview:
    """Return how the template of a fitted importer looks, exactly as the file has it (S-35)."""
    content = gather_template(importer, actor=actor, tenant=tenant)
    rows = [show_row(row, date_format=content.date_format) for row in sample_rows(content)]
    names = zip(header_row(content), content.needed, strict=True)
    return TemplatePreview([(name, column.required) for name, column in names], rows)


def name_template(importer: Importer) -> str:
    """Return the name of the file, without its ending; what the template is for stands in it."""
    filled = [column.filled for column in importer.columns if column.filled]
    return "-".join([importer.key, *filled, "template"])
