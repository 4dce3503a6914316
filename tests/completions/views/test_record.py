"""The Record of Learning with the origin of every entry, and completions entered by hand."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from completions.models import Achievement
from lms.audit.models import AuditEvent
from lms.imports.models import ImportBatch
from lms.notifications.models import MessageSwitch, OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports
from tests.plugins.standing import current_results

SignIn = Callable[[User], Client]
HEAD = "username,course code,completion date\n"


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def record_of(client: Client, person: User) -> Any:
    return client.get(f"/people/{person.pk}/record/")


def entered(**more: str) -> dict[str, str]:
    return {
        "course": "SAFE-1",
        "completed_on": "2024-05-01",
        "policy": "newest_date",
        "reason": "certificate shown",
    } | more


def test_G03_W20_every_entry_says_where_it_comes_from(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run(
        "completions", HEAD + "bob,SAFE-1,03.04.2024\n", date_format="dd.mm.yyyy", file_name="old-lms-export.csv"
    )
    line = record_of(client_for(cast.adam), cast.bob).context["record"].current[0]

    day = imported.batch.uploaded_at.strftime("%-d %B %Y")
    assert line.entry.sentence == (
        f"Recorded on {day} by Adam Admin (Administrator) from row 2 of “old-lms-export.csv”, import 1. "
        "The date stood there as “03.04.2024” and was read as day.month.year."
    )
    assert (line.entry.batch_number, [value for _, value in line.entry.facts]) == (1, [imported.batch.file_sha256])
    assert len(line.changes) == 1


def test_the_current_completion_on_top_and_the_others_as_history(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imports.run("completions", HEAD + "bob,SAFE-1,2021-01-01\nbob,SAFE-1,2023-01-01\nbob,OLD-9,2019-01-01\n")
    record = record_of(client_for(cast.adam), cast.bob).context["record"]

    assert [(line.course.code, line.status, line.completed_on) for line in record.current] == [
        ("SAFE-1", "Completed", date(2023, 1, 1))
    ]
    assert [(entry.course.code, entry.achievement.completed_on) for entry in record.history] == [
        ("SAFE-1", date(2021, 1, 1)),
        ("OLD-9", date(2019, 1, 1)),
    ]


def test_L08_learners_see_their_own_record_only_and_without_colleagues_or_files(
    cast: Cast, client_for: SignIn, imports: Imports
) -> None:
    imported = imports.run("completions", HEAD + "bob,SAFE-1,2024-05-01\n", file_name="secret-list.csv")
    client = client_for(cast.bob)
    page = words(record_of(client, cast.bob))

    assert f"Imported on {imported.batch.uploaded_at.strftime('%-d %B %Y')}." in page
    assert ("secret-list.csv" in page, "Adam" in page) == (False, False)
    assert "Report a mistake" in page
    assert record_of(client, cast.ben).status_code == 404


def test_L03_leaders_see_records_in_their_reach(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)

    assert [record_of(client, person).status_code for person in (cast.bob, cast.ben, cast.carl)] == [200, 200, 404]


def test_L68_after_the_purge_the_trace_stays(cast: Cast, client_for: SignIn, imports: Imports) -> None:
    imported = imports.run("completions", HEAD + "bob,SAFE-1,2024-05-01\n")
    with tenant_scope(cast.acme.pk):
        imported.batch.rows().delete()
        ImportBatch.objects.filter(pk=imported.batch.pk).update(rows_deleted_on=today(cast.acme), file_key="")

    sentence = record_of(client_for(cast.adam), cast.bob).context["record"].current[0].entry.sentence
    assert "by Adam Admin (Administrator) from row 2 of “upload.csv”, import 1." in sentence


def test_an_empty_record_says_so(cast: Cast, client_for: SignIn) -> None:
    assert "No learning recorded yet." in words(record_of(client_for(cast.bob), cast.bob))


def test_a_record_costs_the_same_queries_however_long_it_is(
    cast: Cast, client_for: SignIn, imports: Imports, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = client_for(cast.adam)
    imports.run("completions", HEAD + "bob,SAFE-1,2021-01-01\n")
    imports.run("completions", HEAD + "ben,SAFE-1,2021-01-01\nben,FIRE-2,2022-01-01\nben,FIRE-2,2023-01-01\n")
    counts = []
    for person in (cast.bob, cast.ben):
        with django_assert_num_queries(24):
            counts.append(len(record_of(client, person).context["record"].current))

    assert counts == [1, 2]


def test_one_completion_by_hand_follows_the_rules_of_imports(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)
    address = f"/people/{cast.bob.pk}/record/add/"
    added = client.post(address, entered(score="87.5", note="seen"))
    again = client.post(address, entered())
    client.post(address, entered(completed_on="2023-01-01"))

    assert added["Location"] == f"/people/{cast.bob.pk}/record/"
    assert (again.status_code, "This completion is already recorded." in words(again)) == (422, True)
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]
    with tenant_scope(cast.acme.pk):
        found = Achievement.objects.order_by("-completed_on").values_list(
            "completed_on", "score", "note", "origin", "batch_id", "recorded_by_id"
        )
        assert list(found) == [
            (date(2024, 5, 1), Decimal("87.50"), "seen", "manual", None, cast.lea.pk),
            (date(2023, 1, 1), None, "", "manual", None, cast.lea.pk),
        ]
        events = AuditEvent.objects.filter(action="completions.completion.added").values_list("person_id", flat=True)
        assert list(events) == [cast.bob.pk, cast.bob.pk]
    page = record_of(client, cast.bob).context["record"].current[0].entry.sentence
    assert "by Lea Leader (Team Leader), entered by hand." in page


def test_L11_R303_R304_by_hand_the_same_courses_and_days_are_refused(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)
    tomorrow = (today(cast.acme) + timedelta(days=1)).isoformat()
    address = f"/people/{cast.bob.pk}/record/add/"

    def error(**more: str) -> str:
        errors = client.post(address, entered(**more)).context["form"].errors
        return "; ".join(str(text) for texts in errors.values() for text in texts)

    assert error(course="FIRE-2") == "No course “FIRE-2” that you can use."
    assert error(completed_on=tomorrow).endswith("is in the future.")
    assert error(completed_on="1950-01-01") == "1 January 1950 is too early."
    assert error(reason="") == "This field is required."
    assert client.post(f"/people/{cast.carl.pk}/record/add/", entered()).status_code == 404


def told(cast: Cast) -> list[tuple[str, str]]:
    with tenant_scope(cast.acme.pk):
        return list(OutboxMessage.objects.values_list("to_address", "kind"))


def test_E60_G03_by_hand_somebody_is_told_only_as_it_was_chosen(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind="course_completed", is_on=True)
    client, address = client_for(cast.adam), f"/people/{cast.bob.pk}/record/add/"

    assert 'name="messages"' not in words(client.get(address))
    asked = client.post(address, entered())
    assert (asked.status_code, list(asked.context["form"].errors)) == (422, ["messages"])
    assert '<td class="main">Course completed</td> <td class="num" data-label="Messages">1</td>' in words(asked)
    assert 'name="messages" value="send"' in words(asked)
    assert 'name="messages" value="send" checked' not in words(asked)
    assert (current_results(cast.acme), told(cast)) == ([], [])

    assert client.post(address, entered(messages="send")).status_code == 302
    assert client.post(address, entered(messages="suppress", completed_on="2024-06-01")).status_code == 302
    assert told(cast) == [("bob@acme.example", "course_completed")]


def test_G01_by_hand_a_role_that_may_not_send_can_only_keep_silent(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        MessageSwitch.objects.create(tenant=cast.acme, kind="course_completed", is_on=True)
    client, address = client_for(cast.lea), f"/people/{cast.bob.pk}/record/add/"

    asked = words(client.post(address, entered()))
    assert ('value="send"' in asked, 'value="suppress"' in asked) == (False, True)
    assert "Your role does not send messages to these people" in asked
    assert client.post(address, entered(messages="send")).status_code == 422
    assert client.post(address, entered(messages="suppress")).status_code == 302
    assert told(cast) == []
