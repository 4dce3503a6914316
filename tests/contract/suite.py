"""What every importer has to hold to, whatever it imports. Subclass it once for each kind; the rest is inherited.

A subclass names its kind, the tables it writes, and how a file of good rows looks. `test_every_importer.py` fails when
a registered importer has no subclass.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from lms.core.text import header_key
from lms.imports.columns import Column
from lms.imports.importer import Importer, get_importer
from lms.imports.models import Outcome
from lms.imports.transitions import StateConflict
from lms.imports.undoing import preview_undo
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import Promotion, Role
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_member, add_person
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import dump_tables

Run = Callable[..., Imported]
CROWD = [f"crowd{number}" for number in range(12)]


class ImporterContract:
    """What holds for every kind. `kind` and `tables` are the subclass's; so are the methods below.

    Kinds subclass `RowByRowContract` or `AllOrNothingContract`, by what one bad row does to the others (E-58).
    """

    kind = ""
    message_kind = ""  # a kind of message that good rows cause once it is switched on
    tables: Sequence[str] = ()
    unknown_item_code = "R202"
    repeated: Sequence[str] = ()  # people who stand in a good file a second time

    @pytest.fixture(autouse=True)
    def _prepare(self, cast: Cast) -> None:
        self.prepare(cast)

    def prepare(self, cast: Cast) -> None:
        """Write what good rows need in both tenants: an item of the same code."""

    def file(self, *people: str, item: str = "", day: str = "2024-05-01") -> str:
        """Return a file with one good row for each of these people."""
        raise NotImplementedError

    def close_item(self, cast: Cast) -> None:
        """Make the item of the good rows one that cannot be imported for."""
        raise NotImplementedError

    def crowd_fields(self, cast: Cast) -> Mapping[str, Any]:
        """Return what further people need so that their rows are good."""
        return {}

    def mixed_file(self) -> str:
        """Return a good row, and one with each of: unknown person, unknown item, impossible day, no day."""
        rows = [self.file("nobody"), self.file("ben", item="NO-SUCH-ITEM")]
        rows += [self.file("ben", day="31/02/2024"), self.file("ben", day="")]
        return self.file("bob") + "".join(content.split("\n", 1)[1] for content in rows)

    @property
    def mixed_rows(self) -> list[tuple[int, str, list[str]]]:
        """What is said of the rows of `mixed_file`."""
        codes = ("R102", self.unknown_item_code, "R302", "R301")
        return [(2, "created", []), *((row_no, "rejected", [code]) for row_no, code in enumerate(codes, start=3))]

    # --- what it says of itself ---------------------------------------------------------------------------------

    @property
    def importer(self) -> Importer:
        """The importer under test."""
        return get_importer(self.kind)

    def test_it_names_its_columns_without_doubt(self) -> None:
        columns = self.importer.columns
        keys = [column.key for column in columns]
        assert len(set(keys)) == len(keys)
        assert [column.kind for column in columns].count("person") == 1
        for one, other in combinations(columns, 2):
            assert one.header_keys.isdisjoint(other.header_keys), (one.key, other.key)
        assert all(str(column.label) and str(column.help) for column in columns)

    def test_its_default_options_are_an_answer_to_its_own_form(self, cast: Cast) -> None:
        with tenant_scope(cast.acme.pk):
            defaults = self.importer.default_options(cast.acme)
            form = self.importer.options_form(defaults, tenant=cast.acme, initial={})
            assert form.is_valid(), form.errors
            assert form.cleaned_data == defaults
        json.dumps(defaults)

    def test_it_lists_what_can_be_imported_for(self, cast: Cast, run_import: Run) -> None:
        with tenant_scope(cast.acme.pk):
            codes = list(self.importer.item_codes(actor=cast.adam))
        assert codes
        imported = run_import(self.kind, self.file("bob", item=codes[0][0]), check_only=True)
        assert imported.outcomes in (["created"], ["added_to_history"])
        with tenant_scope(cast.acme.pk):
            item_id = imported.batch.rows().get().item_id
            if item_id is not None:
                assert list(self.importer.item_names([item_id])) == [item_id]

    # --- what it does ---------------------------------------------------------------------------------------------

    def test_checking_writes_nothing(self, cast: Cast, run_import: Run) -> None:
        before = dump_tables(cast.acme, self.tables)
        checked = run_import(self.kind, self.file("bob", "ben"), check_only=True)
        assert checked.planned == {"created": 2}
        assert dump_tables(cast.acme, self.tables) == before

    def test_good_rows_come_in(self, cast: Cast, run_import: Run) -> None:
        imported = run_import(self.kind, self.file("bob", "ben", "carl"))
        assert (imported.state, imported.counts) == ("completed", {"created": 3})
        assert [outcome for _, outcome, _ in imported.rows] == ["created"] * 3
        written = dump_tables(cast.acme, self.tables)
        assert any(written.values())

    def test_P21_people_out_of_reach_are_people_who_do_not_exist(self, cast: Cast, run_import: Run) -> None:
        with tenant_scope(cast.acme.pk):
            Promotion.objects.filter(person=cast.lea).update(role=Role.TEAM_LEADER)
        seen = []
        for name in ("carl", "zoe", "nils"):
            checked = run_import(self.kind, self.file("bob", name), as_="lea", check_only=True)
            seen.append(repr((checked.rows[1], checked.summary)).replace(name, "WHO"))
        assert seen[0] == seen[1] == seen[2]

    def test_other_tenants_are_untouched(self, cast: Cast, run_import: Run) -> None:
        before = dump_tables(cast.zebra, self.tables)
        run_import(self.kind, self.file("bob", "ben"))
        assert dump_tables(cast.zebra, self.tables) == before

    def test_P7_the_size_of_chunks_changes_nothing(
        self, cast: Cast, run_import: Run, imports: Imports, settings: Settings
    ) -> None:
        pictures = []
        for size in (1, 2, 1000):
            settings.IMPORT_CHUNK_ROWS = size
            imported = run_import(self.kind, self.file("bob", "ben", "carl", *self.repeated))
            pictures.append((imported.rows, imported.counts, without_ids(dump_tables(cast.acme, self.tables))))
            imports.undo(imported)
        assert pictures[0] == pictures[1] == pictures[2]

    def test_statements_do_not_grow_with_rows(self, cast: Cast, imports: Imports, run_import: Run) -> None:
        with tenant_scope(cast.acme.pk):
            for name in CROWD:
                add_member(add_person(cast.acme, name, **self.crowd_fields(cast)), cast.ward_a)
        counted = []
        for people in (CROWD[:2], CROWD[2:]):
            checked = run_import(self.kind, self.file(*people), check_only=True)
            imports.confirm(checked, works=False)
            with CaptureQueriesContext(connection) as captured:
                imports.work()
            counted.append(len(captured))
        assert counted[0] == counted[1]

    # --- what it tells -------------------------------------------------------------------------------------------

    def switch_messages_on(self, cast: Cast) -> None:
        """Have both organisations send the kind."""
        for tenant in (cast.acme, cast.zebra):
            with tenant_scope(tenant.pk):
                MessageSwitch.objects.create(tenant=tenant, kind=self.message_kind, is_on=True)

    def told_by(self, cast: Cast, imported: Imported) -> tuple[list[tuple[int | None, str]], int]:
        """Return (recipient, state) of every mail, and the number of notices, that the import caused."""
        with tenant_scope(cast.acme.pk):
            mails = OutboxMessage.objects.filter(batch_id=imported.batch.pk, kind=self.message_kind)
            notices = Notice.objects.filter(batch_id=imported.batch.pk, kind=self.message_kind)
            return sorted(mails.values_list("recipient_id", "state")), notices.count()

    def test_E72_what_is_switched_off_is_neither_counted_nor_sent(self, cast: Cast, run_import: Run) -> None:
        imported = run_import(self.kind, self.file("bob", "ben"))
        assert self.message_kind not in imported.summary["messages"].get("kinds", {})
        assert self.told_by(cast, imported) == ([], 0)

    @pytest.mark.parametrize(("choice", "is_sent"), [("send", True), ("suppress", False)])
    def test_E60_E61_what_the_check_counts_is_what_is_sent(
        self, cast: Cast, imports: Imports, run_import: Run, *, choice: str, is_sent: bool
    ) -> None:
        self.switch_messages_on(cast)
        checked = run_import(self.kind, self.file("bob", "ben", *self.repeated), check_only=True)
        counted = checked.summary["messages"]["kinds"][self.message_kind]
        assert counted == {"messages": 2, "with_email": 2, "without_email": 0, "people": 2}
        done = imports.confirm(checked, messages=choice)
        people = sorted((person.pk, "queued") for person in (cast.bob, cast.ben))
        assert self.told_by(cast, done) == ((people, 2) if is_sent else ([], 0))
        imports.undo(done)
        taken_back = [(person, "withdrawn") for person, _ in people]
        assert self.told_by(cast, done) == (taken_back if is_sent else [], 0)

    # --- undo -----------------------------------------------------------------------------------------------------

    def test_E33_undone_the_tables_are_as_before_to_the_row(
        self, cast: Cast, imports: Imports, run_import: Run
    ) -> None:
        run_import(self.kind, self.file("bob"))
        before = dump_tables(cast.acme, self.tables)
        imported = run_import(self.kind, self.file("ben", "bob", day="2023-01-01"))
        assert imports.undo(imported).state == "undone"
        assert dump_tables(cast.acme, self.tables) == before

    def test_the_preview_of_an_undo_says_what_the_undo_does(
        self, cast: Cast, imports: Imports, run_import: Run
    ) -> None:
        imported = run_import(self.kind, self.file("bob", "ben"))
        before = dump_tables(cast.acme, self.tables)
        with tenant_scope(cast.acme.pk):
            told = preview_undo(imported.batch, tenant=Tenant.objects.get(pk=cast.acme.pk), actor=cast.adam)
        assert dump_tables(cast.acme, self.tables) == before
        done = imports.undo(imported).batch.undo_summary
        assert done == {"removed": told.removed, "restored": told.restored, "kept": told.kept}

    # --- what not every kind has ------------------------------------------------------------------------------------

    def test_a_needed_column_is_absent_by_choice_alone(self, cast: Cast, imports: Imports) -> None:
        for column in self.importer.columns:
            if not column.absent_label:
                continue
            assert column.required, "a column that is not needed may always be absent"
            uploaded = imports.upload(self.kind, without_column(self.file("bob"), column))
            with pytest.raises(StateConflict):
                imports.check(uploaded)
            checked = imports.check(uploaded, absent=[column.key])
            assert checked.planned == {"created": 1}, column.key

    def test_every_outcome_it_gives_is_one_of_the_engine(self, run_import: Run) -> None:
        imported = run_import(self.kind, self.file("bob", "nobody", "bob"))
        assert set(imported.outcomes) <= set(Outcome.values)


class RowByRowContract(ImporterContract):
    """What a kind holds to besides, of which the good rows of a file come in."""

    repeated = ("bob",)

    def test_the_same_file_again_changes_nothing(self, run_import: Run) -> None:
        content = self.file("bob", "ben")
        run_import(self.kind, content)
        again = run_import(self.kind, content)
        assert (again.state, again.counts) == ("completed", {"unchanged": 2})
        assert all(codes == ["R401"] for _, _, codes in again.rows)

    def test_R403_a_row_twice_in_the_file_counts_once(self, run_import: Run) -> None:
        imported = run_import(self.kind, self.file("bob", "bob"))
        assert imported.rows == [(2, "created", []), (3, "unchanged", ["R403"])]

    def test_unknown_people_items_and_days_fail_their_rows_alone(self, run_import: Run) -> None:
        imported = run_import(self.kind, self.mixed_file())
        assert imported.rows == self.mixed_rows
        assert imported.counts == {"created": 1, "rejected": 4}

    def test_E25_R901_what_was_closed_since_the_check_fails(
        self, cast: Cast, imports: Imports, run_import: Run
    ) -> None:
        checked = run_import(self.kind, self.file("bob"), check_only=True)
        imports.confirm(checked, works=False)
        self.close_item(cast)
        imports.work()
        done = imports.load(checked.batch)
        assert (done.rows, done.counts) == ([(2, "rejected", ["R901"])], {"rejected": 1})

    @pytest.mark.parametrize("first_undone", [0, 1])
    def test_E34_two_imports_of_one_file_are_undone_in_any_order(
        self, cast: Cast, imports: Imports, run_import: Run, first_undone: int
    ) -> None:
        before = dump_tables(cast.acme, self.tables)
        both = [run_import(self.kind, self.file("bob", "ben")) for _ in range(2)]
        imports.undo(both[first_undone])
        left = run_import(self.kind, self.file("bob", "ben"), check_only=True)
        assert left.planned == {"unchanged": 2}, "the other import still says so"
        imports.undo(both[1 - first_undone])
        assert dump_tables(cast.acme, self.tables) == before


class AllOrNothingContract(ImporterContract):
    """What a kind holds to besides, of which a file comes in as a whole or not at all (E-58)."""

    closed_codes: Sequence[str] = ()  # of a good row whose item was closed since the check

    def assert_nothing_was_written(self, cast: Cast, imported: Imported, before: dict[str, Any]) -> None:
        assert (imported.state, imported.counts) == ("refused", {})
        assert dump_tables(cast.acme, self.tables) == before

    def test_E58_one_bad_row_stops_the_file_and_every_bad_row_is_listed(self, cast: Cast, run_import: Run) -> None:
        before = dump_tables(cast.acme, self.tables)
        imported = run_import(self.kind, self.mixed_file())
        assert imported.rows == self.mixed_rows
        self.assert_nothing_was_written(cast, imported, before)

    def test_R401_R403_what_is_there_already_is_an_error(self, cast: Cast, run_import: Run) -> None:
        first = run_import(self.kind, self.file("bob", "ben"))
        assert first.state == "completed"
        before = dump_tables(cast.acme, self.tables)
        again = run_import(self.kind, self.file("bob", "carl", "carl"))
        assert again.rows == [(2, "rejected", ["R401"]), (3, "created", []), (4, "rejected", ["R403"])]
        self.assert_nothing_was_written(cast, again, before)

    def test_E25_what_was_closed_since_the_check_stops_the_file(
        self, cast: Cast, imports: Imports, run_import: Run
    ) -> None:
        checked = run_import(self.kind, self.file("bob"), check_only=True)
        before = dump_tables(cast.acme, self.tables)
        imports.confirm(checked, works=False)
        self.close_item(cast)
        imports.work()
        done = imports.load(checked.batch)
        assert done.rows == [(2, "rejected", list(self.closed_codes))]
        assert done.codes[-1] == "F015"
        self.assert_nothing_was_written(cast, done, before)


class FreeRowsContract(RowByRowContract):
    """What a kind holds to besides, some of whose rows are fit without an item."""

    free_item: str  # a code that no item has
    free_options: Mapping[str, Any] = {}  # the options with which its rows are taken

    def test_rows_without_an_item_are_kept_as_evidence(
        self, cast: Cast, imports: Imports, run_import: Run, settings: Settings
    ) -> None:
        good, free = self.file("bob"), self.file("ben", "bob", "ben", item=self.free_item, day="2023-05-01")
        content = good + free.split("\n", 1)[1]
        before = dump_tables(cast.acme, self.tables)
        pictures = []
        for size in (1, 1000):
            settings.IMPORT_CHUNK_ROWS = size
            done = run_import(self.kind, content, options=dict(self.free_options))
            assert done.outcomes[:3] == ["created", "evidence", "evidence"]
            with tenant_scope(cast.acme.pk):
                found = list(done.batch.rows().order_by("row_no").values_list("item_id", flat=True))
            assert (found[0] is None, found[1:]) == (False, [None] * 3)
            pictures.append((done.rows, done.counts))
            imports.undo(done)
            assert dump_tables(cast.acme, self.tables) == before
        assert pictures[0] == pictures[1]


def without_column(content: str, column: Column) -> str:
    """Return a file without the column of a field."""
    head, *rows = (line.split(",") for line in content.splitlines())
    (place,) = (place for place, name in enumerate(head) if header_key(name) in column.header_keys)
    return "".join(",".join(cells[:place] + cells[place + 1 :]) + "\n" for cells in (head, *rows))


def without_ids(dump: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Return a dump without the ids of rows and imports and without times, in an order that is not theirs."""

    def keep(row: dict[str, Any]) -> str:
        kept = {key: value for key, value in row.items() if not key.endswith(("id", "_ids", "_at"))}
        return repr(sorted(kept.items()))

    return {table: sorted(keep(row) for row in rows) for table, rows in dump.items()}
