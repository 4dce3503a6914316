"""The audit page: who may see it, what the filters find, what the file holds."""

import csv
import io
from collections.abc import Callable
from typing import Any
from typing import cast as typed

import pytest
from django.test import Client
from django.urls import reverse

from lms.audit.models import AuditEvent
from lms.audit.services import record_event
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast


@pytest.fixture
def history(cast: Cast) -> None:
    batch = make_batch(cast, number=41)
    with tenant_scope(cast.acme.pk):
        record_event("people.person.promoted", actor=cast.alice, subject_label="Ward A", person_id=cast.lea.pk)
        record_event("imports.batch.applied", actor=cast.adam, subject=batch, batch_id=batch.pk, details={"rows": 5})
        record_event("courses.course.created", actor=cast.alice, subject_label="=cmd|' /C calc'!A0")
    with tenant_scope(cast.zebra.pk):
        record_event("courses.course.created", actor=cast.charlie, subject_label="ZZB Safety")


def found(client: Client, **filters: str) -> list[str]:
    page = client.get(reverse("audit:history"), filters)
    return [entry["event"].action for entry in page.context["entries"]]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["courses.course.created", "imports.batch.applied", "people.person.promoted"]),
        ({"person": "LEA"}, ["people.person.promoted"]),
        ({"actor": "admin"}, ["imports.batch.applied"]),
        ({"number": "41"}, ["imports.batch.applied"]),
        ({"number": "99"}, []),
        ({"action": "courses.course.created"}, ["courses.course.created"]),
        ({"subject": "ward"}, ["people.person.promoted"]),
        ({"first_day": "2999-01-01"}, []),
        ({"last_day": "2999-01-01", "actor": "alice"}, ["courses.course.created", "people.person.promoted"]),
        ({"first_day": "nonsense"}, []),
    ],
)
def test_G04_filters(
    cast: Cast, client_for: Callable[[User], Client], filters: dict[str, str], expected: list[str]
) -> None:
    assert found(client_for(cast.alice), **filters) == expected


@pytest.mark.usefixtures("history")
def test_G01_who_may_read_the_history(cast: Cast, client_for: Callable[[User], Client]) -> None:
    seen = []
    for person in (cast.alice, cast.adam, cast.lea, cast.bob):
        client = client_for(person)
        export = client.post(reverse("audit:export", args=["csv"]))
        export.getvalue()  # a file is open until it is read
        seen.append((client.get(reverse("audit:history")).status_code, export.status_code))

    assert seen == [(200, 200), (200, 200), (403, 403), (403, 403)]
    assert found(client_for(cast.charlie)) == ["courses.course.created"]


@pytest.mark.usefixtures("history")
def test_G04_E66_the_export_holds_the_filtered_events_and_is_an_event_itself(
    cast: Cast, client_for: Callable[[User], Client]
) -> None:
    client = client_for(cast.alice)

    response = client.post(reverse("audit:export", args=["csv"]), {"actor": "alice"})
    text = b"".join(typed("Any", response).streaming_content).decode("utf-8-sig")
    rows = [row[2:8] for row in csv.reader(io.StringIO(text))]

    assert rows == [
        ["Who", "Role", "What", "Code", "Kind", "On"],
        ["Alice Owner", "Account Owner", "Team role given", "people.person.promoted", "", "Ward A"],
        ["Alice Owner", "Account Owner", "Course created", "courses.course.created", "", "'=cmd|' /C calc'!A0"],
    ]
    with tenant_scope(cast.acme.pk):
        last = AuditEvent.objects.order_by("-id").first()
    assert last is not None
    assert (last.action, last.details) == ("audit.history.exported", {"rows": 2, "format": "csv"})
    assert client.post(reverse("audit:export", args=["exe"])).status_code == 404
