"""The settings of a person's last upload of a kind, proposed at their next one whatever its columns (T-04).

Only kinds that say so (`Importer.remembers_settings`). Public: `Settings`, `recall_settings`, `remember_settings`,
`forget_settings`. All run in the open scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lms.imports.importer import Importer
from lms.imports.models import HeaderMapping
from lms.people.models import User

# How a text file is read; where its column names stand is found anew in every file.
_READING: Final = ("delimiter", "quote", "encoding")
_NO_HEADERS: Final = ""  # stands where a remembered mapping has the digest of its column names


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen last time; empty for who has uploaded nothing of the kind."""

    options: Mapping[str, Any] = field(default_factory=dict)
    date_format: str = ""
    read_options: Mapping[str, Any] = field(default_factory=dict)


def recall_settings(actor: User, importer: Importer) -> Settings:
    """Return the settings of the actor's last upload of this kind. One query, none for a kind that remembers nothing."""
    if not importer.remembers_settings:
        return Settings()
    found = HeaderMapping.objects.filter(kind=importer.key, person=actor, headers_key=_NO_HEADERS, name="").first()
    if found is None:
        return Settings()
    return Settings(found.options, str(found.mapping.get("date_format") or ""), found.read_options)


def remember_settings(actor: User, importer: Importer, settings: Settings) -> None:
    """Keep these settings for the actor's next upload of this kind, if it remembers any.

    Answers that are asked anew for every file, and what was said about the columns of this one, are left out.
    """
    if not importer.remembers_settings:
        return
    known = {*importer.default_options(actor.tenant), "failure_mode"} - set(importer.fresh_options)
    HeaderMapping.objects.update_or_create(
        tenant_id=actor.tenant_id,
        kind=importer.key,
        person=actor,
        name="",
        headers_key=_NO_HEADERS,
        defaults={
            "mapping": {"date_format": settings.date_format},
            "options": {name: value for name, value in settings.options.items() if name in known},
            "read_options": {
                name: value for name in _READING if (value := settings.read_options.get(name)) is not None
            },
        },
    )


def forget_settings(actor: User, importer: Importer) -> None:
    """Have the actor's next upload of this kind begin with the kind's own settings."""
    HeaderMapping.objects.filter(kind=importer.key, person=actor, headers_key=_NO_HEADERS, name="").delete()
