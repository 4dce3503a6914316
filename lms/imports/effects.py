"""What the rows of an import do to people, in words, by number and by name (E-17, E-28).

Which effects there are is the importer's (`Importer.effects`). The row log holds the effects of each row in `plan`, the
summary of the check how many there are. Public: `Effect`, `LATE`, `make_days_lost`, `ASSIGNED`, `KEPT`, `name_effect`,
`say_consequences`, `effect_filter`, `kind_filter`, `EffectCount`, `Example`, `count_effects`, `find_examples`,
`count_newer`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.components import Tone, Words
from lms.core.wording import say_date, say_number
from lms.imports.dates import parse_day
from lms.imports.importer import Importer
from lms.imports.models import ImportBatch, Outcome
from lms.people.models import User

EXAMPLES: Final = 5
# What a row that failed since would have done does not count.
_FAILED: Final = (Outcome.REJECTED, Outcome.ERRORED, Outcome.SKIPPED)
_NEWER: Final = "R402"  # would replace a newer completion
ASSIGNED: Final = "assigned"  # the item is assigned to the person; counted by row, without examples
KEPT: Final = "kept"  # the day of a newer completion that stays current


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing that rows do. `say(number, days)` gives the words after the number; `days` is their sum."""

    key: str  # of the row's `plan`
    name: str  # in the summary of the check
    label: Words  # of the filter
    say: Callable[[int, int], str]
    counts_people: bool = False  # the number is of people, not of rows
    detail: Callable[[Mapping[str, Any]], str] = lambda _plan: ""  # of an example beside its name
    one: Callable[[Mapping[str, Any]], str] | None = None  # of a row, where no problem of it says so already
    tone: Tone = "neutral"
    is_part: bool = False  # of the effect before it
    is_counted: bool = True  # False: it is said of a row alone, and no number of them


def _say_late(plan: Mapping[str, Any]) -> str:
    days = int(plan.get("late_days") or 0)
    return ngettext("%(n)s day after the due date", "%(n)s days after the due date", days) % {"n": say_number(days)}


LATE: Final = Effect(
    key="late_days",
    name="late",
    label=gettext_lazy("Completed after the due date"),
    say=lambda n, _days: ngettext("completed after the due date", "completed after the due date", n),
    detail=_say_late,
    tone="warning",
)


def make_days_lost(*, label: Words, change: Words) -> Effect:
    """Return the effect that people lose days, in the importer's words for their old and new last day.

    `change` takes %(words)s, %(before)s and %(after)s.
    """

    def say_change(plan: Mapping[str, Any]) -> str:
        days = int(plan.get("days_lost") or 0)
        words = ngettext("loses %(n)s day", "loses %(n)s days", days) % {"n": say_number(days)}
        before, after = parse_day(plan.get("until_before")), parse_day(plan.get("until"))
        if before is None or after is None:
            return words
        return str(change) % {"words": words, "after": say_date(after), "before": say_date(before)}

    return Effect(
        key="days_lost",
        name="days_lost",
        label=label,
        say=lambda n, days: (
            ngettext("person loses %(days)s", "people lose %(days)s together", n) % {"days": _say_days(days)}
        ),
        counts_people=True,
        detail=say_change,
        one=say_change,
        tone="danger",
    )


def _say_days(days: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": say_number(days)}


@dataclass(frozen=True, slots=True)
class EffectCount:
    """How much there is of an effect."""

    rows: int
    people: int
    days: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """One row with an effect, by name."""

    row_no: int
    person: str
    item: str
    detail: str


def name_effect(key: str, *, importer: Importer) -> str:
    """Return an effect as a filter is called; empty for one that does not exist."""
    if key == KEPT:
        return _("A newer completion is kept")
    return next((str(effect.label) for effect in importer.effects if effect.key == key), "")


def say_consequences(plan: Mapping[str, Any], *, importer: Importer) -> list[str]:
    """Return what one row does to its person, in words."""
    return [effect.one(plan) for effect in importer.effects if effect.one is not None and plan.get(effect.key)]


def effect_filter(key: str) -> Q:
    """Return the condition for the rows with this effect."""
    return Q(plan__has_key=key) & ~Q(outcome__in=_FAILED)


def kind_filter(kind: str) -> Q:
    """Return the condition for the rows that cause a message of this kind, as the check showed it."""
    return Q(plan__messages__contains=[kind])


def count_effects(batch: ImportBatch, *, importer: Importer) -> dict[str, EffectCount]:
    """Return the effects that the check has found, with their rows and people, in the importer's order."""
    summary = batch.summary or {}
    found = summary.get("consequences") or {}
    assigned = int((summary.get("effects") or {}).get(ASSIGNED) or 0)
    if assigned:
        found = {**found, ASSIGNED: {"rows": assigned, "people": assigned, "days": 0}}
    return {
        effect.key: EffectCount(entry["rows"], entry["people"], entry["days"])
        for effect in importer.effects
        if (entry := found.get(effect.name))
    }


def find_examples(batch: ImportBatch, *, importer: Importer, actor: User) -> dict[str, list[Example]]:
    """Return some people of each effect by name, those with the most days first. Three queries, none without effects.

    People who left the actor's reach since the check are not named.
    """
    wanted = {
        effect.key: [example["row_no"] for example in entry.get("examples", ())[:EXAMPLES]]
        for effect in importer.effects
        if (entry := (batch.summary or {}).get("consequences", {}).get(effect.name))
    }
    if not wanted:
        return {}
    numbers = {row_no for listed in wanted.values() for row_no in listed}
    rows = {row.row_no: row for row in batch.rows().filter(row_no__in=numbers)}
    people = importer.reach(actor).filter(pk__in={row.person_id for row in rows.values()})
    names = {person.pk: person.full_name for person in people}
    items = importer.item_names({row.item_id for row in rows.values() if row.item_id is not None})
    details = {effect.key: effect.detail for effect in importer.effects}
    return {
        key: [
            Example(row.row_no, names[row.person_id], items.get(row.item_id or 0, ""), details[key](row.plan))
            for row in (rows[row_no] for row_no in listed if row_no in rows)
            if row.person_id in names
        ]
        for key, listed in wanted.items()
    }


def count_newer(batch: ImportBatch) -> tuple[int, int]:
    """Return how many people have a newer completion that the file replaces, and that is kept (W9). One query at most."""
    effects = (batch.summary or {}).get("effects") or {}
    if effects.get("replaces_newer"):
        return _count_people(batch, Q(problems__contains=[[_NEWER]])), 0
    return 0, _count_people(batch, effect_filter(KEPT)) if effects.get("history") else 0


def _count_people(batch: ImportBatch, condition: Q) -> int:
    found: int = batch.rows().filter(condition).aggregate(people=Count("person_id", distinct=True))["people"]
    return found
