"""Files of offline records against a plain reading of them: all or nothing, row by row, and undone without a trace (S-20).

Examples are the same in every run; the number of them is half of REFERENCE_EXAMPLES.
"""

import datetime as dt
import os
from dataclasses import dataclass
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineActivity, OfflineRecord
from tests.offline_records.catalogue import HEAD, KIND, TABLES, add_activity, add_record, choose
from tests.plugins.cast import Cast
from tests.plugins.running import Imports
from tests.plugins.standing import dump_tables

EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES", "8"))
RECORDED = ("bob", "2024-05-03")
# Cell -> the code it fails with; most are right.
PEOPLE = {"bob": "", " BEN ": "", "ben": "", "carl": "R108", "nobody": "R102", "": "R101"}
CODES = {"": "", "LIFT": "", " lift": "", "FIRE-2": "R209"}
DAYS = {"2024-05-01": "", "2024-05-02": "", RECORDED[1]: "", "2023-12-31": "R304", "": "R301", "31/31/2024": "R302"}
SCORES = {"10": "", "50,0": "", "9.99": "R501", "many": "R501", "": "R506"}


@dataclass(frozen=True)
class Line:
    """One row of a file, as it was typed."""

    person: str
    code: str
    day: str
    score: str

    @property
    def text(self) -> str:
        return f'{self.person},{self.code},,{self.day},"{self.score}"'

    @property
    def who(self) -> str:
        """The person it means, empty for nobody."""
        name = self.person.strip().lower()
        return "" if name == "nobody" else name

    @property
    def is_readable(self) -> bool:
        """Whether all cells are right, so that it is compared with other rows."""
        return bool(self.who) and not any((CODES[self.code], DAYS[self.day], SCORES[self.score]))

    def as_record(self, row_no: int) -> tuple[str, dt.date, Decimal, int]:
        """What is to be written of it."""
        return self.who, dt.date.fromisoformat(self.day), Decimal(self.score.replace(",", ".")), row_no


def make_line(random: Random, *, is_careful: bool) -> Line:
    cells = (PEOPLE, CODES, DAYS, SCORES)
    good = [[cell for cell, code in column.items() if not code] for column in cells]
    odd = [[cell for cell, code in column.items() if code] for column in cells]
    picked = [
        random.choice(odd[place] if not is_careful and random.random() < 0.15 else good[place]) for place in range(4)
    ]
    return Line(*picked)


def make_file(random: Random, *, is_careful: bool) -> list[Line]:
    """Return some rows; those of a careful person are right, and no two of them, nor one recorded already, the same."""
    lines = [make_line(random, is_careful=is_careful) for _ in range(random.randint(2, 6))]
    if not is_careful:
        return lines
    distinct = {(line.who, line.day): line for line in lines}
    distinct.pop(RECORDED, None)
    return list(distinct.values()) or [Line("ben", "", "2024-05-01", "10")]


def judge(lines: list[Line]) -> list[set[str]]:
    """Return the codes with which each row fails, told without the database."""
    seen: set[tuple[str, str]] = set()
    judged = []
    for line in lines:
        codes = {PEOPLE[line.person], CODES[line.code], DAYS[line.day], SCORES[line.score]} - {""}
        if (line.who, line.day) == RECORDED:
            codes.add("R401")
        if line.is_readable:
            codes |= {"R403"} if (line.who, line.day) in seen else set()
            seen.add((line.who, line.day))
        judged.append(codes)
    return judged


@pytest.fixture
def lift(cast: Cast) -> OfflineActivity:
    activity = add_activity(
        cast.acme, "LIFT", fields={"score": "required"}, score_minimum=10, score_maximum=50,
        earliest_date=dt.date(2024, 1, 1),
    )  # fmt: skip
    add_record(cast.bob, activity, dt.date.fromisoformat(RECORDED[1]))
    return activity


@given(seed=st.integers(min_value=0, max_value=2**32))
@hypothesis_settings(
    max_examples=max(EXAMPLES // 2, 1),
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_S20_S21_any_error_writes_nothing_and_no_error_writes_exactly_the_rows(
    cast: Cast, imports: Imports, lift: OfflineActivity, settings: Settings, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - the same in every run
    settings.IMPORT_CHUNK_ROWS = random.choice((1, 2, 1000))
    lines = make_file(random, is_careful=seed % 2 == 0)
    before = dump_tables(cast.acme, TABLES)
    text = "\n".join([f"{HEAD},score", *(line.text for line in lines)])
    done = imports.run(KIND, text, options=choose(lift, cast.clinical))
    expected = judge(lines)
    assert [set(codes) for _, _, codes in done.rows] == expected
    if any(expected):
        assert (done.state, done.counts, dump_tables(cast.acme, TABLES)) == ("refused", {}, before)
    else:
        with tenant_scope(cast.acme.pk):
            own = OfflineRecord.objects.filter(batch_id=done.batch.pk)
            found = set(own.values_list("person__username", "completed_on", "score", "row_no"))
        assert done.counts == {"created": len(lines)}
        assert found == {line.as_record(row_no) for row_no, line in enumerate(lines, start=2)}
        imports.undo(done)
        assert dump_tables(cast.acme, TABLES) == before
