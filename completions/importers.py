"""The completions importer: plugs course completions into the engine. Decisions are in `rules`, writing in `services`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from completions.effects import EFFECTS
from completions.models import Origin, Policy
from completions.page_words import PAGE_WORDS
from completions.panels import list_follow_ups, make_review_panel, make_upload_panel
from completions.planning import Choices, Facts, plan_completions
from completions.recording import Source, record_completions
from completions.selectors import count_current_results, default_policy, load_completion_facts
from completions.undoing import preview_undo, undo_completions
from lms.core.text import match_key
from lms.core.wording import say_number
from lms.courses.models import Course
from lms.courses.selectors import usable_courses
from lms.imports.columns import COMPLETION_DATE_NAMES, Column, RowProblem, make_person_column
from lms.imports.importer import (
    FollowUp,
    Importer,
    Panel,
    Plan,
    RowFacts,
    RunContext,
    StagedRow,
    UndoCounts,
    UndoRow,
    register,
)
from lms.imports.models import ImportBatch
from lms.imports.template_files import is_sample_text
from lms.people.models import User
from lms.people.permissions import Permission
from lms.tenancy.models import Tenant

# Pre-ticked as completed (L-85); compared by match key.
COMPLETED_WORDS = frozenset(
    {"completed", "complete", "passed", "pass", "attended", "abgeschlossen", "bestanden", "teilgenommen", "yes", "ja"}
)


class CompletionOptions(forms.Form):
    """What the importer may choose about completions (L-44, L-47)."""

    policy = forms.ChoiceField(
        label=_("Current completion"),
        choices=Policy.choices,
        widget=forms.RadioSelect,
        help_text=_("Which date a person shows for the course when this file is in."),
    )
    opens_retakes = forms.BooleanField(
        label=_("Move non-compliant people into their retake period (resit/retake)"),
        required=False,
        help_text=_(
            "Whose compliance has ended by today has to take the course again. Otherwise they are shown as completed "
            "and non-compliant, and nobody is mailed about it."
        ),
    )


class CompletionsImporter(Importer):
    """Course completions (spec: completions)."""

    key = "completions"
    label = _("Course completions")
    title = _("Import Course Completions")
    permission = Permission.IMPORT_COMPLETIONS
    item_label = _("course")
    item_label_plural = _("courses")
    start_template = "completions/start.html"
    words = PAGE_WORDS
    problem_titles = {
        "R405": _("Non-compliant on arrival"),
        "R406": _("In the retake window"),
        "R409": _("Archived courses: history only"),
        "R410": _("Completed before the course was assigned"),
    }
    effects = EFFECTS
    fresh_options = ("opens_retakes",)
    newer_answers = (
        ("policy", Policy.NEWEST_DATE.value, _("Keep the newer date")),
        ("policy", Policy.LATEST_IMPORT.value, _("Use this file's date")),
    )
    crumbs = (
        (_("Content"), ""),
        (_("Quick Actions"), "quick_actions"),
        (_("Bulk Imports"), "quick_actions"),
    )
    columns = (
        make_person_column(),
        Column(
            key="completed_on",
            label=_("Completion Date"),
            kind="date",
            required=True,
            help=_("The day on which the person completed the course."),
            aliases=(*COMPLETION_DATE_NAMES, "completiondate", "end date"),
        ),
        Column(
            key="course_code",
            label=_("Course Code"),
            kind="item",
            required=True,
            max_length=100,
            sample="FS-101",
            help=_("The Course Code for importing in bulk, from the course's Settings tab."),
            aliases=(
                "course",
                "code",
                "course id",
                "course number",
                "kurscode",
                "kurs",
                "kurs-nr.",
                "kurs-nr",
                "kursnummer",
                "schulungsnummer",
                "schulung",
                "course code for importing in bulk",
            ),
        ),
        Column(
            key="status",
            label=_("Status"),
            kind="status",
            max_length=60,
            sample="completed",
            help=_("Rows whose status does not count as completed are left out."),
            aliases=("completion status", "result", "ergebnis", "abschlussstatus", "zustand"),
        ),
        Column(
            key="score",
            label=_("Score"),
            kind="number",
            minimum=Decimal(0),
            maximum=Decimal(1000),
            sample="87",
            help=_("A number; stored with the completion."),
            aliases=("points", "grade", "mark", "percent", "punkte", "note (punkte)", "punktzahl", "bewertung"),
        ),
        Column(
            key="note",
            label=_("Note"),
            kind="text",
            max_length=500,
            help=_("Any remark; stored with the completion."),
            aliases=("comment", "comments", "remark", "remarks", "notes", "bemerkung", "kommentar", "notiz"),
        ),
    )

    def options_form(self, data: Mapping[str, Any] | None, *, tenant: Tenant, initial: Mapping[str, Any]) -> forms.Form:
        """Return the form with the current-result policy."""
        return CompletionOptions(data, initial={**self.default_options(tenant), **initial})

    def default_options(self, tenant: Tenant) -> dict[str, Any]:
        """Return the tenant's default policy (L-44)."""
        return {"policy": default_policy(), "opens_retakes": False}

    def say_items(self, count: int) -> str:
        """Return a number of courses in words."""
        return ngettext("%(n)s course", "%(n)s courses", count) % {"n": say_number(count)}

    def default_completed(self, status: str) -> bool:
        """Return whether a status counts as completed unless somebody says otherwise (L-85)."""
        return match_key(status) in COMPLETED_WORDS

    def stage_row(self, values: dict[str, Any], *, problems: list[RowProblem], context: RunContext) -> StagedRow:
        """Choose the keys, judge status and date, skip sample rows (L-13, L-27 to L-29, L-85)."""
        username, code, day = values.get("username"), values.get("course_code"), values.get("completed_on")
        if username is not None and is_sample_text(username):
            return StagedRow(None, None, None, {}, [("R208", "username", {})], is_skipped=True)
        status = values.get("status")
        if "status" in values and not self._is_completed(status, context):
            kept = {"status": status} if status else {}
            return StagedRow(None, None, None, kept, [("R207", "status", {"value": status or ""})], is_skipped=True)
        kept = {field: values[field] for field in ("score", "note", "date_text") if values.get(field)}
        self._judge(username, code, day, problems, context)
        return StagedRow(
            match_key(username) if username else None, match_key(code) if code else None, day, kept, problems
        )

    def _is_completed(self, status: str | None, context: RunContext) -> bool:
        ticked = context.options.get("completed_statuses")
        if ticked is None:
            return self.default_completed(status or "")
        return match_key(status or "") in ticked

    def _judge(
        self,
        username: str | None,
        code: str | None,
        day: date | None,
        problems: list[RowProblem],
        context: RunContext,
    ) -> None:
        named = {field for _, field, _ in problems}
        if username is None and "username" not in named:
            problems.append(("R101", "username", {}))
        if code is None and "course_code" not in named:
            problems.append(("R201", "course_code", {}))
        if day is None:
            if "completed_on" not in named:
                problems.append(("R301", "completed_on", {}))
        elif day > context.today + timedelta(days=context.tenant.future_days):
            problems.append(("R303", "completed_on", {"date": day.isoformat()}))
        elif day < context.tenant.earliest_date:
            problems.append(("R304", "completed_on", {"date": day.isoformat()}))

    def resolve_items(self, keys: Collection[str], *, context: RunContext) -> dict[str, int | RowProblem]:
        """Find the courses with these codes that the actor may use (L-11, L-25, L-26, R206)."""
        courses = usable_courses(context.actor, permission=self.permission).filter(code_key__in=list(keys))
        return {
            course.code_key: course.pk
            if course.open_for_import
            else ("R206", "course_code", {"value": f"{course.code} {course.name}"})
            for course in courses
        }

    def unusable_items(self, ids: Collection[int], *, context: RunContext) -> dict[int, RowProblem]:
        """Find the courses that were closed or taken out of the actor's reach since the check (L-09)."""
        usable = usable_courses(context.actor, permission=self.permission).filter(pk__in=list(ids))
        is_open = dict(usable.values_list("pk", "open_for_import"))
        return {
            pk: ("R206", "course_code", {"value": ""}) if pk in is_open else ("R202", "course_code", {"value": ""})
            for pk in ids
            if not is_open.get(pk)
        }

    def item_names(self, ids: Collection[int]) -> dict[int, str]:
        """Return "code name" of courses."""
        return {course.pk: f"{course.code} {course.name}" for course in Course.objects.filter(pk__in=list(ids))}

    def item_codes(self, *, actor: User) -> Iterable[tuple[str, str]]:
        """Return (code, name) of the courses the actor may import for."""
        courses = usable_courses(actor, permission=self.permission).filter(open_for_import=True)
        return courses.order_by("code_key").values_list("code", "name")

    def load_facts(self, rows: Sequence[RowFacts], *, context: RunContext, lock: bool) -> Facts:
        """Return completions, current results and assignments of these people in these courses."""
        return load_completion_facts([(row.person_id, row.item_id or 0, row.day) for row in rows], lock=lock)

    def plan_rows(self, rows: Sequence[RowFacts], *, facts: Facts, context: RunContext) -> list[Plan]:
        """Decide by the rules of completions."""
        choices = Choices(
            today=context.today,
            policy=str(context.options["policy"]),
            opens_retakes=bool(context.options.get("opens_retakes")),
        )
        return plan_completions(rows, facts=facts, choices=choices)

    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, context: RunContext) -> None:
        """Write completions, current results, their links and assignments."""
        source = Source(
            tenant_id=context.tenant.pk,
            origin=Origin.IMPORT,
            batch_id=context.batch_id,
            actor_id=context.actor.pk,
            today=context.today,
            now=context.now,
        )
        record_completions(rows, plans, facts=facts, source=source)

    def preview_undo(self, *, context: RunContext) -> UndoCounts:
        """Count what would go back and what would stay."""
        return preview_undo(batch_id=context.batch_id)

    def undo_rows(self, rows: Sequence[UndoRow], *, context: RunContext) -> UndoCounts:
        """Take completions, changes of current results and assignments of these rows back."""
        return undo_completions(rows, batch_id=context.batch_id, tenant=context.tenant, now=context.now)

    def upload_panel(self, *, tenant: Tenant, actor: User, answers: Mapping[str, Any]) -> Panel:
        """Return the box "Due dates and compliance" (L-48, L-81)."""
        return make_upload_panel(actor=actor)

    def review_panel(self, *, batch: ImportBatch, tenant: Tenant, actor: User) -> Panel | None:
        """Return the checklist with the settings of the courses in the file (L-46)."""
        return make_review_panel(batch=batch, actor=actor)

    def follow_ups(self, *, batch: ImportBatch, tenant: Tenant, actor: User) -> list[FollowUp]:
        """Return the way to the people whom the import left non-compliant (L-91)."""
        return list_follow_ups(batch=batch, actor=actor)

    def count_current(self, *, context: RunContext) -> int:
        """Return the number of current results of the people in the actor's reach."""
        return count_current_results(context.actor)


register(CompletionsImporter())
