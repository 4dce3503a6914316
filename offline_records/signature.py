"""What a template says about itself: activity, user domain, identifier, and its fields as they were (S-11, S-26, S-43).

A signed text in a cell of the workbook; it survives Excel and LibreOffice. Public: `PREFIX`, `Signature`,
`sign_template`, `read_signature`, `find_changes`.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core import signing
from django.utils.translation import gettext as _

from lms.imports.columns import Column
from offline_records.choices import Identifier
from offline_records.columns import list_own

PREFIX: Final = "rollbook-template:"
_SALT: Final = "offline_records.template"
# key, label, kind, whether required, checksum of the choices
SignedField = tuple[str, str, str, bool, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What stands in a template."""

    tenant_id: int
    activity_id: int
    domain_id: int
    identifier: str
    made_on: date
    fields: tuple[SignedField, ...]

    @property
    def options(self) -> dict[str, Any]:
        """The choices it was made for, as an import keeps them."""
        return {"activity": self.activity_id, "domain": self.domain_id, "identifier": self.identifier}


def describe_fields(columns: Sequence[Column]) -> tuple[SignedField, ...]:
    """Return what a template remembers of the activity's own columns."""
    return tuple(
        (column.key, str(column.label), column.kind, column.required, _checksum(column.choices))
        for column in list_own(columns)
    )


def _checksum(choices: Mapping[str, Sequence[str]]) -> int:
    return zlib.crc32("\x1f".join(sorted(choices)).encode()) if choices else 0


def sign_template(signature: Signature) -> str:
    """Return the text of the cell."""
    content = {
        "t": signature.tenant_id,
        "a": signature.activity_id,
        "d": signature.domain_id,
        "i": signature.identifier,
        "on": signature.made_on.isoformat(),
        "f": signature.fields,
    }
    return PREFIX + signing.dumps(content, salt=_SALT, compress=True)


def read_signature(text: str) -> Signature | None:
    """Return what a cell says; None if it is no signature of ours."""
    text = text.strip()
    if not text.startswith(PREFIX):
        return None
    try:
        content = signing.loads(text.removeprefix(PREFIX), salt=_SALT)
        return Signature(
            tenant_id=int(content["t"]),
            activity_id=int(content["a"]),
            domain_id=int(content["d"]),
            identifier=Identifier(content["i"]).value,
            made_on=date.fromisoformat(content["on"]),
            fields=tuple(
                (str(key), str(label), str(kind), bool(required), int(choices))
                for key, label, kind, required, choices in content["f"]
            ),
        )
    except (signing.BadSignature, KeyError, ValueError, TypeError):
        return None


def find_changes(signed: Sequence[SignedField], *, now: Sequence[SignedField]) -> list[str]:
    """Return what has changed since the template was made, in words; empty if it still fits (S-43)."""
    before = {field[0]: field for field in signed}
    after = {field[0]: field for field in now}
    said = [_say_change(before.get(key), field) for key, field in after.items()]
    said += [
        _("%(field)s is no longer there") % {"field": field[1]} for key, field in before.items() if key not in after
    ]
    return [words for words in said if words]


def _say_change(before: SignedField | None, after: SignedField) -> str:
    """Return the first thing to be said about a field; an answer more or less in its list is one."""
    key, label, kind, is_required, choices = after
    if before is None:
        words = _("%(field)s is new and required") if is_required else _("%(field)s is new")
    elif before[1] != label and key.startswith("field_"):  # its label heads the column; the others keep their names
        words = _("%(before)s is now called %(field)s")
    elif before[2] != kind:
        words = _("%(field)s holds something else")
    elif before[3] != is_required:
        words = _("%(field)s is now required") if is_required else _("%(field)s is now optional")
    elif before[4] != choices:
        words = _("%(field)s has other choices")
    else:
        return ""
    return words % {"field": label, "before": before[1] if before else ""}
