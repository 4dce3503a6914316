"""The page of notices: one's own, marked read by posting only."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.notifications.models import Notice
from lms.notifications.selectors import count_unread
from lms.notifications.services import notify
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

PARAMS: dict[str, Any] = {
    "number": 41,
    "file_name": "<b>x</b>.csv",
    "imported": 3,
    "failed": 0,
    "undo_until": "2026-12-14",
}


def tell(person: User, key: str) -> bool:
    with tenant_scope(person.tenant_id):
        return notify(person_id=person.pk, kind="import_finished", params=PARAMS, dedup_key=key)


def unread(person: User) -> int:
    with tenant_scope(person.tenant_id):
        return count_unread(person.pk)


def test_E69_a_notice_is_shown_once_to_whom_it_is_for(cast: Cast, client_for: Callable[[User], Client]) -> None:
    assert (tell(cast.alice, "k"), tell(cast.alice, "k"), tell(cast.lea, "l")) == (True, False, True)

    page = client_for(cast.alice).get(reverse("notifications:list")).content.decode()

    assert page.count("Import 41 finished: 3 imported") == 1
    assert ("3 rows imported." in page, "until 14 December 2026" in page, "<b>x</b>" in page) == (True, True, False)
    assert (unread(cast.alice), unread(cast.lea)) == (1, 1)


def test_S34_reading_changes_nothing_posting_does(cast: Cast, client_for: Callable[[User], Client]) -> None:
    tell(cast.alice, "k")
    client = client_for(cast.alice)

    client.get(reverse("notifications:list"))
    assert unread(cast.alice) == 1

    assert client.post(reverse("notifications:read_all")).status_code == 302
    assert unread(cast.alice) == 0


def test_S25_nobody_opens_the_notice_of_another(cast: Cast, client_for: Callable[[User], Client]) -> None:
    tell(cast.alice, "k")
    with tenant_scope(cast.acme.pk):
        url = reverse("notifications:open", args=[Notice.objects.get().pk])

    assert [client_for(person).post(url).status_code for person in (cast.lea, cast.charlie)] == [404, 404]
    assert unread(cast.alice) == 1
    assert client_for(cast.alice).post(url).status_code == 302
    assert unread(cast.alice) == 0


def test_the_bell_costs_one_query(cast: Cast) -> None:
    tell(cast.alice, "k")

    with (
        tenant_scope(cast.acme.pk),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        assert count_unread(cast.alice.pk) == 1

    assert len(queries) == 1


def test_a_notice_of_an_older_version_does_not_break_the_page(cast: Cast, client_for: Callable[[User], Client]) -> None:
    with tenant_scope(cast.acme.pk):
        notify(person_id=cast.alice.pk, kind="gone", params={}, dedup_key="k")

    assert client_for(cast.alice).get(reverse("notifications:list")).status_code == 200
