"""What a file of offline records says about itself, and what contradicts the choices (S-26, S-36, S-43, F009, F014).

A workbook made here carries a signature. A .csv, or a workbook that lost it, is known by its columns: those every file
has, and the codes of activity and user domain that stand in them. Public: `recognise_file`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.core.text import header_key, match_key
from lms.imports.columns import cell_text
from lms.imports.importer import Recognition
from lms.imports.readers.facts import Sniffed
from lms.imports.template_files import is_sample_text
from lms.people.domains import NO_DOMAIN_CODE, Domain, domains_in_reach
from lms.people.models import User
from lms.people.permissions import Permission
from lms.tenancy.scope import current_tenant_id
from offline_records.choices import Identifier
from offline_records.columns import IDENTIFIER_NAMES, make_columns
from offline_records.models import OfflineActivity
from offline_records.selectors import load_terms, usable_activities
from offline_records.signature import Signature, describe_fields, find_changes, read_signature

CHOICES: Final = ("activity", "domain", "identifier")
_PERMISSION: Final = Permission.IMPORT_OFFLINE_RECORDS


@dataclass(frozen=True, slots=True)
class _Reach:
    """Among what the actor may choose; nothing else is named to them."""

    activities: Sequence[OfflineActivity]
    domains: Sequence[Domain]

    def knows(self, said: Mapping[str, Any]) -> bool:
        """Return whether activity and user domain of a template are theirs to choose."""
        return any(found.pk == said["activity"] for found in self.activities) and any(
            found.id == said["domain"] for found in self.domains
        )

    def name(self, key: str, value: Any) -> str:
        """Return one choice in words."""
        if key == "activity":
            names = (f"{found.code} {found.name}" for found in self.activities if found.pk == value)
            return next(names, _("another offline activity"))
        if key == "domain":
            names = (found.name if found.id else NO_DOMAIN_CODE for found in self.domains if found.id == value)
            return next(names, _("another user domain"))
        return str(value)  # as it stands in the file

    def name_for_address(self, said: Mapping[str, Any]) -> dict[str, str]:
        """Return what of a template's choices the actor may make, as addresses name it."""
        codes = {
            "activity": next((found.code for found in self.activities if found.pk == said.get("activity")), ""),
            "domain": next((found.code for found in self.domains if found.id == said.get("domain")), ""),
            "identifier": str(said.get("identifier") or ""),
        }
        return {key: code for key, code in codes.items() if code}


def recognise_file(sniffed: Sniffed, *, options: Mapping[str, Any], actor: User) -> Recognition:
    """Return the choices that a template was made for, and what contradicts those that were made before.

    What the actor may not choose is not taken from a file, and not named. A constant number of queries.
    """
    signature = read_signature(sniffed.signature)
    reach = _Reach(
        list(usable_activities(actor, permission=_PERMISSION, with_archived=True)),
        domains_in_reach(actor, permission=_PERMISSION),
    )
    with override(actor.language or actor.tenant.language):
        if signature is not None and signature.tenant_id == current_tenant_id():
            return _recognise_signed(signature, options=options, reach=reach)
        return _recognise_cells(sniffed, options=options, reach=reach)


def _recognise_signed(signature: Signature, *, options: Mapping[str, Any], reach: _Reach) -> Recognition:
    problems = _compare(signature.options, options, reach)
    if not reach.knows(signature.options):
        return Recognition(is_own=True, problems=problems)
    if not problems:
        problems = _find_outdated(signature)
    return Recognition(is_own=True, options=signature.options, problems=problems)


def _compare(said: Mapping[str, Any], options: Mapping[str, Any], reach: _Reach) -> list[dict[str, Any]]:
    """Return F009 where the file is for something else than what was chosen, with both names (S-26)."""
    differing = [
        key for key in CHOICES if key in said and options.get(key) not in (None, "") and options[key] != said[key]
    ]
    if not differing:
        return []
    x, y = (", ".join(reach.name(key, answers[key]) for key in differing) for answers in (said, options))
    return [{"code": "F009", "params": {"x": x, "y": y, "named": reach.name_for_address(said)}}]


def _find_outdated(signature: Signature) -> list[dict[str, Any]]:
    """Return F014 if the activity's fields are no longer those of the template (S-43)."""
    terms = load_terms([signature.activity_id])[signature.activity_id]
    now = describe_fields(make_columns(terms, identifier=signature.identifier))
    changes = find_changes(signature.fields, now=now)
    if not changes:
        return []
    params = {"date": signature.made_on.isoformat(), "activity": terms.name, "fields": ", ".join(changes)}
    return [{"code": "F014", "params": params}]


def _recognise_cells(sniffed: Sniffed, *, options: Mapping[str, Any], reach: _Reach) -> Recognition:
    """Go by column names and codes. A file with only some of a template's columns is nobody's template."""
    headers = [header_key(str(header or "")) for header in sniffed.headers]
    identifier = _find_identifier(headers, chosen=str(options.get("identifier") or ""))
    places = {name: headers.index(header_key(name)) for name in ("activity", "domain") if header_key(name) in headers}
    if not identifier or len(places) < 2 or header_key("completed_on") not in headers:
        return Recognition()
    codes = {name: _only_code(sniffed, place) for name, place in places.items()}
    said: dict[str, Any] = {"identifier": identifier}
    for activity in reach.activities:
        if activity.code_key == codes["activity"]:
            said["activity"] = activity.pk
    for domain in reach.domains:
        if match_key(domain.code) == codes["domain"]:
            said["domain"] = domain.id
    return Recognition(is_own=True, options=said, problems=_compare(said, options, reach))


def _find_identifier(headers: Sequence[str], *, chosen: str) -> str:
    """Return the identifier that heads a column: the chosen one if it is there, else the first."""
    known = {header_key(name): key.value for key in Identifier for name in (key.value, *IDENTIFIER_NAMES[key])}
    found = [known[header] for header in headers if header in known]
    return chosen if chosen in found else next(iter(found), "")


def _only_code(sniffed: Sniffed, place: int) -> str:
    """Return the code of the first rows that are not samples, if it is one and the same."""
    codes = {
        match_key(cell_text(cells[place]))
        for _row_no, cells in sniffed.sample_rows
        if place < len(cells) and not any(is_sample_text(cell_text(cell)) for cell in cells)
    } - {""}
    return codes.pop() if len(codes) == 1 else ""
