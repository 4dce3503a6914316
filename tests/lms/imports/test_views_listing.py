"""The list of imports: whose, filters, empty states, and a constant number of queries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lms.imports.models import State
from lms.people.models import User
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
LIST = "/imports/"
QUERIES = 10  # session, tenant, person, scope; count and page of imports; notices


def numbers(client: Client, query: str = "") -> list[int]:
    return [line.batch.number for line in client.get(LIST + query).context["lines"]]


def test_L69_leaders_see_their_own_administrators_all_strangers_none(cast: Cast, client_for: SignIn) -> None:
    make_batch(cast, number=1)
    make_batch(cast, number=2, uploaded_by=cast.lea, uploader_name=cast.lea.full_name)

    assert numbers(client_for(cast.adam)) == [2, 1]
    assert numbers(client_for(cast.lea)) == [2]
    assert numbers(client_for(cast.charlie)) == []
    assert "<h1>Your imports</h1>" in client_for(cast.lea).get(LIST).content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=ticket", [2]),
        ("?q=3", [3]),
        ("?q=trainer", [3]),
        ("?state=ready", [3]),
        ("?kind=completions", [3, 2, 1]),
        ("?person=alice", [3, 2, 1]),
        ("?person=bob", []),
        ("?failed=on", [1]),
        ("?since=2030-01-01", []),
        ("?until=2020-01-01", [2]),
    ],
)
def test_E41_E69_filters(cast: Cast, client_for: SignIn, query: str, expected: list[int]) -> None:
    now = timezone.now()
    make_batch(cast, number=1, counts={"created": 5, "rejected": 1})
    make_batch(cast, number=2, note="Ticket 4711", uploaded_at=now - timedelta(days=4000), counts={"created": 5})
    make_batch(cast, number=3, file_name="trainer-sheet.xlsx", state=State.READY)
    order = {3: 0, 1: 1, 2: 2}

    assert numbers(client_for(cast.adam), query) == sorted(expected, key=lambda number: order[number])


def test_nothing_yet_and_nothing_matches_are_different_words(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)

    assert "No imports yet" in client.get(LIST).content.decode()
    assert "Nothing matches" in client.get(f"{LIST}?q=x").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_same_queries_for_one_import_as_for_three(
    cast: Cast,
    client_for: SignIn,
    django_assert_num_queries: Callable[[int], Any],
    number: int,
) -> None:
    for place in range(1, number + 1):
        make_batch(cast, number=place)
    client = client_for(cast.adam)

    with django_assert_num_queries(QUERIES):
        client.get(LIST)
