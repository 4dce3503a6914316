"""Gathers what a template shows for one person: the codes and, if wanted, the people in reach. Public: `gather_template`."""

from lms.imports.importer import Importer
from lms.imports.mapping import preset_date_format
from lms.imports.remembering import recall_settings
from lms.imports.template_files import TemplateContent, TemplatePerson
from lms.people.models import User
from lms.people.selectors import visible_people
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant


def gather_template(
    importer: Importer, *, actor: User, tenant: Tenant, with_people: bool = False, date_format: str = ""
) -> TemplateContent:
    """Return the content of the actor's template for this kind of import; three queries, inside the tenant's scope.

    The date format is the one chosen, of those on offer (T-74), else that of the actor's last upload or profile (L-16).
    `with_people` fills in the active people in the actor's reach, up to the organisation's row limit, instead of sample
    rows.
    """
    people: list[TemplatePerson] = []
    if with_people:
        reach = visible_people(actor, permission=importer.permission).filter(is_active=True)
        found = reach.order_by("last_name", "first_name", "pk")[: tenant.row_limit]
        people = [TemplatePerson(identifier=person.username, name=person.full_name) for person in found]
    if date_format not in dict(importer.date_formats(actor)):
        date_format = recall_settings(actor, importer).date_format or preset_date_format(importer, actor=actor)
    language = actor.language or tenant.language
    code_names, codes = importer.template_codes(actor)
    return TemplateContent(
        title=str(importer.title),
        columns=importer.columns,
        date_format=date_format,
        today=today(tenant),
        row_limit=tenant.row_limit,
        item_label=str(importer.item_label),
        code_names=[str(name) for name in code_names],
        codes=[tuple(row) for row in codes],
        people=people,
        delimiter=";" if language.startswith("de") else ",",
    )
