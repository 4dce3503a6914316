"""What completion records add to the pages of an import: the import actions, what becomes evidence (T-34, T-49, T-77).

Public: `make_review_panel`, `list_follow_ups`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certifications.choices import Action, State
from certifications.references import Reference
from certifications.suggesting import suggest_certifications
from lms.core.components import Words
from lms.core.wording import say_number
from lms.imports.importer import FollowUp, Panel
from lms.imports.models import ImportBatch
from lms.imports.models import State as BatchState
from lms.people.models import User
from lms.people.permissions import Permission, may

NAMES_SHOWN: Final = 20
_ENDS: Final = (State.CERTIFIED.value, State.WINDOW_OPEN.value, State.EXPIRED.value, "unchanged")


@dataclass(frozen=True, slots=True)
class ActionLine:
    """How people would end under one import action (T-77)."""

    label: Words
    is_chosen: bool
    certified: int
    window_open: int
    expired: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class EvidenceName:
    """One name of the file that fits no certification (T-34)."""

    name: str
    rows: int
    nearest: str  # empty: nothing is near


def make_review_panel(*, batch: ImportBatch, actor: User) -> Panel | None:
    """Return the table of the three actions, its consequence in words, and what becomes evidence. One query at most."""
    summary = batch.summary or {}
    actions = _list_actions(summary, chosen=str(batch.options.get("action", "")))
    evidence = next((problem for problem in summary.get("problems") or () if problem["code"] == "R205"), None)
    names = _list_evidence(evidence["values"], actor=actor)[:NAMES_SHOWN] if evidence else []
    if not actions and not names:
        return None
    context: dict[str, Any] = {
        "actions": actions,
        "sentence": _say_at_once(summary),
        "names": names,
        "distinct": int(evidence["distinct"]) if evidence else 0,
        "names_more": max(int(evidence["distinct"]) - len(names), 0) if evidence else 0,
        "rows_url": f"{reverse('imports:rows', args=[batch.number])}?code=R205",
        "is_open": batch.state in {BatchState.READY, BatchState.REFUSED},
    }
    return Panel("certifications/_review_panel.html", context)


def _list_actions(summary: dict[str, Any], *, chosen: str) -> list[ActionLine]:
    tally = summary.get("tally") or {}
    if not tally:
        return []
    return [
        ActionLine(
            action.label, action.value == chosen, *(int(tally.get(f"{action.value}.{end}") or 0) for end in _ENDS)
        )
        for action in Action
    ]


def _say_at_once(summary: dict[str, Any]) -> str:
    """Return the consequence that has to be seen before the import (T-49); empty if there is none."""
    found = summary.get("consequences") or {}
    due, expired = (int((found.get(name) or {}).get("people") or 0) for name in ("window_open", "expired"))
    sentences = []
    if due:
        words = ngettext(
            "%(n)s person will be certified and at once be due for recertification.",
            "%(n)s people will be certified and at once be due for recertification.",
            due,
        )
        sentences.append(words % {"n": say_number(due)})
    if expired:
        words = ngettext(
            "%(n)s person will be certified and at once have expired.",
            "%(n)s people will be certified and at once have expired.",
            expired,
        )
        sentences.append(words % {"n": say_number(expired)})
    return " ".join(sentences)


def _list_evidence(values: Sequence[Mapping[str, Any]], *, actor: User) -> list[EvidenceName]:
    """Return the names that become evidence, each with the nearest certification: those that have one first (T-34).

    A typing error is rare: by its rows alone it would stand behind all the certificates of somebody else.
    """
    references = [
        Reference(str(entry["params"].get("short") or ""), str(entry["params"].get("id") or "")) for entry in values
    ]
    near = suggest_certifications(references, actor=actor)
    names = [
        EvidenceName(entry["value"], entry["rows"], near.get(reference, ""))
        for entry, reference in zip(values, references, strict=True)
    ]
    return sorted(names, key=lambda name: not name.nearest)  # the most rows first among each


def list_follow_ups(*, batch: ImportBatch, actor: User) -> list[FollowUp]:
    """Return the way to the report of the import's rows, for who may open it (T-63)."""
    if not may(actor, Permission.IMPORT_CERTIFICATIONS):
        return []
    url = f"{reverse('certification_report')}?number={batch.number}"
    return [FollowUp(_("Certification import report"), url)]
