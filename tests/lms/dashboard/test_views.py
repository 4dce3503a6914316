"""The start page: Recent Imports, what waits, the place to drop a file, and what learners see instead."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lms.imports.models import State
from lms.people.models import User
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

SignIn = Callable[[User], Client]
WIDGET = "/dashboard/recent-imports/"
ROWS = "username,course code,completion date\nbob,SAFE-1,2024-05-13\nnobody,SAFE-1,2024-05-01\n"
QUERIES = 8  # tenant, session, scope and person; of these one for the imports, whatever they are (E-69)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_E69_the_last_ten_with_state_and_counts_in_words(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    finished = imports.run("completions", ROWS)
    imports.run("completions", ROWS, check_only=True)
    response = client_for(cast.adam).get(WIDGET)
    lines = response.context["lines"]

    assert [(line.batch.number, line.state, line.url) for line in lines] == [
        (2, "Waiting for your OK", "/imports/2/review/"),
        (1, "Finished, 1 failed", "/imports/1/"),
    ]
    assert [(line.has_results, line.undo_until) for line in lines] == [
        (False, None),
        (True, finished.batch.purge_on - timedelta(days=1)),
    ]


def test_L69_leaders_see_their_own_only(cast: Cast, client_for: SignIn) -> None:
    make_batch(cast, number=1)
    make_batch(cast, number=2, uploaded_by=cast.lea)

    assert [line.batch.number for line in client_for(cast.lea).get(WIDGET).context["lines"]] == [2]
    assert [line.batch.number for line in client_for(cast.alice).get(WIDGET).context["lines"]] == [2, 1]


def test_at_most_ten_newest_first(cast: Cast, client_for: SignIn) -> None:
    for number in range(1, 13):
        make_batch(cast, number=number)

    numbers = [line.batch.number for line in client_for(cast.alice).get(WIDGET).context["lines"]]
    assert numbers == list(range(12, 2, -1))


def test_L65_it_asks_for_itself_again_only_while_something_runs(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.alice)
    make_batch(cast, number=1)
    quiet = words(client.get(WIDGET))
    make_batch(cast, number=2, state=State.APPLYING, progress=40, progress_total=100)
    live = words(client.get(WIDGET))

    assert "hx-get" not in quiet
    assert f'hx-get="{WIDGET}"' in live
    assert "Importing, 40 %" in live
    assert "Recent Imports could not be refreshed. Last update" in live


@pytest.mark.parametrize("number", [1, 3])
def test_E69_one_query_whatever_is_shown(
    cast: Cast, client_for: SignIn, django_assert_num_queries: Callable[[int], Any], number: int
) -> None:
    for place in range(1, number + 1):
        make_batch(cast, number=place, state=State.APPLYING)
    client = client_for(cast.alice)

    with django_assert_num_queries(QUERIES):
        client.get(WIDGET, headers={"X-Poll": "1"})


def test_what_waits_for_a_person_stands_above(cast: Cast, client_for: SignIn) -> None:
    make_batch(cast, number=1, state=State.READY, numbers_changed=True)
    make_batch(cast, number=2, state=State.COMPLETED)
    make_batch(cast, number=3, state=State.READY, uploaded_by=cast.adam)
    response = client_for(cast.alice).get("/")

    assert [line.batch.number for line in response.context["waiting"]] == [1]
    assert "Numbers changed" in words(response)


def test_a_file_can_be_dropped_on_the_dashboard(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.lea).get("/"))

    assert 'action="/imports/upload/"' in page
    assert "data-drop-page" in page
    assert '<input type="hidden" name="kind" value="completions">' in page


def test_with_several_kinds_the_file_says_which_it_is(cast: Cast, client_for: SignIn) -> None:
    page = words(client_for(cast.adam).get("/"))

    assert "Its column names say what it is: Course completions, Certification records, Offline records." in page
    assert ("data-drop-page" in page, 'name="kind"' in page) == (True, False)


def test_before_the_first_import_each_kind_has_its_card_with_a_sample_file(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).get("/")
    starts = [(str(kind.title), kind.url, kind.sample_url) for kind in response.context["starts"]]

    assert starts == [
        (
            "Import Course Completions",
            "/imports/new/completions/",
            "/imports/new/completions/template.xlsx",
        ),
        (
            "Upload certification CSV",
            "/imports/new/certifications/",
            "/imports/new/certifications/template.xlsx",
        ),
        ("Upload Offline Records", "/imports/new/offline_records/", ""),  # its template is made for what is chosen
    ]
    assert words(response).count(">Sample file</a>") == 2
    make_batch(cast, number=1)
    assert "Sample file" not in words(client_for(cast.adam).get("/"))


def test_L01_learners_see_their_learning_and_nothing_of_imports(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imports.run("completions", ROWS)
    page = words(client_for(cast.bob).get("/"))

    assert "Your learning" in page
    assert ("Recent Imports" in page, "imports/" in page) == (False, False)


def test_L59_three_clicks_to_the_import(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)

    assert 'href="/content/"' in client.get("/").content.decode()
    assert 'href="/imports/new/completions/"' in client.get("/content/").content.decode()
