"""Checking and review on screen: the sentence, the problems, options that can be switched, and the button."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from lms.imports.confirming import TypedNumber
from lms.imports.models import ImportBatch, State
from lms.people.models import RolePermission, User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_person
from tests.plugins.running import Imported, Imports

SignIn = Callable[[User], Client]
HEAD = "username,course code,completion date,status\n"
MIXED = (
    HEAD
    + "bob,SAFE-1,2024-05-13,completed\n"
    + "ben,SAFE-1,2023-01-02,passed\n"
    + "bobb,SAFE-1,2024-05-13,completed\n"
    + "bob,SAVE-1,2024-05-13,completed\n"
    + "ben,SAVE-1,2024-05-13,completed\n"
    + "ben,FIRE-2,,completed\n"
    + "ben,FIRE-2,2024-05-13,in progress\n"
)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def open_review(client: Client, imported: Imported) -> Any:
    return client.get(f"/imports/{imported.number}/review/")


def load(imported: Imported) -> ImportBatch:
    with tenant_scope(imported.batch.tenant_id):
        return ImportBatch.objects.get(pk=imported.batch.pk)


def checked(imports: Imports, content: str, **answers: Any) -> Imported:
    return imports.run("completions", content, check_only=True, **answers)


def test_W6_W7_one_true_sentence_on_top(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    response = open_review(client_for(cast.adam), checked(imports, MIXED))

    assert response.context["totals"] == (
        "7 rows for 2 people and 2 courses, completed between 2 January 2023 and 13 May 2024. "
        "2 will be imported, 1 is left out (not completed), 4 cannot be imported."
    )
    assert "This was only a check. Nothing has been saved and nobody has been mailed." in words(response)


def test_W8_W18_problems_per_distinct_value_with_what_may_have_been_meant(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    review = open_review(client_for(cast.adam), checked(imports, MIXED)).context["review"]

    assert [
        (
            group.code,
            group.rows,
            [(value.value, value.rows, value.first_row, value.suggestions) for value in group.values],
        )
        for group in review.failing
    ] == [
        ("R202", 2, [("SAVE-1", 2, 5, ["SAFE-1 Safety Basics"])]),
        ("R102", 1, [("bobb", 1, 4, ["bob"])]),
        ("R301", 1, []),
    ]
    assert review.failing[1].values[0].sentence == 'No person with Username "bobb" that you manage.'
    assert [bar.label for bar in review.years] == ["2023", "2024"]


def test_L85_statuses_are_ticked_and_can_be_switched(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = checked(imports, MIXED)
    client = client_for(cast.adam)
    response = open_review(client, imported)
    ticked = [(status["value"], status["rows"], status["completed"]) for status in response.context["statuses"]]
    client.post(
        f"/imports/{imported.number}/review/options/",
        {
            "policy": "latest_import",
            "failure_mode": "import_good",
            "has_statuses": "1",
            "completed": ["completed", "in progress"],
        },
    )
    imports.work()

    assert ticked == [("completed", 5, True), ("passed", 1, True), ("in progress", 1, False)]
    assert load(imported).planned == {"created": 2, "skipped": 1, "rejected": 4}


def test_E15_the_policy_is_switched_without_a_new_upload(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = checked(imports, MIXED)
    client = client_for(cast.adam)
    response = client.post(
        f"/imports/{imported.number}/review/options/", {"policy": "history_only", "failure_mode": "import_good"}
    )
    imports.work()

    assert response["Location"] == f"/imports/{imported.number}/check/"
    assert load(imported).planned == {"added_to_history": 2, "skipped": 1, "rejected": 4}


def test_E58_stop_if_any_says_why_nothing_is_imported(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = checked(imports, MIXED)
    client = client_for(cast.adam)
    client.post(
        f"/imports/{imported.number}/review/options/", {"policy": "latest_import", "failure_mode": "stop_if_any"}
    )
    imports.work()
    response = open_review(client, imported)

    assert load(imported).state == State.REFUSED
    assert response.context["blocked"] == "Some rows are bad, and you have chosen to import nothing then."
    assert f'action="/imports/{imported.number}/confirm/"' not in words(response)


def test_all_rows_bad_names_the_most_likely_cause_and_offers_no_button(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    response = open_review(client_for(cast.adam), checked(imports, HEAD + "SAFE-1,SAFE-1,2024-05-13,completed\n"))

    assert response.context["review"].likely_cause == "No Username was found. Is it the right column?"
    assert response.context["blocked"] == "There is nothing to import."


def test_nothing_to_do_and_no_problem_are_said(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    client = client_for(cast.adam)
    fine = words(open_review(client, checked(imports, HEAD + "bob,SAFE-1,2024-05-13,completed\n")))
    imports.run("completions", HEAD + "bob,SAFE-1,2024-05-13,completed\n")
    done = words(open_review(client, checked(imports, HEAD + "bob,SAFE-1,2024-05-13,completed\n")))

    assert "All 1 row can be imported." in fine
    assert "Nothing to do: all 1 rows are already recorded or left out." in done


def test_L83_W11_the_button_says_what_it_does_and_until_when_it_can_be_undone(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    response = open_review(client_for(cast.adam), checked(imports, MIXED))

    assert response.context["button"] == "Import 2 rows"
    assert response.context["confirmation"].startswith("Import 2 rows now, without messages? You can undo this until ")


def test_L64_W12_import_queues_and_a_second_press_is_the_same_import(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = checked(imports, MIXED)
    client = client_for(cast.adam)
    first = client.post(f"/imports/{imported.number}/confirm/")
    second = client.post(f"/imports/{imported.number}/confirm/")
    page = words(client.get(first["Location"]))
    imports.work()

    assert first["Location"] == second["Location"] == f"/imports/{imported.number}/"
    assert "Your file has been uploaded and is queued for import. Large files take a while" in page
    assert load(imported).counts == {"created": 2, "skipped": 1, "rejected": 4}


def test_E39_the_brake_wants_the_number_typed(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    with tenant_scope(cast.acme.pk):
        for number in range(12):
            add_person(cast.acme, f"p{number}")
    rows = "".join(f"p{number},SAFE-1,2022-01-01,completed\n" for number in range(12))
    imports.run("completions", HEAD + rows)
    imported = checked(imports, HEAD + rows.replace("2022", "2023"))
    client = client_for(cast.adam)
    opened = open_review(client, imported)
    wrong = client.post(f"/imports/{imported.number}/confirm/", {"typed": "11"})
    client.post(f"/imports/{imported.number}/confirm/", {"typed": "12"})

    assert opened.context["brake"] == TypedNumber(12, "changes")
    assert (
        wrong.status_code,
        "This import changes 12 current results. Type the number to confirm." in words(wrong),
    ) == (422, True)
    assert load(imported).state == State.QUEUED


def test_E25_an_old_check_says_so_and_is_repeated(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = checked(imports, MIXED)
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=imported.batch.pk).update(checked_at=timezone.now() - timedelta(hours=25))
    client = client_for(cast.adam)
    opened = words(open_review(client, imported))
    response = client.post(f"/imports/{imported.number}/confirm/", follow=True)
    imports.work()

    assert "These numbers are not fresh." in opened
    assert "The numbers were old; checking again." in words(response)
    assert load(imported).state == State.COMPLETED_WITH_ERRORS


def test_G01_a_leader_above_500_rows_may_look_but_not_confirm(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = checked(imports, MIXED, as_="lea")
    with tenant_scope(cast.acme.pk):
        ImportBatch.objects.filter(pk=imported.batch.pk).update(data_rows=501)
    client = client_for(cast.lea)

    blocked = open_review(client, imported).context["blocked"]
    assert blocked == "Imports of more than 500 rows are confirmed, cancelled and undone by an administrator."
    assert client.post(f"/imports/{imported.number}/confirm/").status_code == 403

    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role="team_leader", permission="manage_own_large_imports", allowed=True
        )
    assert client.post(f"/imports/{imported.number}/confirm/").status_code == 302


def test_L69_nobody_else_sees_a_leaders_import_but_administrators(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = checked(imports, MIXED, as_="adam")

    assert open_review(client_for(cast.lea), imported).status_code == 404
    assert open_review(client_for(cast.charlie), imported).status_code == 404
    assert open_review(client_for(cast.alice), imported).status_code == 200


def test_each_page_sends_to_the_step_the_state_stands_at(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.upload("completions", MIXED)
    client = client_for(cast.adam)

    def places() -> list[str]:
        pages = ("", "check/", "review/")
        answers = [client.get(f"/imports/{imported.number}/{page}") for page in pages]
        return [response.headers.get("Location", "here") for response in answers]

    address = f"/imports/{imported.number}/"
    uploaded = places()
    imports.check(imported, works=False)
    checking = places()
    imports.work()
    ready = places()
    imports.confirm(imported)
    done = places()

    assert uploaded == [f"{address}map/"] * 3
    assert checking == [f"{address}check/", "here", f"{address}check/"]
    assert ready == [f"{address}review/", f"{address}review/", "here"]
    assert done == ["here", address, address]


def test_E64_the_live_part_opens_the_next_page_when_the_check_is_done(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = imports.check(imports.upload("completions", MIXED), works=False)
    client = client_for(cast.adam)
    live = client.get(f"/imports/{imported.number}/progress/checking/", headers={"X-Poll": "1"})
    imports.work()
    done = client.get(f"/imports/{imported.number}/progress/checking/", headers={"X-Poll": "1"})

    assert (live.status_code, 'hx-trigger="every 1s"' in words(live)) == (200, True)
    assert done["HX-Redirect"] == f"/imports/{imported.number}/review/"


def test_E17_the_check_can_be_downloaded(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = checked(imports, MIXED)
    response = client_for(cast.adam).get(f"/imports/{imported.number}/results/all.csv")

    text = b"".join(response).decode("utf-8-sig")
    assert text.splitlines()[1].startswith("bob,SAFE-1,2024-05-13,completed,2,Will be imported")


def test_E15_a_file_read_otherwise_has_no_check_that_could_be_confirmed(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = checked(imports, MIXED)
    client = client_for(cast.adam)
    client.post(f"/imports/{imported.number}/map/reading/", {"read-header_row": "2"})
    answers = [open_review(client, imported), client.post(f"/imports/{imported.number}/confirm/")]

    assert [response["Location"] for response in answers] == [f"/imports/{imported.number}/map/"] * 2
    assert load(imported).state == State.READY


def test_W9_one_changed_completion_stands_in_the_singular(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    def lines(content: str) -> list[tuple[int, str]]:
        review = open_review(client_for(cast.adam), checked(imports, content)).context["review"]
        return [(line.rows, line.words) for line in review.changes][:2]

    first = HEAD + "bob,FIRE-2,2024-05-13,completed\n"
    imports.run("completions", first)
    newer = HEAD + "bob,FIRE-2,2024-05-14,completed\n"
    assert lines(newer) == [
        (1, "becomes the current completion of its person and course"),
        (1, "of these takes the place of another current completion"),
    ]
    assert lines(newer + "ben,FIRE-2,2024-05-14,completed\n") == [
        (2, "become the current completion of their person and course"),
        (1, "of these takes the place of another current completion"),
    ]
