"""The importer of badges: about a hundred lines, all of them about badges."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db import connection

from lms.core.text import match_key
from lms.imports.columns import Column, RowProblem
from lms.imports.importer import (
    NO_ITEM,
    Importer,
    NoItem,
    Plan,
    PlannedMessage,
    RowFacts,
    RunContext,
    StagedRow,
    UndoCounts,
    UndoRow,
    register,
)
from lms.imports.models import Outcome
from lms.notifications.selectors import switched_on
from lms.people.models import User
from lms.people.permissions import Permission
from lms.tenancy.models import Tenant
from tests.contract.badges.messages import BADGE_AWARDED, register_badge_kind
from tests.contract.badges.models import Award, Badge

HOME_MADE = "home-made"  # a badge that nobody has in a catalogue; a row with one is kept as evidence, unwritten
_HERE = "tenant_id = current_setting('app.tenant')::int"
_AWARD = """
INSERT INTO badges_award (tenant_id, person_id, badge_id, awarded_on, batch_ids)
SELECT %s, person_id, badge_id, day, ARRAY[%s::bigint]
FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) AS new(person_id, badge_id, day)
ON CONFLICT (tenant_id, person_id, badge_id, awarded_on)
DO UPDATE SET batch_ids = badges_award.batch_ids || EXCLUDED.batch_ids
"""
_FORGET = f"""
UPDATE badges_award SET batch_ids = array_remove(batch_ids, %s)
WHERE {_HERE} AND %s = ANY(batch_ids) AND (person_id, badge_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
"""  # noqa: S608 - our own text
_REMOVE = f"DELETE FROM badges_award WHERE {_HERE} AND batch_ids = '{{}}'"  # noqa: S608 - our own text


@dataclass(frozen=True)
class Known:
    """What is there already, and whether people are told."""

    awards: frozenset[tuple[int, int, date]]
    tells: bool


class BadgesImporter(Importer):
    """Badges that people were awarded on a day."""

    key = "badges"
    label = "Badges"
    title = "Import Badges"
    permission = Permission.IMPORT_OFFLINE_RECORDS
    item_label = "badge"
    item_label_plural = "badges"
    columns = (
        Column(key="username", label="Username", kind="person", required=True, sample="jane.doe", help="Who."),
        Column(key="badge", label="Badge", kind="item", required=True, sample="GOLD", help="What."),
        Column(key="awarded_on", label="Awarded On", kind="date", required=True, help="When."),
        Column(
            key="ends_on",
            label="Ends On",
            kind="date",
            required=True,
            unreadable="R305",
            absent_label="My file has no ends",
            absent_option="no_ends",
            help="Until when; the cell may be empty.",
        ),
    )

    def options_form(self, data: Mapping[str, Any] | None, *, tenant: Tenant, initial: Mapping[str, Any]) -> forms.Form:
        del tenant
        return forms.Form(data, initial=dict(initial))

    def default_options(self, tenant: Tenant) -> dict[str, Any]:
        del tenant
        return {}

    def stage_row(self, values: dict[str, Any], *, problems: list[RowProblem], context: RunContext) -> StagedRow:
        person, badge, day = values.get("username"), values.get("badge"), values.get("awarded_on")
        named = {field for _, field, _ in problems}
        for field, value, code in (("username", person, "R101"), ("badge", badge, "R201"), ("awarded_on", day, "R301")):
            if value is None and field not in named:
                problems.append((code, field, {}))
        if day is not None and day > context.today:
            problems.append(("R303", "awarded_on", {"date": day.isoformat()}))
        return StagedRow(match_key(person) if person else None, match_key(badge) if badge else None, day, {}, problems)

    def resolve_items(self, keys: Collection[str], *, context: RunContext) -> Mapping[str, int | NoItem | RowProblem]:
        del context
        found: dict[str, int | NoItem | RowProblem] = {key: NO_ITEM for key in keys if key.startswith(HOME_MADE)}
        for badge in Badge.objects.filter(code_key__in=list(keys)):
            is_retired = badge.is_retired
            found[badge.code_key] = ("R206", "badge", {"value": badge.code_key}) if is_retired else badge.pk
        return found

    def unusable_items(self, ids: Collection[int], *, context: RunContext) -> dict[int, RowProblem]:
        del context
        retired = Badge.objects.filter(pk__in=list(ids), is_retired=True).values_list("pk", flat=True)
        return {pk: ("R206", "badge", {"value": ""}) for pk in retired}

    def item_names(self, ids: Collection[int]) -> dict[int, str]:
        return dict(Badge.objects.filter(pk__in=list(ids)).values_list("pk", "code_key"))

    def item_codes(self, *, actor: User) -> Iterable[tuple[str, str]]:
        del actor
        codes = Badge.objects.filter(is_retired=False).order_by("code_key").values_list("code_key", flat=True)
        return [(code, code) for code in codes]

    def load_facts(self, rows: Sequence[RowFacts], *, context: RunContext, lock: bool) -> Known:
        del context
        found = Award.objects.filter(person_id__in={row.person_id for row in rows})
        if lock:
            found = found.order_by("pk").select_for_update()
        awards = frozenset(found.values_list("person_id", "badge_id", "awarded_on"))
        return Known(awards, BADGE_AWARDED in switched_on())

    def plan_rows(self, rows: Sequence[RowFacts], *, facts: Known, context: RunContext) -> list[Plan]:
        del context
        plans = []
        for row in rows:
            if row.item_id is None:
                plans.append(Plan(Outcome.EVIDENCE, [("R205", "", {})]))
            elif row.same_as is not None:
                plans.append(Plan(Outcome.UNCHANGED, [("R403", "", {"n": row.same_as})]))
            elif (row.person_id, row.item_id or 0, row.day) in facts.awards:
                plans.append(Plan(Outcome.UNCHANGED, [("R401", "", {})], action="confirm"))
            else:
                told = (PlannedMessage(BADGE_AWARDED, row.day, {"code": str(row.item_id)}),) if facts.tells else ()
                effect = {"after": row.day.isoformat()}
                plans.append(Plan(Outcome.CREATED, effect=effect, action="award", messages=told))
        return plans

    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Known, context: RunContext) -> None:
        del facts
        chosen = [row for row, plan in zip(rows, plans, strict=True) if plan.action]
        people, badges, days = ([getattr(row, name) for row in chosen] for name in ("person_id", "item_id", "day"))
        with connection.cursor() as cursor:
            cursor.execute(_AWARD, [context.tenant.pk, context.batch_id, people, badges, days])

    def preview_undo(self, *, context: RunContext) -> UndoCounts:
        own = Award.objects.filter(batch_ids__contains=[context.batch_id])
        removed = own.filter(batch_ids__len=1).count()
        return UndoCounts(removed=removed, kept=own.count() - removed)

    def undo_rows(self, rows: Sequence[UndoRow], *, context: RunContext) -> UndoCounts:
        batch_id = context.batch_id
        with connection.cursor() as cursor:
            cursor.execute(
                _FORGET, [batch_id, batch_id, [row.person_id for row in rows], [row.item_id for row in rows]]
            )
            touched = cursor.rowcount
            cursor.execute(_REMOVE)
            return UndoCounts(removed=cursor.rowcount, kept=touched - cursor.rowcount)

    def count_current(self, *, context: RunContext) -> int:
        del context
        return Award.objects.count()


register(BadgesImporter())
register_badge_kind()
