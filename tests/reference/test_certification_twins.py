"""A tenant that undid imports of certifications against its twin that never had them, through the same days (E-33, E-34).

Each example is a story made from a seed: days with imports by all three actions, certifications given to teams, nights of
the daily job, and undoing. It is lived twice, once without the imports that are undone, each in a savepoint that is rolled
back; then everything that is recorded is the same, to the row and its texts.
"""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from certifications.choices import Action, Method
from certifications.memberships import assign_team_certifications
from certifications.models import Certification
from lms.core.periods import Period
from lms.daily.services import run_daily
from lms.tenancy.scope import tenant_scope
from tests.certifications.import_data import HEAD
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import Picture, describe_certifications

EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES", "8")) // 2  # each lives twice
FIRST = dt.date(2026, 3, 1)
DAYS = 14
# With 30 days and a window of 10: expired, in the window, opening during the story, later; and what they were due on.
COMPLETED = ("2026-01-10", "2026-01-29", "2026-02-05", "2026-02-14", "2026-02-20", "2026-02-28")
DUE = ("", "", "2026-01-31", "2026-02-22", "2026-03-10")
METHODS = {"DONE": Method.COMPLETION_DATE, "EXPIRY": Method.EXPIRY_DATE, "FIXED": Method.FIXED_DATE}
REFERENCES = (*METHODS, *METHODS, "fixed", "NOT-THERE")

Line = tuple[str, str, str, str]


@dataclass(frozen=True)
class Step:
    """What happens at one hour of a day."""

    day: int
    hour: int
    kind: str
    lines: tuple[Line, ...] = ()
    action: str = ""
    undoes: int = -1  # the place of an import

    @property
    def at(self) -> dt.datetime:
        """When it happens."""
        return dt.datetime.combine(FIRST + dt.timedelta(days=self.day), dt.time(self.hour), tzinfo=dt.UTC)


def make_story(random: Random) -> list[Step]:
    """Return what happens, in order: first everything else, then the undoing of some imports, on later or the last day."""
    steps: list[Step] = [make_file(random, day=0, hour=6)]
    for day in range(DAYS):
        for hour in sorted(random.sample(range(7, 20), random.randint(0, 2))):
            kind = random.choice(("file", "file", "file", "again", "team"))
            files = [step for step in steps if step.kind == "file"]
            if kind == "again":
                old = random.choice(files)
                steps.append(Step(day, hour, "file", old.lines, random.choice(list(Action)).value))
            elif kind == "team":
                steps.append(Step(day, 5, "team", (("", random.choice(list(METHODS)), "", ""),)))
            else:
                steps.append(make_file(random, day=day, hour=hour))
        if random.random() < 0.5:
            steps.append(Step(day, 21, "night"))
    places = [place for place, step in enumerate(steps) if step.kind == "file"]
    for place in random.sample(places, random.randint(1, min(3, len(places)))):
        day = random.randint(steps[place].day, DAYS)
        steps.append(Step(day, 22, "undo", undoes=place))
    return steps


def make_file(random: Random, *, day: int, hour: int) -> Step:
    """Return a file about few people, certifications and days, so that rows meet."""
    lines = tuple(
        (random.choice(("bob", "bob", "ben")), random.choice(REFERENCES), random.choice(COMPLETED), random.choice(DUE))
        for _ in range(random.randint(1, 5))
    )
    return Step(day, hour, "file", lines, random.choice(list(Action)).value)


class Life:
    """A tenant that lives through a story."""

    def __init__(self, imports: Imports) -> None:
        self.imports, self.cast = imports, imports.cast
        self.imported: dict[int, Imported] = {}

    def live(self, story: list[Step], *, without: frozenset[int] = frozenset()) -> Picture:
        """Live through the story in the order of its hours; return what is recorded in the end."""
        for place, step in sorted(enumerate(story), key=lambda found: found[1].at):
            if place not in without and step.undoes not in without:
                with time_machine.travel(step.at, tick=True):
                    getattr(self, step.kind)(place, step)
        return describe_certifications(
            self.cast.acme, names={found.batch.pk: f"step {place}" for place, found in self.imported.items()}
        )

    def night(self, _: int, step: Step) -> None:
        assert run_daily(self.cast.acme, as_of=step.at.date())

    def team(self, _: int, step: Step) -> None:
        with tenant_scope(self.cast.acme.pk):
            given_ = Certification.objects.get(short_name=step.lines[0][1])
            assign_team_certifications(self.cast.ward_a, certification_ids=[given_.pk], today=step.at.date())

    def undo(self, _: int, step: Step) -> None:
        assert self.imports.undo(self.imported[step.undoes]).state == "undone"

    def file(self, place: int, step: Step) -> None:
        lines = "\n".join(f"{person},{code},,{done},{due}" for person, code, done, due in step.lines)
        options = {"action": step.action, "evidence": True, "ignore_case": False}
        found = self.imports.run("certifications", HEAD + lines, options=options, messages="suppress")
        assert found.state == "completed", found
        self.imported[place] = found


def rolled_back(do: Callable[[], Picture]) -> Picture:
    """Return what `do` returns, and leave no trace of it."""
    savepoint = transaction.savepoint()
    try:
        return do()
    finally:
        transaction.savepoint_rollback(savepoint)


def add_certifications(cast: Cast) -> None:
    """Write one certification of each method, with periods that the story lives through."""
    with tenant_scope(cast.acme.pk):
        for name, method in METHODS.items():
            Certification.objects.create(
                tenant=cast.acme,
                short_name=name,
                name=name.title(),
                method=method,
                active_period=Period.parse("30 days"),
                recertification_window=Period.parse("10 days"),
                minimum_active_period=Period.parse("12 days") if method == Method.FIXED_DATE else None,
            )


@given(seed=st.integers(min_value=0, max_value=2**32))
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_E33_E34_after_undoing_the_tenant_is_its_twin_that_never_had_the_imports(
    cast: Cast, imports: Imports, on_day: object, seed: int
) -> None:
    assert on_day
    story = make_story(Random(seed))  # noqa: S311 - repeatable on purpose
    undone = frozenset(step.undoes for step in story if step.kind == "undo")
    add_certifications(cast)
    found = rolled_back(lambda: Life(imports).live(story))
    twin = rolled_back(lambda: Life(imports).live(story, without=undone))
    story_told = "\n".join(f"{place} {step}" for place, step in enumerate(story))
    with tenant_scope(cast.acme.pk):
        Certification.objects.all().delete()
    for table, rows in twin.items():
        assert found[table] == rows, f"{table}\n{story_told}"
