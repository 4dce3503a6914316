"""Where a recorded entry comes from, in words for people (G-03, W20): for the importer apps.

Public: `Trace`, `Sources`, `load_sources`, `say_origin`, `say_actor`. Two queries, whatever is recorded.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.core.wording import say_date
from lms.imports.dates import DateFormat
from lms.imports.models import ImportBatch
from lms.people.models import Role, User

_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ORDERS: Final[dict[str, Any]] = {
    "dmy": gettext_lazy("day.month.year"),
    "mdy": gettext_lazy("month/day/year"),
    "ymd": gettext_lazy("year-month-day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What an entry keeps of its origin; it outlives the row log. Neither imported nor by hand: it came by learning."""

    recorded_at: datetime
    recorded_by_id: int | None
    is_imported: bool = False
    is_by_hand: bool = False
    batch_id: int | None = None
    row_no: int | None = None
    date_text: str = ""  # the day as it stood in the file


@dataclass(frozen=True, slots=True)
class Sources:
    """Imports and people that entries name. Learners are told less: when, not by whom and from which file."""

    batches: Mapping[int, ImportBatch] = field(default_factory=dict)
    people: Mapping[int, User] = field(default_factory=dict)
    is_own: bool = False

    def batch_of(self, batch_id: int | None) -> ImportBatch | None:
        """Return the import with this id, if it may be named."""
        return self.batches.get(batch_id or 0)

    def describe_file(self, batch_id: int | None) -> list[tuple[str, str]]:
        """Return what the origin panel says about the file beside the sentence."""
        batch = self.batch_of(batch_id)
        return [(_("SHA-256 of the file"), batch.file_sha256)] if batch else []


def load_sources(*, batch_ids: Iterable[int | None], actor_ids: Iterable[int | None], is_own: bool) -> Sources:
    """Return the imports and people behind entries; nothing for a learner's own page."""
    if is_own:
        return Sources(is_own=True)
    batches = ImportBatch.objects.filter(pk__in={pk for pk in batch_ids if pk is not None}).only(
        "number", "file_name", "file_sha256", "mapping", "uploader_role", "uploader_name"
    )
    people = User.objects.filter(pk__in={pk for pk in actor_ids if pk is not None})
    return Sources({batch.pk: batch for batch in batches}, {found.pk: found for found in people})


def say_origin(trace: Trace, *, sources: Sources) -> str:
    """Return W20; for the learner only how and when."""
    day = {"date": say_date(trace.recorded_at)}
    batch = sources.batch_of(trace.batch_id)
    is_untold = not (trace.is_imported or trace.is_by_hand) or (trace.is_imported and batch is None)
    if sources.is_own or is_untold:
        return (_("Imported on %(date)s.") if trace.is_imported else _("Recorded on %(date)s.")) % day
    who = say_actor(trace.recorded_by_id, sources=sources)
    if batch is None:
        return _("Recorded on %(date)s by %(who)s, entered by hand.") % {**day, "who": who}
    sentence = _("Recorded on %(date)s by %(who)s from row %(row)s of “%(file)s”, import %(number)s.") % {
        **day,
        "who": who,
        "row": trace.row_no,
        "file": batch.file_name,
        "number": batch.number,
    }
    return f"{sentence} {_say_date_text(trace.date_text, batch)}".strip()


def _say_date_text(text: str, batch: ImportBatch) -> str:
    if not text:
        return ""
    try:
        order = DateFormat.parse(str(batch.mapping.get("date_format", ""))).order
    except ValueError:
        return _("The date stood there as “%(text)s”.") % {"text": text}
    if _ISO.match(text):  # a date cell, or a date that is read so whatever was chosen (E-03)
        order = "ymd"
    return _("The date stood there as “%(text)s” and was read as %(order)s.") % {"text": text, "order": _ORDERS[order]}


def say_actor(person_id: int | None, *, sources: Sources) -> str:
    """Return who did it, with their role."""
    person = sources.people.get(person_id or 0)
    if person is None:
        return _("somebody who is no longer here") if person_id else _("the system")
    return f"{person.full_name} ({Role(person.role).label})"
