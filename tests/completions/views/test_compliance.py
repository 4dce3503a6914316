"""Reports > Compliance: everybody in reach, by class, course and team; the same as a file (G-05)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from lms.core.periods import Period
from lms.people.models import User
from tests.completions.daily_data import TODAY, assign, change_course, complete
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
PATH = "/reports/compliance/"


@pytest.fixture(autouse=True)
def _standings(cast: Cast) -> Iterator[None]:
    """On 2026-03-15: Bob compliant in SAFE-1, Ben overdue in SAFE-1, Carl lapsed in FIRE-2; Zoe is another's."""
    with time_machine.travel(f"{TODAY.isoformat()}T12:00:00+00:00", tick=True):
        for course in (cast.safe, cast.fire, cast.zebra_safe):
            change_course(
                course, compliant_for=Period.parse("365 days"), retake_days=30, due_within=Period.parse("30 days")
            )
        assign(cast.ben, cast.safe, "2026-01-05")
        assign(cast.zoe, cast.zebra_safe, "2026-01-05")
        assign(cast.bob, cast.safe, "2026-01-01", due_on=None)
        complete(cast.bob, cast.safe, "2026-01-10")
        assign(cast.carl, cast.fire, "2025-01-01", due_on=None)
        complete(cast.carl, cast.fire, "2025-03-14")
        yield


def listed(response: Any) -> list[str]:
    return [f"{line.username} {line.course_code} {line.group.value}" for line in response.context["lines"]]


def test_G05_the_list_by_class_course_team_and_words(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)

    def found(query: str = "") -> list[str]:
        return listed(client.get(f"{PATH}{query}"))

    everything = ["ben SAFE-1 overdue", "bob SAFE-1 compliant", "carl FIRE-2 non_compliant"]
    assert found() == everything
    assert found("?standing=overdue") == everything[:1]
    assert found("?standing=compliant") == everything[1:2]
    assert found("?standing=non_compliant") == everything[2:]
    assert found(f"?course={cast.fire.pk}") == everything[2:]
    assert found(f"?team={cast.ward_a.pk}") == everything[:2]
    assert found(f"?team={cast.nights.pk}&standing=compliant") == []
    assert found("?q=carl") == everything[2:]
    assert found(f"?course={cast.zebra_safe.pk}&team=x") == everything


def test_L03_a_leader_sees_the_own_teams_another_tenant_nothing(cast: Cast, client_for: SignIn) -> None:
    lea = client_for(cast.lea)

    assert listed(lea.get(PATH)) == ["ben SAFE-1 overdue", "bob SAFE-1 compliant"]
    assert listed(lea.get(f"{PATH}?team={cast.ward_b.pk}")) == ["ben SAFE-1 overdue", "bob SAFE-1 compliant"]
    assert str(cast.ward_b.pk) not in dict(lea.get(PATH).context["form"].fields["team"].choices)
    assert "Carl" not in lea.get(f"{PATH}file.csv").getvalue().decode()
    assert listed(client_for(cast.charlie).get(PATH)) == ["zoe SAFE-1 overdue"]
    assert client_for(cast.bob).get(PATH).status_code == 403


def test_the_file_holds_the_same_lines(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    csv = client.get(f"{PATH}file.csv?standing=overdue")
    lines = csv.getvalue().decode("utf-8-sig").splitlines()
    book = load_workbook(BytesIO(client.get(f"{PATH}file.xlsx").getvalue()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))

    assert lines == [
        (
            '"Name","Username","Course Code","Course","Compliance status","Status","Percent done",'
            '"Assigned","Due","Completed","Days late","Compliant until","Retake opens"'
        ),
        '"Ben Müller","ben","SAFE-1","Safety Basics","Overdue","Not started",0,"2026-01-05","2026-02-04","","","",""',
    ]
    assert [row[1] for row in rows] == ["Username", "ben", "bob", "carl"]
    assert rows[2][11] == datetime(2027, 1, 10)  # noqa: DTZ001 - cells have no zone
    assert 'filename="compliance-2026-03-15.csv"' in csv["Content-Disposition"]
    assert client.get(f"{PATH}file.pdf").status_code == 404


def test_it_says_that_it_counts_active_people_only(cast: Cast, client_for: SignIn) -> None:
    assert "Active people and courses only." in client_for(cast.adam).get(PATH).content.decode()


@pytest.mark.parametrize("number", [0, 5])
def test_the_same_queries_whatever_is_listed(
    cast: Cast, client_for: SignIn, django_assert_num_queries: Callable[[int], Any], number: int
) -> None:
    for person in (cast.bob, cast.ben, cast.carl, cast.lea, cast.adam)[:number]:
        assign(person, cast.shut, "2026-01-01")
    client = client_for(cast.adam)

    with django_assert_num_queries(13):
        client.get(PATH)
