"""The certifications importer: plugs completion records into the engine. Decisions are in `planning`, writing in `recording`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from certifications.choices import Action, Origin
from certifications.columns import COLUMNS
from certifications.date_formats import DATE_FORMATS
from certifications.effects import EFFECTS
from certifications.matching import compare_references, match_references
from certifications.models import Certification
from certifications.options import ImportOptions
from certifications.page_words import PAGE_WORDS
from certifications.panels import list_follow_ups, make_review_panel
from certifications.planning import Choices, Facts, plan_certifications, tally_actions
from certifications.recording import Source, record_certifications
from certifications.references import ID_NUMBER_CHARACTERS, SHORT_NAME_CHARACTERS, Reference, read_reference
from certifications.rules import EARLIEST, is_likely
from certifications.selectors import count_current_statuses, load_certification_facts, usable_certifications
from certifications.suggesting import read_words, suggest_certifications
from certifications.undoing import preview_undo, undo_certifications
from certifications.upload_form import UploadForm, make_upload_panel
from lms.core.text import match_key
from lms.core.wording import say_number
from lms.imports.columns import RowProblem, shorten
from lms.imports.importer import (
    FollowUp,
    Importer,
    NoItem,
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

_REFERENCE_FIELDS: Final = {
    "short_name": ("certificationshortname", SHORT_NAME_CHARACTERS),
    "id_number": ("certificationidnumber", ID_NUMBER_CHARACTERS),
}
_REFERENCE_NAMES: Final = frozenset(field for field, _most in _REFERENCE_FIELDS.values())
_NO_REFERENCE: Final = Reference("", "")


class CertificationsImporter(Importer):
    """Completion records of certifications (spec: certifications)."""

    key = "certifications"
    label = _("Certification records")
    title = _("Upload certification CSV")
    permission = Permission.IMPORT_CERTIFICATIONS
    item_label = _("certification")
    item_label_plural = _("certifications")
    crumbs = ((_("Courses"), "course_list"), (_("Upload Completion Records"), "certification_upload"))
    columns = COLUMNS
    words = PAGE_WORDS
    effects = EFFECTS
    remembers_settings = True
    panel_codes = ("R205",)
    start_template = "certifications/upload.html"
    start_name = "certification_upload"
    problem_words = {
        "R201": (_("Short name and ID number are both empty."), _("Fill in one of them, or both.")),
        "R202": (
            _('No certification "%(value)s" that you can use.'),
            _("Check short name and ID number, or ask an administrator."),
        ),
        "R203": (
            _('"%(value)s": short name and ID number do not belong to the same certification.'),
            _("Correct one of them, or leave one empty."),
        ),
        "R204": (_('%(id)s is used with "%(a)s" and "%(b)s".'), _("Check which of them is meant.")),
        "R205": (_('No certification "%(value)s": kept as other evidence.'), ""),
        "R402": (_("Takes the place of a newer record, completed on %(date)s."), ""),
        "R404": (_("Kept as history."), ""),
        "R405": (_("Expired since %(date)s."), ""),
        "R406": (_("The recertification window is already open."), ""),
        "R408": (_("Completed before the recertification window opened: the expiry stays %(date)s."), ""),
        "R409": (_("The certification is archived: kept as history only."), ""),
    }
    problem_titles = {
        "R201": _("Short name and ID number are empty"),
        "R202": _("Certifications not found"),
        "R203": _("Short name and ID number do not fit"),
        "R204": _("One ID number with several short names"),
        "R205": _("Becomes other evidence"),
        "R305": _("Not a due date"),
        "R402": _("Takes the place of a newer record"),
        "R405": _("Expired on arrival"),
        "R406": _("Recertification window open on arrival"),
        "R408": _("Completed before the window opened"),
        "R409": _("Archived certifications: history only"),
    }

    def options_form(self, data: Mapping[str, Any] | None, *, tenant: Tenant, initial: Mapping[str, Any]) -> forms.Form:
        """Return the form with import action, evidence and the switch for upper and lower case."""
        return ImportOptions(data, initial={**self.default_options(tenant), **initial})

    def default_options(self, tenant: Tenant) -> dict[str, Any]:
        """Return the options of a fresh import: to the history, no evidence, references exact (T-30, T-45)."""
        return {"action": Action.HISTORY.value, "evidence": False, "ignore_case": False}

    def say_items(self, count: int) -> str:
        """Return a number of certifications in words."""
        return ngettext("%(n)s certification", "%(n)s certifications", count) % {"n": say_number(count)}

    def date_formats(self, actor: User) -> Sequence[tuple[str, Any]]:
        """Return the 24 formats (T-12)."""
        return DATE_FORMATS

    def stage_row(self, values: dict[str, Any], *, problems: list[RowProblem], context: RunContext) -> StagedRow:
        """Choose the keys, judge the dates, skip sample rows (T-19 to T-22, T-36, T-41)."""
        username = values.get("username")
        if username is not None and is_sample_text(username):
            return StagedRow(None, None, None, {}, [("R208", "username", {})], is_skipped=True)
        named = {field for _code, field, _params in problems}
        if username is None and "username" not in named:
            problems.append(("R101", "username", {}))
        reference, item_key = self._read_reference(values, problems=problems, named=named, context=context)
        day, due = values.get("completiondate"), values.get("duedate")
        self._judge_day(day, named=named, problems=problems, context=context)
        if due is not None and not is_likely(due, today=context.today):
            problems.append(("R305", "duedate", {"value": values.get("duedate_text") or due.isoformat()}))
        kept = {
            "short_name": reference.short_name,
            "id_number": reference.id_number,
            "due_on": due.isoformat() if due is not None else "",
            "date_text": values.get("date_text"),
            "due_on_text": values.get("duedate_text"),
            "item": shorten(reference.words),
        }
        return StagedRow(
            match_key(username) if username else None,
            item_key or None,
            day,
            {name: value for name, value in kept.items() if value},
            problems,
        )

    def _read_reference(
        self, values: dict[str, Any], *, problems: list[RowProblem], named: AbstractSet[str], context: RunContext
    ) -> tuple[Reference, str]:
        """Return what the row says about its certification, and its key; none where a part cannot be read (T-17, T-22)."""
        found = read_reference(
            values.get("certificationshortname") or "",
            values.get("certificationidnumber") or "",
            ignore_case=bool(context.options.get("ignore_case")),
        )
        for name in found.too_long:
            field, most = _REFERENCE_FIELDS[name]
            text = getattr(found.reference, name)
            problems.append(("R502", field, {"n": len(text), "max": most, "value": shorten(text)}))
        if found.too_long or not named.isdisjoint(_REFERENCE_NAMES):
            return _NO_REFERENCE, ""
        if not found.key:
            problems.append(("R201", "certificationshortname", {}))
        return found.reference, found.key

    def _judge_day(
        self, day: date | None, *, named: AbstractSet[str], problems: list[RowProblem], context: RunContext
    ) -> None:
        if day is None:
            if "completiondate" not in named:
                problems.append(("R301", "completiondate", {}))
        elif day > context.today + timedelta(days=context.tenant.future_days):
            problems.append(("R303", "completiondate", {"date": day.isoformat()}))
        elif day < max(context.tenant.earliest_date, EARLIEST):
            problems.append(("R304", "completiondate", {"date": day.isoformat()}))

    def resolve_items(self, keys: Collection[str], *, context: RunContext) -> Mapping[str, int | NoItem | RowProblem]:
        """Find the certifications that fit, of those the actor may use (T-17 to T-24, T-28, T-29)."""
        usable = usable_certifications(context.actor, permission=self.permission)
        return match_references(
            keys,
            usable=usable,
            ignore_case=bool(context.options.get("ignore_case")),
            makes_evidence=bool(context.options.get("evidence")),
        )

    def compare_keys(self, keys: Collection[str], *, context: RunContext) -> Mapping[str, Sequence[RowProblem]]:
        """Warn of ID numbers that stand with several short names in the file (T-23)."""
        return compare_references(keys)

    def unusable_items(self, ids: Collection[int], *, context: RunContext) -> dict[int, RowProblem]:
        """Find the certifications that were taken out of the actor's reach since the check."""
        usable = usable_certifications(context.actor, permission=self.permission).filter(pk__in=list(ids))
        left = set(usable.values_list("pk", flat=True))
        return {pk: ("R202", "certificationshortname", {"value": ""}) for pk in ids if pk not in left}

    def item_names(self, ids: Collection[int]) -> dict[int, str]:
        """Return "short name, name" of certifications, in their own spelling (T-24)."""
        found = Certification.objects.filter(pk__in=list(ids)).values_list("pk", "short_name", "name")
        return {pk: f"{short_name} {name}" for pk, short_name, name in found}

    def item_codes(self, *, actor: User) -> Iterable[tuple[str, str]]:
        """Return (short name, name) of the certifications the actor may import for."""
        usable = usable_certifications(actor, permission=self.permission)
        return usable.order_by("short_name_key").values_list("short_name", "name")

    def suggest_items(self, values: Collection[str], *, actor: User) -> Mapping[str, Sequence[str]]:
        """Return the nearest certification to each reference that fits none, by short name, ID number or name."""
        references = {value: read_words(value) for value in values}
        near = suggest_certifications(references.values(), actor=actor)
        return {value: [near[reference]] for value, reference in references.items() if reference in near}

    def template_codes(self, actor: User) -> tuple[Sequence[Any], Iterable[Sequence[str]]]:
        """Return the sheet of certifications in the template (T-74)."""
        headers = (_("Short name"), _("ID number"), _("Name"), _("Recertification method"), _("Active period"))
        usable = usable_certifications(actor, permission=self.permission).order_by("short_name_key")
        rows = (
            (
                found.short_name,
                found.id_number,
                found.name,
                str(found.get_method_display()),
                found.active_period.words if found.active_period else "",
            )
            for found in usable
        )
        return headers, rows

    def load_facts(self, rows: Sequence[RowFacts], *, context: RunContext, lock: bool) -> Facts:
        """Return records, current certifications, assignments and evidence of these people."""
        return load_certification_facts(rows, lock=lock)

    def plan_rows(self, rows: Sequence[RowFacts], *, facts: Facts, context: RunContext) -> list[Plan]:
        """Decide by the decision table (T-45)."""
        choices = Choices(today=context.today, action=str(context.options["action"]))
        return plan_certifications(rows, facts=facts, choices=choices)

    def tally(self, rows: Sequence[RowFacts], *, facts: Facts, context: RunContext) -> Mapping[str, int]:
        """Count how people would end under each import action (T-77)."""
        return tally_actions(rows, facts=facts, today=context.today)

    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, context: RunContext) -> None:
        """Write records, current certifications with their links, assignments and evidence."""
        source = Source(
            tenant_id=context.tenant.pk,
            origin=Origin.IMPORT,
            batch_id=context.batch_id,
            actor_id=context.actor.pk,
            today=context.today,
            now=context.now,
        )
        record_certifications(rows, plans, facts=facts, source=source)

    def preview_undo(self, *, context: RunContext) -> UndoCounts:
        """Count what would go back and what would stay."""
        return preview_undo(batch_id=context.batch_id)

    def undo_rows(self, rows: Sequence[UndoRow], *, context: RunContext) -> UndoCounts:
        """Take records, changes of current certifications, assignments and evidence of these rows back."""
        return undo_certifications(rows, batch_id=context.batch_id, tenant=context.tenant, now=context.now)

    def start_form(self, data: Mapping[str, Any] | None, *, actor: User, initial: Mapping[str, Any]) -> UploadForm:
        """Return how the file is read, and the date format picked part by part (T-11, T-12)."""
        return UploadForm(data, initial=initial)

    def upload_panel(self, *, tenant: Tenant, actor: User, answers: Mapping[str, Any]) -> Panel:
        """Return what the upload page says beside its forms (T-02, T-45)."""
        return make_upload_panel(actor=actor)

    def review_panel(self, *, batch: ImportBatch, tenant: Tenant, actor: User) -> Panel | None:
        """Return the table of the import actions and what becomes evidence (T-34, T-49, T-77)."""
        return make_review_panel(batch=batch, actor=actor)

    def follow_ups(self, *, batch: ImportBatch, tenant: Tenant, actor: User) -> list[FollowUp]:
        """Return the way to the rows of this import in the report (T-63)."""
        return list_follow_ups(batch=batch, actor=actor)

    def count_current(self, *, context: RunContext) -> int:
        """Return the number of current certifications of the people in the actor's reach."""
        return count_current_statuses(context.actor)


register(CertificationsImporter())
