"""Lists of offline records: whose they are, what they can be narrowed down to, and the files (S-34)."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Kind, Origin, Result
from offline_records.models import OfflineActivity
from tests.lms.imports.batch_data import make_batch
from tests.offline_records.catalogue import KIND, add_activity, add_field, add_record, allow_leader
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
D = dt.date.fromisoformat
REPORT = "/reports/offline-records/"


@pytest.fixture(autouse=True)
def lift(cast: Cast) -> Iterator[OfflineActivity]:
    """On 2026-03-15: Bob expired and renewed, Ben expires soon, Carl (Ward B, no user domain) for ever; AID is Bob's."""
    with time_machine.travel("2026-03-15T12:00:00+00:00", tick=True):
        made = add_activity(cast.acme, "LIFT", name="Lifting")
        batch = make_batch(cast, number=41, kind=KIND)
        traced = {"origin": Origin.IMPORT, "batch_id": batch.pk, "row_no": 2}
        add_record(cast.bob, made, D("2024-01-10"), result=Result.FAILED, expires_on=D("2025-01-10"), **traced)
        add_record(cast.bob, made, D("2026-01-10"), result=Result.PASSED, expires_on=D("2027-01-10"), **traced)
        add_record(cast.ben, made, D("2025-04-01"), result=Result.PASSED, score=80, expires_on=D("2026-04-01"))
        add_record(cast.carl, made, D("2025-05-01"), result=Result.ATTENDED)
        add_record(cast.bob, add_activity(cast.acme, "AID"), D("2025-06-01"))
        yield made


def records_of(activity: OfflineActivity) -> str:
    return reverse("offline_activity_records", args=[activity.pk])


def listed(client: Client, address: str, **query: Any) -> list[tuple[str, str]]:
    response = client.get(address, query)
    return [(line.record.person.username, str(line.record.completed_on)) for line in response.context["lines"]]


def test_S34_records_of_an_activity_and_over_all_newest_first_of_those_in_reach(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    everybody = [("bob", "2026-01-10"), ("carl", "2025-05-01"), ("ben", "2025-04-01"), ("bob", "2024-01-10")]
    over_all = [everybody[0], ("bob", "2025-06-01"), *everybody[1:]]
    adam, lea = client_for(cast.adam), client_for(cast.lea)

    assert [listed(adam, records_of(lift)), listed(adam, REPORT)] == [everybody, over_all]
    assert listed(lea, records_of(lift)) == [found for found in everybody if found[0] != "carl"]
    assert listed(lea, REPORT) == [found for found in over_all if found[0] != "carl"]
    assert listed(client_for(cast.charlie), REPORT) == []


def test_S25_who_may_look_at_the_records_of_an_activity(cast: Cast, client_for: SignIn, lift: OfflineActivity) -> None:
    carls = add_activity(cast.acme, "CARL")
    add_record(cast.carl, carls, D("2025-05-01"))
    foreign = add_activity(cast.zebra, "ZZB")
    asked = [(cast.adam, lift), (cast.lea, lift), (cast.bob, lift), (cast.charlie, lift), (cast.adam, foreign)]
    asked += [(cast.charlie, foreign), (cast.lea, carls)]

    clients = {actor.username: client_for(actor) for actor, _activity in asked}

    def statuses() -> list[int]:
        return [clients[actor.username].get(records_of(activity)).status_code for actor, activity in asked]

    assert statuses() == [200, 200, 403, 404, 404, 200, 404]
    allow_leader(cast.acme, cast.lea, cast.clinical)
    assert statuses() == [200, 200, 403, 404, 404, 200, 200]
    assert listed(clients["lea"], records_of(carls)) == []


def test_the_list_is_narrowed_down(cast: Cast, client_for: SignIn, lift: OfflineActivity) -> None:
    client, here = client_for(cast.adam), records_of(lift)
    new, carl, ben, old = listed(client, here)

    assert listed(client, here, q="müll") == [ben]
    assert listed(client, here, result="passed") == [new, ben]
    states = [listed(client, here, state=state) for state in ("valid", "expires_soon", "expired", "for_ever")]
    assert states == [[new], [ben], [], [carl]]
    assert listed(client, here, state="not_valid") == [old]
    assert listed(client, here, newest="counting") == [new, carl, ben]
    assert listed(client, here, newest="counting", state="expires_soon") == [ben]
    assert listed(client, here, first_day="2025-04-01", last_day="2025-05-01") == [carl, ben]
    assert listed(client, here, domain=cast.clinical.pk) == [new, ben, old]
    assert listed(client, here, domain=0) == [carl]
    assert listed(client, here, **{"import": 41}) == [new, old]
    assert listed(client, here, **{"import": 40}) == []
    assert listed(client, here, state="none of these", first_day="x") == [new, carl, ben, old]
    assert listed(client, REPORT, activity=lift.pk) == [new, carl, ben, old]
    assert "No record matches" in client.get(here, {"q": "xyz"}).content.decode()
    shown = [client.get(here, {"q": name}).context for name in ("ben", "carl")]
    assert [(context["has_results"], context["has_scores"]) for context in shown] == [(True, True), (True, False)]


def test_S09_a_leader_is_offered_no_user_domain_and_no_activity_of_others(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    add_record(cast.carl, add_activity(cast.acme, "CARL"), D("2025-05-01"))
    with tenant_scope(cast.acme.pk):
        type(cast.clinical).objects.create(tenant=cast.acme, slug="secret", name="Secret")
    fields = client_for(cast.lea).get(REPORT).context["form"].fields

    assert set(dict(fields["domain"].choices)) == {"", str(cast.clinical.pk), "0"}
    assert len(dict(fields["activity"].choices)) == 3
    assert str(lift.pk) in dict(fields["activity"].choices)


def test_E66_the_files_hold_what_the_list_shows_custom_fields_as_columns(
    cast: Cast, client_for: SignIn, lift: OfflineActivity
) -> None:
    ward = add_field(lift, "Ward", position=2)
    length = add_field(lift, "Length", Kind.NUMBER, position=1)
    old = add_field(lift, "Trainer's day", Kind.DATE, is_active=False)
    custom = {str(ward.pk): "=2+5", str(length.pk): "7.50", str(old.pk): "2024-02-29"}
    numbers = {"score": Decimal("91.00"), "hours": Decimal("1.5")}
    add_record(
        cast.ben,
        lift,
        D("2026-02-02"),
        custom=custom,
        notes="@home",
        result="failed",
        expires_on=D("2027-02-02"),
        **numbers,
    )
    client = client_for(cast.lea)
    here = reverse("offline_activity_records_file", args=[lift.pk, "csv"])
    response = client.get(here, {"q": "ben"})
    table = list(csv.reader(b"".join(response.streaming_content).decode("utf-8-sig").splitlines()))  # type: ignore[attr-defined]

    assert response.headers["Content-Disposition"] == 'attachment; filename="LIFT-offline-records-2026-03-15.csv"'
    assert table[0][:9] == [
        "Name", "Username", "Employee id", "User domain", "Category", "Code", "Offline activity", "Completed on", "Result",
    ]  # fmt: skip
    assert table[0][18:] == ["Length", "Ward", "Trainer's day", "Origin", "Import", "Row", "Recorded", "Edited by hand"]
    assert [row[7] for row in table[1:]] == ["2026-02-02", "2025-04-01"]
    assert table[1][8:21] == [
        "Failed",
        "91.00",
        "1.50",
        "",
        "",
        "",
        "",
        "",
        "Not valid",
        "'@home",
        "7.50",
        "'=2+5",
        "2024-02-29",
    ]
    over_all = client.get(f"{REPORT}file.xlsx", {"first_day": "2026-01-10"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(over_all.streaming_content)))  # type: ignore[attr-defined]
    page = book["Offline records"]
    rows = list(page.iter_rows(values_only=True))
    further = rows[0].index("Further fields")
    assert [(row[1], row[9], row[further]) for row in rows[1:]] == [
        ("ben", 91, "Length: 7.5; Ward: =2+5; Trainer's day: 29 February 2024"),
        ("bob", None, None),
    ]
    assert [client.get(f"{REPORT}file.pdf").status_code, client.get(here.replace("csv", "pdf")).status_code] == [
        404
    ] * 2


def test_too_many_rows_make_no_file_and_reading_goes_on_where_a_part_ended(
    cast: Cast, client_for: SignIn, lift: OfflineActivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, here = client_for(cast.adam), reverse("offline_record_list_file", args=["csv"])
    monkeypatch.setattr("offline_records.records.files._FETCHED", 2)
    add_record(cast.ben, add_activity(cast.acme, "OTHER"), D("2026-01-10"))  # on the day of another one
    rows = b"".join(client.get(here).streaming_content).decode().splitlines()[1:]  # type: ignore[attr-defined]
    assert [row.split(",")[1] for row in rows] == [f'"{name}"' for name in ("ben", "bob", "bob", "carl", "ben", "bob")]
    monkeypatch.setattr("offline_records.views.records.FILE_ROWS", 5)
    answer = client.get(here, {"result": ""}, follow=True)
    assert answer.redirect_chain == [("/reports/offline-records/?result=", 302)]
    assert "More than 5 records make no file." in answer.content.decode()
    narrowed = [client.get(here, {"state": "expires_soon"}), client.get(f"{records_of(lift)}file.csv")]
    assert [len(answer.getvalue().splitlines()) for answer in narrowed] == [2, 5]


def test_a_page_costs_the_same_queries_whatever_it_shows(cast: Cast, client_for: SignIn, lift: OfflineActivity) -> None:
    client, addresses = client_for(cast.lea), (records_of(lift), REPORT)

    def count_queries() -> list[int]:
        counted = []
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            counted.append(len(asked))
        return counted

    before = count_queries()
    for year in range(2000, 2010):
        add_record(cast.ben, lift, D(f"{year}-01-01"), batch_id=make_batch(cast, number=year).pk)

    assert count_queries() == before


def test_S34_the_reports_lead_to_the_list(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.lea)
    assert f'href="{REPORT}"' in client.get(reverse("report_list")).content.decode()
