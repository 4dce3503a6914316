"""The page of notices: one's own, marked read by posting only."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.notifications.messages import NewMessage, write_messages
from lms.notifications.models import MessageTemplate, Notice
from lms.notifications.selectors import count_unread
from lms.notifications.services import notify
from lms.people.models import User
from lms.tenancy.clock import today
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


def test_E19_L58_a_notice_lists_its_courses_with_days_as_of_its_own_day(
    cast: Cast, client_for: Callable[[User], Client]
) -> None:
    until = today(cast.acme) - dt.timedelta(days=3)
    item = {"course_id": 1, "code": "SAFE-1", "course": "<b>Safety</b>", "compliant_until": until.isoformat()}
    with tenant_scope(cast.acme.pk):
        messages = [NewMessage(cast.bob.pk, "non_compliant", item), NewMessage(cast.bob.pk, "non_compliant", item)]
        write_messages(messages, group="day:1", now=timezone.now() - dt.timedelta(days=2))
        MessageTemplate.objects.create(
            tenant=cast.acme, text="not_compliant", language="en-gb", subject="Lapsed: {course}", body="x"
        )

    client = client_for(cast.bob)
    page = client.get(reverse("notifications:list")).content.decode()

    assert ("Lapsed: 2 courses" in page, page.count("(1 day over)")) == (True, 2)
    assert ("&lt;b&gt;Safety&lt;/b&gt; (SAFE-1): was compliant until" in page, "Record of Learning" in page) == (
        True,
        True,
    )
    with tenant_scope(cast.acme.pk):
        url = reverse("notifications:open", args=[Notice.objects.get().pk])
    assert client.post(url).headers["Location"] == reverse("record_of_learning", args=[cast.bob.pk])


def test_E21_a_notice_that_is_held_or_set_for_later_is_nowhere(
    cast: Cast, client_for: Callable[[User], Client]
) -> None:
    for key in ("held", "later", "now"):
        tell(cast.alice, key)
    with tenant_scope(cast.acme.pk):
        Notice.objects.filter(dedup_key="held").update(is_held=True)
        Notice.objects.filter(dedup_key="later").update(shown_from=timezone.now() + dt.timedelta(hours=1))
        Notice.objects.filter(dedup_key="now").update(shown_from=timezone.now() - dt.timedelta(hours=1))
        hidden = Notice.objects.filter(dedup_key__in=["held", "later"]).values_list("pk", flat=True)
        urls = [reverse("notifications:open", args=[pk]) for pk in hidden]
    client = client_for(cast.alice)

    page = client.get(reverse("notifications:list")).content.decode()
    assert (page.count("Import 41 finished"), unread(cast.alice)) == (1, 1)
    assert [client.post(url).status_code for url in urls] == [404, 404]
    client.post(reverse("notifications:read_all"))
    with tenant_scope(cast.acme.pk):
        assert Notice.objects.filter(read_at=None).count() == 2


def test_the_page_of_notices_asks_once_for_words(cast: Cast, client_for: Callable[[User], Client]) -> None:
    client = client_for(cast.alice)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("notifications:list"))
        return len(queries)

    tell(cast.alice, "k0")
    client.get(reverse("notifications:list"))
    few = count()
    for number in range(1, 20):
        tell(cast.alice, f"k{number}")

    assert count() == few
