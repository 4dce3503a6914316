"""Messages on the screens of an import: shown before, chosen, followed, withdrawn (W10, W11, W17, E-20, E-21, E-60)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lms.imports.models import ImportBatch, State
from lms.notifications.messages import count_messages
from lms.notifications.models import OutboxMessage
from lms.people.models import Role, RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.message_data import HEAD, RETAKES, days_ago, mixed_file, prepare_courses
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

SignIn = Callable[[User], Client]


@pytest.fixture
def told(cast: Cast, imports: Imports) -> Imported:
    """A checked import that would tell bob three things, ben two, and carl one."""
    prepare_courses(cast)
    return imports.run("completions", mixed_file(cast.acme), check_only=True, options=RETAKES)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def load(imported: Imported) -> ImportBatch:
    with tenant_scope(imported.batch.tenant_id):
        return ImportBatch.objects.get(pk=imported.batch.pk)


def confirm(client: Client, imported: Imported, **answers: str) -> Any:
    return client.post(f"/imports/{imported.number}/confirm/", answers)


def test_W10_E20_the_review_says_how_many_of_which_kind_to_whom(cast: Cast, client_for: SignIn, told: Imported) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.carl.pk).update(email="")
    response = client_for(cast.adam).get(f"/imports/{told.number}/review/")

    about = response.context["about"]
    assert about.sentences == ["This import would send 6 e-mails to 3 people.", "One person gets at most 3 e-mails."]
    assert [(kind.label, kind.messages, kind.with_email, kind.without_email) for kind in about.totals.kinds] == [
        ("Course assigned", 3, 3, 0),
        ("No longer compliant", 2, 2, 0),
        ("Retake open", 1, 1, 0),
    ]
    assert (about.sample.kind, about.sample.to, about.sample.subject) == (
        "Course assigned",
        "Bob O'Connor <bob@acme.example>",
        "New for you: 2 courses",
    )
    assert "messages: choose above" in words(response)
    assert f'href="/imports/{told.number}/rows/?kind=retake_open">Retake open</a>' in words(response)


def test_W10_people_without_an_address_are_counted_apart(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    prepare_courses(cast)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.carl.pk).update(email="")
    imported = imports.run("completions", HEAD + f"carl,SAFE-1,{days_ago(cast.acme, 10)}\n", check_only=True)
    response = client_for(cast.adam).get(f"/imports/{imported.number}/review/")

    assert response.context["about"].sentences == ["1 person has no e-mail address and is only told in Rollbook."]
    assert response.context["about"].sample.to == "Carl Outside"


def test_W11_without_messages_nothing_is_asked(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", HEAD + "bob,SAFE-1,2024-05-13\n", check_only=True)
    client = client_for(cast.adam)
    response = client.get(f"/imports/{imported.number}/review/")
    answer = confirm(client, imported)

    assert "No messages would be sent." in words(response)
    assert response.context["confirmation"].startswith("Import 1 row now, without messages?")
    assert (answer.status_code, load(imported).state, load(imported).messages) == (302, State.QUEUED, "")


def test_E60_without_a_choice_it_is_refused_beside_the_field(cast: Cast, client_for: SignIn, told: Imported) -> None:
    response = confirm(client_for(cast.adam), told)

    assert (response.status_code, response.context["message_form"].errors) == (
        422,
        {"messages": ["Choose whether the messages are sent."]},
    )
    assert load(told).state == State.READY


def test_E60_do_not_send_is_one_press(cast: Cast, client_for: SignIn, told: Imported) -> None:
    response = confirm(client_for(cast.adam), told, messages="suppress")

    assert (response.status_code, load(told).state, load(told).messages) == (302, State.QUEUED, "suppress")


def test_W11_send_is_confirmed_once_more_with_the_numbers(cast: Cast, client_for: SignIn, told: Imported) -> None:
    client = client_for(cast.adam)
    asked = confirm(client, told, messages="send")
    state = load(told).state
    confirm(client, told, messages="send", sure="1")

    assert (asked.status_code, state) == (200, State.READY)
    assert asked.context["question"].startswith("Import 6 rows and send messages? You can undo this until ")
    assert asked.context["facts"][-1] == ("Messages", "6 e-mails to 3 people, at once")
    assert (load(told).state, load(told).messages, load(told).send_at) == (State.QUEUED, "send", None)


def test_E21_an_hour_is_one_of_the_organisations_zone(cast: Cast, client_for: SignIn, told: Imported) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone="Asia/Tokyo")
    day = (timezone.now() + dt.timedelta(days=2)).date()
    client = client_for(cast.adam)
    answers = {"messages": "send_later", "send_on": day.isoformat(), "send_hour": "8"}
    asked = confirm(client, told, **answers)
    confirm(client, told, **dict(asked.context["kept"]), sure="1")

    expected = dt.datetime.combine(day, dt.time(8)) - dt.timedelta(hours=9)
    assert (load(told).messages, load(told).send_at) == ("send", expected.replace(tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("days", "error"),
    [
        (-1, "This hour has passed already."),
        (8, "Choose a date within the next 7 days."),
        (None, "Choose the date on which the messages go out."),
    ],
)
def test_E21_an_hour_lies_ahead_and_not_far(
    cast: Cast, client_for: SignIn, told: Imported, days: int | None, error: str
) -> None:
    day = "" if days is None else (timezone.now() + dt.timedelta(days=days)).date().isoformat()
    response = confirm(client_for(cast.adam), told, messages="send_later", send_on=day, send_hour="8")

    assert (response.status_code, response.context["message_form"].errors) == (422, {"send_on": [error]})


@pytest.mark.parametrize("may", [True, False])
def test_G01_who_may_not_send_sees_why_and_only_do_not_send(
    cast: Cast, client_for: SignIn, imports: Imports, *, may: bool
) -> None:
    prepare_courses(cast)
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.SEND_MESSAGES, allowed=may
        )
    content = HEAD + f"bob,SAFE-1,{days_ago(cast.acme, 400)}\n"
    imported = imports.run("completions", content, as_="lea", check_only=True, options=RETAKES)
    client = client_for(cast.lea)
    page = words(client.get(f"/imports/{imported.number}/review/"))
    forged = confirm(client, imported, messages="send", sure="1")

    assert ('value="send"' in page, "not send messages to all of them" in page) == (may, not may)
    assert 'value="suppress"' in page
    assert (forged.status_code, load(imported).state) == ((302, State.QUEUED) if may else (422, State.READY))


def test_E39_many_messages_want_their_number_typed(cast: Cast, client_for: SignIn, told: Imported) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(message_threshold=5)
    client = client_for(cast.adam)
    asked = words(confirm(client, told, messages="send"))
    wrong = confirm(client, told, messages="send", sure="1", typed="7")
    state = load(told).state
    confirm(client, told, messages="send", sure="1", typed="6")

    assert "This sends 6 messages. Type 6 to confirm:" in asked
    assert (wrong.status_code, state) == (422, State.READY)
    assert "This import sends 6 messages. Type the number to confirm." in words(wrong)
    assert load(told).state == State.QUEUED


def test_E39_the_number_of_messages_is_not_asked_for_when_none_is_sent(
    cast: Cast, client_for: SignIn, told: Imported
) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(message_threshold=5)
    confirm(client_for(cast.adam), told, messages="suppress")

    assert load(told).state == State.QUEUED


@pytest.mark.parametrize(
    ("choice", "state", "stored"),
    [("suppress", State.COMPLETED, "suppress"), ("send", State.COMPLETED, "send"), ("", State.READY, "")],
)
def test_E70_check_and_import_carries_the_choice_or_waits_at_the_review(
    cast: Cast, client_for: SignIn, imports: Imports, choice: str, state: str, stored: str
) -> None:
    prepare_courses(cast)
    imported = imports.upload("completions", mixed_file(cast.acme))
    client = client_for(cast.adam)
    shown = client.get(f"/imports/{imported.number}/map/").context["form"]
    data = {
        shown[name].html_name: shown[name].value() or ""
        for name in shown.fields
        if name not in {"messages", "preset_name"}
    }
    client.post(f"/imports/{imported.number}/map/", {**data, "map-messages": choice, "action": "check_import"})
    imports.work()

    assert (load(imported).state, load(imported).messages) == (state, stored)


def test_E70_a_leader_who_may_not_send_is_not_offered_it(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    content = HEAD + "bob,SAFE-1,2024-05-13\n"
    own, others = imports.upload("completions", content, as_="lea"), imports.upload("completions", content)
    offered = [
        [
            value
            for value, _ in client_for(person)
            .get(f"/imports/{imported.number}/map/")
            .context["form"]["messages"]
            .field.choices
        ]
        for person, imported in ((cast.lea, own), (cast.adam, others))
    ]

    assert offered == [["", "suppress"], ["", "send", "suppress"]]


def test_E21_the_page_of_an_import_says_what_waits_and_withdraws_it(
    cast: Cast, client_for: SignIn, imports: Imports, told: Imported
) -> None:
    imports.confirm(told, messages="send")
    client = client_for(cast.adam)
    before = client.get(f"/imports/{told.number}/").context
    asked = client.get(f"/imports/{told.number}/messages/withdraw/")
    client.post(f"/imports/{told.number}/messages/withdraw/")
    after = client.get(f"/imports/{told.number}/").context

    assert [line.split(" until ")[0] for line in before["message_lines"]] == ["6 e-mails wait"]
    assert (before["may_withdraw"], after["may_withdraw"]) == (True, False)
    assert (asked.status_code, asked.context["waiting"]) == (200, 6)
    assert after["message_lines"] == ["6 e-mails were withdrawn."]
    with tenant_scope(cast.acme.pk):
        assert count_messages(batch_id=told.batch.pk).withdrawn == 6


def test_E21_nothing_is_left_to_withdraw(cast: Cast, client_for: SignIn, imports: Imports, told: Imported) -> None:
    imports.confirm(told, messages="suppress")
    client = client_for(cast.adam)
    response = client.get(f"/imports/{told.number}/messages/withdraw/", follow=True)
    posted = client.post(f"/imports/{told.number}/messages/withdraw/", follow=True)

    assert "There is nothing to withdraw any more." in words(response)
    assert "The messages cannot be withdrawn now" in words(posted)
    assert response.context["message_lines"] == [
        "No messages: “do not send” was chosen. No later job mails about what was already past then."
    ]


def test_F57_mails_that_could_not_be_delivered_lead_to_their_list(
    cast: Cast, client_for: SignIn, imports: Imports, told: Imported
) -> None:
    imports.confirm(told, messages="send")
    with tenant_scope(cast.acme.pk):
        OutboxMessage.objects.filter(batch_id=told.batch.pk, kind="retake_open").update(state="failed")
    page = words(client_for(cast.adam).get(f"/imports/{told.number}/"))

    assert f'<a href="/settings/messages/undelivered/?import={told.number}">1 e-mail could not be delivered</a>' in page


def test_W17_undo_says_what_cannot_be_called_back_and_what_is_withdrawn(
    cast: Cast, client_for: SignIn, imports: Imports, told: Imported
) -> None:
    imports.confirm(told, messages="send")
    with tenant_scope(cast.acme.pk):
        OutboxMessage.objects.filter(batch_id=told.batch.pk, kind="course_assigned").update(state="sent")
    response = client_for(cast.adam).get(f"/imports/{told.number}/undo/")

    assert response.context["sentences"][-2:] == [
        "3 e-mails to 3 people cannot be called back.",
        "3 e-mails that have not gone out yet are withdrawn.",
    ]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("effect=lapsed", [2, 6]),
        ("effect=retake_open", [3]),
        ("effect=assigned", [2, 3, 6, 7]),
        ("effect=unknown", []),
        ("kind=non_compliant", [2, 6]),
        ("kind=course_assigned&outcome=created&q=carl", [7]),
    ],
)
def test_E17_rows_are_found_by_what_they_do(
    cast: Cast, client_for: SignIn, told: Imported, query: str, rows: list[int]
) -> None:
    response = client_for(cast.adam).get(f"/imports/{told.number}/rows/?{query}")

    assert [line["row_no"] for line in response.context["lines"]] == rows
