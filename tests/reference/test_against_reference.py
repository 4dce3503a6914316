"""The real importer against the reference: generated files, policies, chunk sizes, re-uploads, undo in any order (P7, E-33).

Each example runs in a savepoint that is rolled back (traps 7.16). Examples are the same in every run; the number of
them is REFERENCE_EXAMPLES.
"""

import datetime as dt
import os
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from tests.plugins.running import Imported, Imports
from tests.plugins.standing import describe_standing
from tests.reference.importing import (
    TODAY,
    File,
    Line,
    Standing,
    Told,
    World,
    import_file,
    list_standing,
    tell_all,
)

EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES", "15"))
EVERYBODY = frozenset({"adam", "alice", "ben", "bob", "carl", "lea"})
COURSES = frozenset({"SAFE-1", "FIRE-2", "OLD-9", "SHUT-3"})
WORLD = World(
    people={name: name for name in EVERYBODY},
    courses={code.casefold(): code for code in COURSES},
    archived=frozenset({"OLD-9"}),
    closed=frozenset({"SHUT-3"}),
    reach={"adam": EVERYBODY, "lea": frozenset({"bob", "ben"})},
    usable={"adam": COURSES, "lea": frozenset({"SAFE-1"})},
)

# Few people, courses and days, so that rows meet; a fault now and then.
good_lines = st.builds(
    Line,
    username=st.sampled_from(["bob", " BOB", "ben"]),
    code=st.sampled_from(["SAFE-1", "SAFE-1", "safe-1 ", "OLD-9"]),
    day=st.sampled_from(["2020-01-01", "01/01/2020", "2021-06-15", "2022-12-31", "2023-03-03"]),
    score=st.sampled_from(["", "", "80", "90"]),
)
odd_lines = st.builds(
    Line,
    username=st.sampled_from(["bob", "carl", "nobody", "", "zoe"]),
    code=st.sampled_from(["SAFE-1", "FIRE-2", "SHUT-3", "NOPE", ""]),
    day=st.sampled_from(
        ["2020-01-01", "2024-02-02", "31/02/2024", "1969-12-31", "", str(TODAY + dt.timedelta(days=9))]
    ),
    score=st.sampled_from(["", "70", "many"]),
)
files = st.builds(
    File,
    lines=st.lists(st.one_of(good_lines, good_lines, good_lines, odd_lines), min_size=1, max_size=7)
    .map(tuple)
    .filter(lambda lines: any((line.username + line.code + line.day + line.score).strip() for line in lines)),
    policy=st.sampled_from(["latest_import", "latest_import", "newest_date", "history_only"]),
    stops_if_any=st.sampled_from([False, False, False, True]),
    actor=st.sampled_from(["adam", "adam", "lea"]),
)
steps = st.one_of(
    st.tuples(st.just("import"), files, st.sampled_from([1, 3, 1000])),
    st.tuples(st.just("import"), files, st.sampled_from([1, 3, 1000])),
    st.tuples(st.just("again"), st.integers(0, 9), st.sampled_from([1, 3, 1000])),
    st.tuples(st.just("undo"), st.integers(0, 9), st.sampled_from([1, 3, 1000])),
)


class Twins:
    """A real tenant and the reference, led through the same days."""

    def __init__(self, imports: Imports) -> None:
        self.imports = imports
        self.sent: list[File] = []
        self.applied: dict[int, File] = {}
        self.real: dict[int, Imported] = {}

    def take(self, step: tuple[str, Any, int]) -> None:
        """Do one step with both, and compare them."""
        kind, given_, _ = step
        if kind == "import":
            self.import_both(given_)
        elif kind == "again" and self.sent:
            self.import_both(self.sent[given_ % len(self.sent)])
        elif kind == "undo" and self.applied:
            number = sorted(self.applied)[given_ % len(self.applied)]
            assert self.imports.undo(self.real[number]).state == "undone"
            del self.applied[number]
        self.compare()

    def import_both(self, file: File) -> None:
        """Import a file on both sides, and compare what became of its rows."""
        self.sent.append(file)
        mode = "stop_if_any" if file.stops_if_any else "import_good"
        real = self.imports.run(
            "completions", file.text(), as_=file.actor, options={"policy": file.policy, "failure_mode": mode}
        )
        standing: Standing = tell_all(self.applied, world=WORLD)
        state, told = import_file(file, number=real.number, standing=standing, world=WORLD)
        assert [Told(row, outcome, tuple(sorted(codes))) for row, outcome, codes in real.rows] == told
        assert real.state == state
        if state != "refused" and real.batch.checkpoint:
            self.applied[real.number] = file
            self.real[real.number] = real

    def compare(self) -> None:
        """Compare what is recorded."""
        real = describe_standing(self.imports.cast.acme)
        real["completions"] = sorted(
            ((*row[:3], None if row[3] is None else f"{row[3]:.0f}", *row[5:]) for row in real["completions"]), key=repr
        )
        assert real == list_standing(tell_all(self.applied, world=WORLD))


@given(story=st.lists(steps, min_size=2, max_size=5))
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)
def test_P7_E33_the_importer_says_and_does_what_the_reference_does(
    imports: Imports, settings: Settings, story: list[tuple[str, Any, int]]
) -> None:
    savepoint = transaction.savepoint()
    try:
        twins = Twins(imports)
        for step in story:
            settings.IMPORT_CHUNK_ROWS = step[2]
            twins.take(step)
    finally:
        transaction.savepoint_rollback(savepoint)
