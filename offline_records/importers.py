"""The offline records importer: plugs records of offline activities into the engine. Decisions are in `planning`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.core.text import match_key
from lms.core.wording import say_number
from lms.imports.columns import Column, RowProblem, shorten
from lms.imports.importer import (
    FollowUp,
    Importer,
    NoItem,
    Panel,
    Plan,
    Recognition,
    RowFacts,
    RunContext,
    StagedRow,
    UndoCounts,
    UndoRow,
    UnfitRow,
    register,
)
from lms.imports.models import ImportBatch
from lms.imports.problems import Level
from lms.imports.readers.facts import Sniffed
from lms.imports.template_files import is_sample_text
from lms.people.domains import Domain, domains_in_reach, find_domain, narrow_to_domain, people_of_grant
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, visible_people
from lms.tenancy.models import Tenant
from lms.tenancy.scope import current_tenant_id
from offline_records.choices import KIND, Field, Identifier, Need, Origin
from offline_records.columns import list_own, make_columns
from offline_records.effects import EFFECTS
from offline_records.models import OfflineActivity
from offline_records.options import ChoiceForm
from offline_records.page_words import PAGE_WORDS, PROBLEM_TITLES, PROBLEM_WORDS
from offline_records.panels import list_follow_ups, list_ways_on, make_review_panel, say_ready
from offline_records.planning import Facts, judge_unfit, plan_records
from offline_records.recognising import recognise_file
from offline_records.recording import Source, record_offline
from offline_records.rules import judge_values
from offline_records.selectors import count_valid_records, load_record_facts, load_terms, usable_activities
from offline_records.signature import Signature, describe_fields, sign_template
from offline_records.terms import ActivityTerms
from offline_records.undoing import preview_undo, undo_records
from offline_records.upload_panel import make_upload_panel, upload_address

_NOBODYS = Domain(-1, "", "")  # before one is chosen: nobody is in it


class OfflineRecordsImporter(Importer):
    """Records of offline activities (spec: offline_records). What its columns are says the activity: see `fit`."""

    key = KIND
    label = _("Offline records")
    title = _("Upload Offline Records")
    permission = Permission.IMPORT_OFFLINE_RECORDS
    item_label = _("offline activity")
    item_label_plural = _("offline activities")
    crumbs = ((_("Management Console"), ""), (_("Offline Activities"), "offline_activity_list"))
    columns = make_columns(None)
    failure_modes = ("stop_if_any",)
    fresh_options = ("activity", "domain", "identifier")
    words = PAGE_WORDS
    effects = EFFECTS
    problem_words = PROBLEM_WORDS
    problem_titles = PROBLEM_TITLES
    problem_levels = {"R401": Level.ROW, "R403": Level.ROW}
    lists_bad_rows = True
    starts_check = True
    template_has_all = True
    columns_note = _("Which columns a file has is said by the activity: its template has all of them.")
    start_template = "offline_records/upload.html"
    start_name = "offline_upload"

    terms: ActivityTerms | None = None  # of the chosen activity, as they were when it was fitted
    domain: Domain | None = None
    own_keys: Sequence[str] = ()  # of the activity's own columns

    def fit(self, options: Mapping[str, Any]) -> "OfflineRecordsImporter":
        """Return it with the columns of the chosen activity and the chosen identifier. Five queries at most."""
        activity_id, domain_id = options.get("activity"), options.get("domain")
        identifier = str(options.get("identifier") or "")
        fitted = copy(self)
        fitted.terms = load_terms([activity_id]).get(activity_id) if isinstance(activity_id, int) else None
        fitted.domain = find_domain(domain_id) if isinstance(domain_id, int) else None
        fitted.find_by = identifier if identifier in Identifier.values else ""
        fitted.columns = make_columns(fitted.terms, identifier=fitted.find_by, domain=fitted.domain)
        fitted.own_keys = [column.key for column in list_own(fitted.columns)]
        return fitted

    def reach(self, actor: User) -> "QuerySet[User]":
        """Return the people over whom the actor has the permission for the chosen user domain (S-01, S-09)."""
        if self.domain is None:
            return visible_people(actor, permission=self.permission)
        return people_of_grant(actor, permission=self.permission, domain_id=self.domain.id)

    def recognise(self, sniffed: Sniffed, *, options: Mapping[str, Any], actor: User) -> Recognition:
        """Return what the template says it is for, and whether that is what was chosen (S-26, S-36, S-43)."""
        return recognise_file(sniffed, options=options, actor=actor)

    def sign_template(self, *, today: date) -> str:
        """Return the signature of a template of the chosen activity (S-11)."""
        if self.terms is None or self.domain is None or not self.find_by:
            return ""
        return sign_template(
            Signature(
                tenant_id=current_tenant_id(),
                activity_id=self.terms.activity_id,
                domain_id=self.domain.id,
                identifier=self.find_by,
                made_on=today,
                fields=describe_fields(self.columns),
            )
        )

    def open_question(self, batch: ImportBatch) -> str:
        """Return the upload page while activity, user domain or identifier is not chosen (S-04 to S-10)."""
        if self.terms is not None and self.domain is not None and self.find_by:
            return ""
        return f"{reverse('offline_upload')}?import={batch.number}"

    def ways_on(self, batch: ImportBatch) -> list[FollowUp]:
        """Return where a template for another choice, or an outdated one, is put right (S-26, S-43)."""
        return list_ways_on(batch, named=self._name_choice())

    def allows(self, options: Mapping[str, Any], *, actor: User) -> bool:
        """Return whether activity and user domain are the actor's to record for; an archived activity says so by itself."""
        activity_id, domain_id = options.get("activity"), options.get("domain")
        usable = usable_activities(actor, permission=self.permission, with_archived=True)
        if isinstance(activity_id, int) and not usable.filter(pk=activity_id).exists():
            return False
        granted = domains_in_reach(actor, permission=self.permission) if isinstance(domain_id, int) else []
        return not isinstance(domain_id, int) or any(domain.id == domain_id for domain in granted)

    def possible_columns(self) -> Sequence[Column]:
        """Return every column but an organisation's own."""
        every = ActivityTerms(fields={name.value: Need.OPTIONAL.value for name in Field})
        return make_columns(self.terms or every, identifier=self.find_by, domain=self.domain)

    def template_people(self, actor: User) -> "QuerySet[User]":
        """Return the people of the chosen user domain (S-11)."""
        people = self.reach(actor)
        return narrow_to_domain(people, domain_id=self.domain.id) if self.domain else people

    def options_form(self, data: Mapping[str, Any] | None, *, tenant: Tenant, initial: Mapping[str, Any]) -> forms.Form:
        """Return the form with activity, user domain and identifier."""
        return ChoiceForm(data, initial={**self.default_options(tenant), **initial})

    def default_options(self, tenant: Tenant) -> dict[str, Any]:
        """Return the options of a fresh import: nothing is chosen yet."""
        return {"activity": None, "domain": None, "identifier": ""}

    def say_items(self, count: int) -> str:
        """Return a number of activities in words."""
        return ngettext("%(n)s offline activity", "%(n)s offline activities", count) % {"n": say_number(count)}

    def _name_choice(self) -> dict[str, str]:
        """Return activity, user domain and identifier as addresses name them."""
        return {
            "activity": self.terms.code if self.terms else "",
            "domain": self.domain.code if self.domain else "",
            "identifier": self.find_by,
        }

    def stage_row(self, values: dict[str, Any], *, problems: list[RowProblem], context: RunContext) -> StagedRow:
        """Compare the row with what was chosen, judge day and values, skip sample rows (S-13, S-16 to S-18, S-29)."""
        person, day = values.get("username"), values.get("completed_on")
        if person is not None and is_sample_text(person):
            return StagedRow(None, None, None, {}, [("R208", "username", {})], is_skipped=True)
        terms = self.terms or ActivityTerms()
        named = {field for _code, field, _params in problems}
        if person is None and "username" not in named:
            problems.append(("R101", "username", {}))
        problems += self._judge_choice(values)
        self._judge_day(day, named=named, problems=problems, context=context)
        kept = self._keep(values)
        unread = {field for _code, field, _params in problems}
        problems += [found for found in judge_values(kept, day=day, terms=terms) if found[1] not in unread]
        if values.get("date_text"):
            kept["date_text"] = values["date_text"]
        kept["item"] = shorten(values.get("activity") or terms.code)
        return StagedRow(match_key(person) if person else None, match_key(terms.code) or None, day, kept, problems)

    def _judge_choice(self, values: Mapping[str, Any]) -> list[RowProblem]:
        """Return where a row names another activity or user domain than the import (S-07, S-11)."""
        chosen = {"activity": self.terms.code if self.terms else "", "domain": self.domain.code if self.domain else ""}
        return [
            ("R209", field, {"value": shorten(values[field]), "chosen": code})
            for field, code in chosen.items()
            if values.get(field) and match_key(values[field]) != match_key(code)
        ]

    def _judge_day(
        self, day: date | None, *, named: Collection[str], problems: list[RowProblem], context: RunContext
    ) -> None:
        if day is None:
            if "completed_on" not in named:
                problems.append(("R301", "completed_on", {}))
        elif day > context.today + timedelta(days=context.tenant.future_days):
            problems.append(("R303", "completed_on", {"date": day.isoformat()}))
        elif day < context.tenant.earliest_date:
            earliest = context.tenant.earliest_date.isoformat()
            problems.append(("R304", "completed_on", {"date": day.isoformat(), "a": earliest}))

    def _keep(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of the activity's own fields in JSON types; what is empty is absent."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name in self.own_keys
            if (value := values.get(name)) is not None
        }

    def resolve_items(self, keys: Collection[str], *, context: RunContext) -> Mapping[str, int | NoItem | RowProblem]:
        """Find the chosen activity, if the actor may record for it; an archived one says so row by row (S-07)."""
        usable = usable_activities(context.actor, permission=self.permission, with_archived=True)
        found = usable.filter(code_key__in=list(keys)).values_list("code_key", "pk")
        return {key: pk for key, pk in found if self.terms is not None and pk == self.terms.activity_id}

    def unusable_items(self, ids: Collection[int], *, context: RunContext) -> dict[int, RowProblem]:
        """Find the activities that were taken out of the actor's reach since the check."""
        usable = usable_activities(context.actor, permission=self.permission, with_archived=True)
        left = set(usable.filter(pk__in=list(ids)).values_list("pk", flat=True))
        return {pk: ("R202", "activity", {"value": ""}) for pk in ids if pk not in left}

    def item_names(self, ids: Collection[int]) -> dict[int, str]:
        """Return "code name" of activities."""
        found = OfflineActivity.objects.filter(pk__in=list(ids)).values_list("pk", "code", "name")
        return {pk: f"{code} {name}" for pk, code, name in found}

    def item_codes(self, *, actor: User) -> Iterable[tuple[str, str]]:
        """Return (code, name) of the chosen activity, or of those the actor may record for."""
        if self.terms is not None:
            return [(self.terms.code, self.terms.name)]
        usable = usable_activities(actor, permission=self.permission)
        return usable.order_by("code_key").values_list("code", "name")

    def load_facts(self, rows: Sequence[RowFacts] | Sequence[UnfitRow], *, context: RunContext, lock: bool) -> Facts:
        """Return what the activity says now, the people's user domains and their records."""
        return load_record_facts(
            rows,
            activity_id=self.terms.activity_id if self.terms else 0,
            domain=self.domain or _NOBODYS,
            names_domains=reaches_everybody(context.actor),
            lock=lock,
        )

    def plan_rows(self, rows: Sequence[RowFacts], *, facts: Facts, context: RunContext) -> list[Plan]:
        """Decide what becomes of each row (S-18, S-19, S-25, S-27)."""
        return plan_records(rows, facts=facts, today=context.today)

    def judge_unfit(self, rows: Sequence[UnfitRow], *, context: RunContext) -> Mapping[int, Sequence[RowProblem]]:
        """Return what speaks against rows whose cells are wrong besides (S-21)."""
        own = [row for row in rows if row.item_id is not None]  # of an activity that is not theirs nothing is said
        return judge_unfit(own, facts=self.load_facts(own, context=context, lock=False)) if own else {}

    def apply_rows(self, rows: Sequence[RowFacts], plans: Sequence[Plan], *, facts: Facts, context: RunContext) -> None:
        """Write the records (S-23)."""
        source = Source(
            tenant_id=context.tenant.pk,
            origin=Origin.IMPORT,
            batch_id=context.batch_id,
            actor_id=context.actor.pk,
            today=context.today,
            now=context.now,
        )
        record_offline(rows, plans, facts=facts, source=source)

    def preview_undo(self, *, context: RunContext) -> UndoCounts:
        """Count what would go and what would stay."""
        return preview_undo(batch_id=context.batch_id)

    def undo_rows(self, rows: Sequence[UndoRow], *, context: RunContext) -> UndoCounts:
        """Remove the records of these rows, except those a person has edited since."""
        return undo_records(rows, batch_id=context.batch_id)

    def upload_panel(self, *, tenant: Tenant, actor: User, answers: Mapping[str, Any]) -> Panel | None:
        """Return the five parts of the upload page, with what was answered so far (S-04 to S-11)."""
        return make_upload_panel(tenant=tenant, actor=actor, answers=answers)

    def review_panel(self, *, batch: ImportBatch, tenant: Tenant, actor: User) -> Panel | None:
        """Return what the import is for, with the way to change it (S-30)."""
        return make_review_panel(batch=batch)

    def say_ready(self, batch: ImportBatch) -> str:
        """Return how many records are ready, and for what (S-22)."""
        return say_ready(batch, terms=self.terms, domain=self.domain)

    def start_again(self, batch: ImportBatch) -> str:
        """Return the upload page with activity, user domain and identifier as they were chosen (S-39)."""
        return upload_address(self._name_choice())

    def follow_ups(self, *, batch: ImportBatch, tenant: Tenant, actor: User) -> list[FollowUp]:
        """Return the way to the records of the import (S-24)."""
        return list_follow_ups(batch=batch, actor=actor)

    def count_current(self, *, context: RunContext) -> int:
        """Return the number of valid records of the people in the actor's reach."""
        return count_valid_records(context.actor, today=context.today)


register(OfflineRecordsImporter())
