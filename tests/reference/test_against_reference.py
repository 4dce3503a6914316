"""The real importer against the reference: generated files, policies, chunk sizes, re-uploads, undo in any order (P7, E-33).

Each example is a story made from a seed, and runs in a savepoint that is rolled back. Examples are the
same in every run; the number of them is REFERENCE_EXAMPLES.
"""

import datetime as dt
import os
from random import Random
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, Phase, given
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

EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES", "8"))
STEPS = 7
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

DAYS = ("2020-01-01", "01/01/2020", "2021-06-15", "2022-12-31", "2023-03-03")
ODD_DAYS = ("31/02/2024", "1969-12-31", "", str(TODAY + dt.timedelta(days=9)))
Step = tuple[str, Any, int]


def make_story(random: Random) -> list[Step]:
    """Return some days of a tenant: files, the same ones again, undoing, each with a size of chunks."""
    steps: list[Step] = [("import", make_file(random), 3)]
    for place in range(1, STEPS):
        kind = random.choice(
            ("import", "again", "import") if place < STEPS // 2 else ("undo", "undo", "import", "again")
        )
        steps.append(
            (kind, make_file(random) if kind == "import" else random.randrange(9), random.choice((1, 3, 1000)))
        )
    return steps


def make_file(random: Random) -> File:
    """Return a file about few people, courses and days, so that rows meet; a fault now and then."""
    return File(
        lines=tuple(make_line(random) for _ in range(random.randint(2, 6))),
        policy=random.choice(("latest_import", "newest_date") * 3 + ("history_only",)),
        stops_if_any=random.random() < 0.1,
        actor=random.choice(("adam", "adam", "lea")),
    )


def make_line(random: Random) -> Line:
    """Return a row."""
    is_odd = random.random() < 0.1
    return Line(
        username=random.choice(("carl", "nobody", "", "zoe", "bob") if is_odd else ("bob", " BOB", "bob", "ben")),
        code=random.choice(
            ("FIRE-2", "SHUT-3", "NOPE", "", "SAFE-1") if is_odd else ("SAFE-1", "safe-1 ", "SAFE-1", "OLD-9")
        ),
        day=random.choice((*DAYS, *ODD_DAYS) if is_odd else DAYS),
        score=random.choice(("70", "many", "") if is_odd else ("", "", "80", "90")),
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


@given(seed=st.integers(min_value=0, max_value=2**32))
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_P7_E33_the_importer_says_and_does_what_the_reference_does(
    imports: Imports, settings: Settings, seed: int
) -> None:
    savepoint = transaction.savepoint()
    try:
        twins = Twins(imports)
        for step in make_story(Random(seed)):  # noqa: S311 - repeatable on purpose
            settings.IMPORT_CHUNK_ROWS = step[2]
            twins.take(step)
    finally:
        transaction.savepoint_rollback(savepoint)
