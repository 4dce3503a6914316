"""A tenant that undid an import against its twin that never had it, through the same days (E-33, E-34).

Each example is a story made from a seed: days with imports, completions and progress by hand, nights of the daily job. It is
lived twice, once without the import and once with it and its undoing, each in a savepoint that is rolled back.
"""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from completions.services import AlreadyRecorded, NewCompletion, add_completion, set_progress
from lms.core.periods import Period
from lms.courses.memberships import expand_team_courses
from lms.courses.models import Course
from lms.daily.services import run_daily
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports
from tests.plugins.standing import describe_consequences

EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES", "8")) // 2  # each lives twice
FIRST = dt.date(2026, 3, 1)
DAYS = 9
Picture = dict[str, list[tuple[Any, ...]]]
HEAD = "username,course code,completion date\n"
# With 30 days and 10: lapsed, in the window, opening during the story, later.
COMPLETED = ("2025-06-01", "2026-01-29", "2026-02-01", "2026-02-08", "2026-02-14", "2026-02-20", "2026-02-28")
# By hand other days: a completion that is recorded already is refused, and the twin would have recorded it.
BY_HAND = ("2026-01-30", "2026-02-12", "2026-02-25")


@dataclass(frozen=True)
class Step:
    """What happens at one hour of a day."""

    day: int
    hour: int
    kind: str
    lines: tuple[tuple[str, str, str], ...] = ()
    policy: str = ""
    opens_retakes: bool = False
    percent: int = 0


def make_story(random: Random) -> list[Step]:
    """Return what happens, in order; one policy for all imports that show something, as they are used in practice."""
    policy = random.choice(("latest_import", "newest_date"))
    steps = []
    for day in range(DAYS):
        hours = sorted(random.sample(range(7, 20), random.randint(0, 2)))
        steps += [make_step(random, day=day, hour=hour, policy=policy) for hour in hours]
        if random.random() < 0.6:
            steps.append(Step(day, 21, "night"))
    return [make_step(random, day=0, hour=6, policy=policy, kind="import"), *steps]


def make_step(random: Random, *, day: int, hour: int, policy: str, kind: str = "") -> Step:
    """Return an import, or something done by hand."""
    kind = kind or random.choice(("import", "import", "import", "completion", "progress"))
    people, courses = ("bob", "bob", "ben"), ("SAFE-1", "SAFE-1", "FIRE-2")
    count, days = (random.randint(1, 4), COMPLETED) if kind == "import" else (1, BY_HAND)
    lines = tuple((random.choice(people), random.choice(courses), random.choice(days)) for _ in range(count))
    shows = kind != "import" or random.random() < 0.85
    return Step(
        day,
        hour,
        kind,
        lines,
        policy if shows else "history_only",
        random.random() < 0.5,
        random.choice((0, 40)),
    )


class Life:
    """A tenant that lives through a story."""

    def __init__(self, imports: Imports) -> None:
        self.imports, self.cast = imports, imports.cast
        self.imported: dict[int, Imported] = {}

    def live(self, story: list[Step], *, without: int | None = None) -> None:
        """Live through the story; `without` leaves one of its steps out."""
        for place, step in enumerate(story):
            noon = dt.datetime.combine(FIRST + dt.timedelta(days=step.day), dt.time(step.hour), tzinfo=dt.UTC)
            with time_machine.travel(noon, tick=True):
                if place != without:
                    self.take(place, step)

    def take(self, place: int, step: Step) -> None:
        """Do one step."""
        if step.kind == "night":
            run_daily(self.cast.acme, as_of=FIRST + dt.timedelta(days=step.day))
        elif step.kind == "import":
            lines = "\n".join(f"{person},{course},{day}" for person, course, day in step.lines)
            options = {"policy": step.policy, "opens_retakes": step.opens_retakes}
            found = self.imports.run("completions", HEAD + lines, options=options, messages="suppress")
            assert found.state == "completed"
            self.imported[place] = found
        else:
            with tenant_scope(self.cast.acme.pk):
                self.do_by_hand(step)

    def do_by_hand(self, step: Step) -> None:
        """Enter a completion, or progress."""
        (username, code, day) = step.lines[0]
        course, person = Course.objects.get(code=code), getattr(self.cast, username)
        tenant, actor = self.cast.acme, self.cast.adam
        if step.kind == "progress":
            status = "in_progress" if step.percent else "not_started"
            set_progress(
                tenant=tenant,
                actor=actor,
                person=person,
                course=course,
                status=status,
                percent=step.percent,
                reason="-",
            )
            return
        entered = NewCompletion(
            course=course, completed_on=dt.date.fromisoformat(day), policy=step.policy, reason="-", messages="suppress"
        )
        try:
            add_completion(entered, tenant=tenant, actor=actor, person=person)
        except AlreadyRecorded:
            return


def rolled_back(do: Callable[[], Picture]) -> Picture:
    """Return what `do` returns, and leave no trace of it."""
    savepoint = transaction.savepoint()
    try:
        return do()
    finally:
        transaction.savepoint_rollback(savepoint)


def set_rules(cast: Cast) -> None:
    """Give the courses compliance and due dates."""
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(
            compliant_for=Period.parse("30 days"), retake_days=10, due_within=Period.parse("3 days")
        )
        Course.objects.filter(pk=cast.fire.pk).update(due_on=dt.date(2026, 2, 10))
        expand_team_courses()


@given(seed=st.integers(min_value=0, max_value=2**32))
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_E33_E34_after_an_undo_the_tenant_is_its_twin_that_never_had_the_import(
    cast: Cast, imports: Imports, on_day: object, seed: int
) -> None:
    assert on_day
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    story = make_story(random)
    undone = random.choice([place for place, step in enumerate(story) if step.kind == "import"])

    def live_and_undo() -> Picture:
        life = Life(imports)
        life.live(story)
        with time_machine.travel(dt.datetime.combine(FIRST + dt.timedelta(days=DAYS), dt.time(9), tzinfo=dt.UTC)):
            imports.undo(life.imported[undone])
        return describe_consequences(cast.acme)

    def live_without() -> Picture:
        Life(imports).live(story, without=undone)
        return describe_consequences(cast.acme)

    set_rules(cast)
    found, twin = rolled_back(live_and_undo), rolled_back(live_without)
    story_told = "\n".join(f"{'>' if place == undone else ' '} {step}" for place, step in enumerate(story))
    for table, rows in twin.items():
        assert found[table] == rows, f"{table}\n{story_told}"
