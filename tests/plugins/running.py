r"""The one way tests import: the real services and the workers' own loop, in this process, on the people of the cast.

    imported = run_import("completions", "username,course code,completion date\nbob,SAFE-1,2024-05-01")
    assert imported.rows == [(2, "created", [])]

`run_import` goes from the bytes to the last outcome; `imports` gives the steps in between.
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from lms.imports.checking import request_check
from lms.imports.confirming import cancel_batch, confirm_batch, continue_batch
from lms.imports.importer import get_importer
from lms.imports.mapping import header_names, suggest_mapping
from lms.imports.models import ImportBatch, State
from lms.imports.outcomes import final_outcome
from lms.imports.undoing import request_undo
from lms.imports.uploading import store_upload
from lms.imports.working import work_until_idle
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

SECONDS = 30.0
Rows = list[tuple[int, str, list[str]]]


@dataclass(frozen=True)
class Imported:
    """An import as it stands: what a test compares, as a whole."""

    batch: ImportBatch
    rows: Rows  # (row number, outcome as people see it, codes in the order they are shown)

    @property
    def number(self) -> int:
        """The number in its tenant."""
        return self.batch.number

    @property
    def state(self) -> str:
        """State of the batch."""
        return str(self.batch.state)

    @property
    def counts(self) -> dict[str, int]:
        """What was committed, by outcome."""
        return dict(self.batch.counts)

    @property
    def planned(self) -> dict[str, int]:
        """What the check said, by outcome."""
        return dict(self.batch.planned)

    @property
    def outcomes(self) -> list[str]:
        """The outcomes alone, in the order of the file."""
        return [outcome for _, outcome, _ in self.rows]

    @property
    def codes(self) -> list[str]:
        """The codes of problems of the file."""
        return [problem["code"] for problem in self.batch.problems]

    @property
    def summary(self) -> dict[str, Any]:
        """What the review shows."""
        return dict(self.batch.summary)


@dataclass(frozen=True)
class Answers:
    """What a person answers on the mapping page; what is left out is proposed as in the browser."""

    options: Mapping[str, Any] = field(default_factory=dict)
    find_by: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)  # field -> column name
    fixed: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)  # check field -> column name
    statuses: list[str] | None = None
    date_format: str = ""
    is_date_order_answered: bool = True
    absent: Collection[str] = ()  # needed fields that the file does not have
    read_options: Mapping[str, Any] = field(default_factory=dict)


class Imports:
    """The steps of an import, for people of the cast named by their username."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def person(self, name: str) -> User:
        """A person as the database has them now."""
        person: User = getattr(self.cast, name)
        with tenant_scope(person.tenant_id):
            return User.objects.select_related("tenant").get(pk=person.pk)

    def tenant_of(self, person: User) -> Tenant:
        """The tenant as the database has it now."""
        return Tenant.objects.get(pk=person.tenant_id)

    def upload(
        self, kind: str, content: str | bytes, *, as_: str = "adam", file_name: str = "upload.csv", **answers: Any
    ) -> Imported:
        """Store the file and let a worker look at it."""
        actor = self.person(as_)
        data = content.encode() if isinstance(content, str) else content
        given = Answers(**answers)
        batch = store_upload(
            tenant=self.tenant_of(actor),
            actor=actor,
            importer=get_importer(kind),
            chunks=[data],
            file_name=file_name,
            idempotency_key=uuid.uuid4(),
            read_options=dict(given.read_options),
        )
        self.work()
        return self.load(batch)

    def check(
        self, imported: Imported, *, confirm_with: dict[str, Any] | None = None, works: bool = True, **answers: Any
    ) -> Imported:
        """Map and check, as who uploaded it."""
        self.request_check(imported, given=Answers(**answers), confirm_with=confirm_with)
        if works:
            self.work()
        return self.load(imported.batch)

    def request_check(self, imported: Imported, *, given: Answers, confirm_with: dict[str, Any] | None = None) -> None:
        """Fill the mapping in and ask for the check."""
        with tenant_scope(imported.batch.tenant_id):
            batch = ImportBatch.objects.get(pk=imported.batch.pk)
            actor = User.objects.select_related("tenant").get(pk=batch.uploaded_by_id)
            options = self._answer_options(batch, given.options, tenant=actor.tenant)
            importer = get_importer(batch.kind).fit(options)
            proposed = suggest_mapping(importer, batch=batch, actor=actor).mapping
            places = {name: place for place, name in enumerate(header_names(batch))}
            chosen = {key: places[name] for key, name in given.fields.items()}
            columns = {key: place for key, place in proposed.columns.items() if place not in chosen.values()} | chosen
            mapping = proposed.to_json() | {
                "columns": {key: place for key, place in columns.items() if key not in given.fixed},
                "fixed": dict(given.fixed),
                "checks": {key: places[name] for key, name in given.checks.items()},
                "find_by": given.find_by or importer.find_by or "username",
                "date_format": given.date_format or proposed.date_format,
                "completed_statuses": given.statuses,
                "date_order_answered": given.is_date_order_answered,
                "absent": list(given.absent),
            }
            request_check(
                batch,
                actor=actor,
                mapping=mapping,
                options=options,
                read_options={**batch.read_options, **given.read_options},
                confirm_with=confirm_with,
            )

    def confirm(
        self, imported: Imported, *, as_: str = "", typed: str = "", works: bool = True, messages: str = "", **more: Any
    ) -> Imported:
        """Confirm a checked import, with the choice about its messages; without `works` it is left in its lane."""
        answers = {"typed": typed, "messages": messages, **more}
        with tenant_scope(imported.batch.tenant_id):
            confirm_batch(imported.batch, actor=self._actor(imported, as_), answers=answers)
        if works:
            self.work()
        return self.load(imported.batch)

    def cancel(self, imported: Imported, *, as_: str = "") -> Imported:
        """Cancel it where it is."""
        with tenant_scope(imported.batch.tenant_id):
            cancel_batch(imported.batch, actor=self._actor(imported, as_))
        return self.load(imported.batch)

    def go_on(self, imported: Imported, *, as_: str = "") -> Imported:
        """Import the rest."""
        with tenant_scope(imported.batch.tenant_id):
            continue_batch(imported.batch, actor=self._actor(imported, as_))
        self.work()
        return self.load(imported.batch)

    def undo(
        self, imported: Imported, *, as_: str = "adam", reason: str = "wrong file", works: bool = True
    ) -> Imported:
        """Undo it."""
        actor = self.person(as_)
        tenant = self.tenant_of(actor)
        with tenant_scope(tenant.pk):
            request_undo(imported.batch, tenant=tenant, actor=actor, reason=reason)
        if works:
            self.work()
        return self.load(imported.batch)

    def work(self) -> None:
        """Let a worker do whatever is due."""
        assert not work_until_idle(seconds=SECONDS), "the worker did not come to rest"

    def load(self, batch: ImportBatch) -> Imported:
        """Return the import as it stands, and hold it to the rules that hold at any time (E-50)."""
        with tenant_scope(batch.tenant_id):
            found = ImportBatch.objects.get(pk=batch.pk)
            rows = [
                (row.row_no, str(final_outcome(row, batch=found)), [problem[0] for problem in row.problems])
                for row in found.rows().order_by("row_no")
            ]
        if found.planned:
            assert sum(found.planned.values()) == found.data_rows == len(rows)
        if found.counts and not found.is_working and found.state != State.READY:
            assert sum(found.counts.values()) == found.data_rows
        return Imported(found, rows)

    def run(
        self,
        kind: str,
        content: str | bytes,
        *,
        as_: str = "adam",
        check_only: bool = False,
        typed: str = "",
        messages: str = "",
        file_name: str = "upload.csv",
        **answers: Any,
    ) -> Imported:
        """Upload, map, check and, if it is ready and not `check_only`, import; `answers` are those of `Answers`."""
        imported = self.upload(
            kind, content, as_=as_, file_name=file_name, read_options=answers.get("read_options", {})
        )
        if not imported.batch.sniffed:
            return imported
        imported = self.check(imported, **answers)
        if imported.state != State.READY or check_only:
            return imported
        return self.confirm(imported, typed=typed, messages=messages)

    def _answer_options(self, batch: ImportBatch, given: Mapping[str, Any], *, tenant: Tenant) -> dict[str, Any]:
        """The kind's own options, over them what the file says of itself, over all what a person chose."""
        importer = get_importer(batch.kind)
        options = {**importer.default_options(tenant), "failure_mode": importer.failure_modes[0]}
        said = {name: batch.options.get(name, value) for name, value in options.items() if value in (None, "")}
        return {**options, **said, **given}

    def _actor(self, imported: Imported, name: str) -> User:
        if name:
            person: User = getattr(self.cast, name)
            return User.objects.get(pk=person.pk)
        return User.objects.get(pk=imported.batch.uploaded_by_id)


@pytest.fixture
def imports(cast: Cast) -> Imports:
    """The steps of an import."""
    return Imports(cast)


@pytest.fixture
def run_import(imports: Imports) -> Callable[..., Imported]:
    """The whole way from a file to its last outcome."""
    return imports.run
