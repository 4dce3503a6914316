"""Messages about records: one of a kind per person and occasion, held, released, withdrawn, each once."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from completions.kinds import DUE_REMINDER, NON_COMPLIANT, OVERDUE
from lms.notifications.messages import (
    MessageCounts,
    NewMessage,
    collect_messages,
    count_messages,
    release_messages,
    withdraw_items,
    withdraw_messages,
    write_messages,
)
from lms.notifications.models import MailDue, Notice, OutboxMessage
from lms.notifications.selectors import count_unread, list_notices
from lms.notifications.services import mark_read, queue_mail
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

NOW = timezone.now()
SAFE: dict[str, Any] = {"course_id": 1, "code": "SAFE-1", "course": 'Safety "Basics"\t\\N', "due_on": "2026-03-01"}
FIRE: dict[str, Any] = {"course_id": 2, "code": "FIRE-2", "course": "Fire", "due_on": "2026-03-02"}


def write(tenant: Tenant, *listed: tuple[User, str, dict[str, Any]], group: str = "day:2026-02-01", **more: Any) -> int:
    with tenant_scope(tenant.pk):
        messages = [NewMessage(person.pk, kind, item) for person, kind, item in listed]
        return write_messages(messages, group=group, now=NOW, **more)


def hold(tenant: Tenant, *listed: tuple[User, str, dict[str, Any]], batch: int = 7) -> int:
    return write(tenant, *listed, group=f"import:{batch}", batch_id=batch, is_held=True)


def mails(tenant: Tenant) -> list[tuple[int | None, str, str, list[str]]]:
    """Return (recipient, kind, state, codes of the items) of every mail."""
    with tenant_scope(tenant.pk):
        return [
            (mail.recipient_id, mail.kind, mail.state, [item["code"] for item in mail.params["items"]])
            for mail in OutboxMessage.objects.order_by("kind", "recipient_id", "id")
        ]


def notices(tenant: Tenant) -> list[tuple[int, str, list[str]]]:
    with tenant_scope(tenant.pk):
        return [
            (notice.person_id, notice.kind, [item["code"] for item in notice.params["items"]])
            for notice in Notice.objects.order_by("kind", "person_id", "id")
        ]


def seen_by(person: User) -> tuple[int, int]:
    """Return (notices listed, notices counted as unread)."""
    with tenant_scope(person.tenant_id):
        return list_notices(person.pk).count(), count_unread(person.pk)


def test_E20_one_message_of_a_kind_lists_all_its_items(cast: Cast) -> None:
    written = write(
        cast.acme,
        (cast.bob, DUE_REMINDER, SAFE),
        (cast.ben, DUE_REMINDER, SAFE),
        (cast.bob, OVERDUE, FIRE),
        (cast.bob, DUE_REMINDER, FIRE),
    )

    assert written == 3
    assert mails(cast.acme) == [
        (cast.bob.pk, DUE_REMINDER, "queued", ["SAFE-1", "FIRE-2"]),
        (cast.ben.pk, DUE_REMINDER, "queued", ["SAFE-1"]),
        (cast.bob.pk, OVERDUE, "queued", ["FIRE-2"]),
    ]
    assert notices(cast.acme) == [(person, kind, codes) for person, kind, _, codes in mails(cast.acme)]
    with tenant_scope(cast.acme.pk):
        first = OutboxMessage.objects.earliest("id")
        identifiers = set(OutboxMessage.objects.values_list("message_id", flat=True))
    assert (first.params["items"][0], first.to_address, len(identifiers)) == (SAFE, "bob@acme.example", 3)
    assert MailDue.objects.get().tenant_id == cast.acme.pk


def test_E61_the_same_occasion_is_told_once(cast: Cast) -> None:
    assert write(cast.acme, (cast.bob, OVERDUE, SAFE)) == 1
    assert write(cast.acme, (cast.bob, OVERDUE, FIRE)) == 0
    assert write(cast.acme, (cast.bob, OVERDUE, FIRE), group="day:2026-02-02") == 1

    assert [codes for *_, codes in mails(cast.acme)] == [["SAFE-1"], ["FIRE-2"]]
    assert [codes for *_, codes in notices(cast.acme)] == [["SAFE-1"], ["FIRE-2"]]


def test_E20_the_second_part_of_an_import_adds_to_the_held_message(cast: Cast) -> None:
    hold(cast.acme, (cast.bob, OVERDUE, SAFE))
    with tenant_scope(cast.acme.pk):
        (message_id,) = OutboxMessage.objects.values_list("message_id", flat=True)

    hold(cast.acme, (cast.bob, OVERDUE, FIRE), (cast.ben, OVERDUE, FIRE))

    assert mails(cast.acme) == [
        (cast.bob.pk, OVERDUE, "held", ["SAFE-1", "FIRE-2"]),
        (cast.ben.pk, OVERDUE, "held", ["FIRE-2"]),
    ]
    assert [codes for *_, codes in notices(cast.acme)] == [["SAFE-1", "FIRE-2"], ["FIRE-2"]]
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.earliest("id").message_id == message_id
    assert MailDue.objects.count() == 0


def test_E19_deactivated_people_get_nothing_and_who_has_no_address_the_notice_only(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
        User.objects.filter(pk=cast.ben.pk).update(email="")

    written = write(cast.acme, *((person, OVERDUE, SAFE) for person in (cast.bob, cast.ben, cast.carl)))

    assert (written, [mail[0] for mail in mails(cast.acme)]) == (1, [cast.carl.pk])
    assert [notice[0] for notice in notices(cast.acme)] == [cast.ben.pk, cast.carl.pk]


def test_S24_people_of_another_organisation_are_not_reached(cast: Cast) -> None:
    assert write(cast.zebra, (cast.bob, OVERDUE, SAFE), (cast.zoe, OVERDUE, SAFE)) == 1
    hold(cast.acme, (cast.bob, OVERDUE, SAFE))
    hold(cast.zebra, (cast.zoe, OVERDUE, SAFE))
    with tenant_scope(cast.zebra.pk):
        assert (count_messages(batch_id=7).held, withdraw_messages(batch_id=7)) == (1, 1)

    assert mails(cast.acme) == [(cast.bob.pk, OVERDUE, "held", ["SAFE-1"])]
    assert [state for *_, state, _ in mails(cast.zebra)] == ["queued", "withdrawn"]


def test_statements_may_fill_the_table_themselves(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk), collect_messages() as cursor:
        cursor.execute(
            "INSERT INTO notifications_new (person_id, kind, item)"
            " SELECT id, 'overdue', jsonb_build_object('code', 'SAFE-1') FROM people_user WHERE username LIKE 'b%'"
        )
        assert write_messages(None, group="day:1", now=NOW) == 2

    assert [codes for *_, codes in mails(cast.acme)] == [["SAFE-1"], ["SAFE-1"]]


def test_E21_held_messages_are_seen_by_nobody_until_they_are_released(cast: Cast) -> None:
    hold(cast.acme, (cast.bob, OVERDUE, SAFE))
    assert seen_by(cast.bob) == (0, 0)
    with tenant_scope(cast.acme.pk):
        assert mark_read(cast.bob.pk) == 0

        released = release_messages(batch_id=7, at=None, hold=dt.timedelta(minutes=2))

    assert (released, seen_by(cast.bob)) == (1, (0, 0))
    with tenant_scope(cast.acme.pk):
        mail = OutboxMessage.objects.get()
        wait = mail.not_before - timezone.now()
        assert (mail.state, dt.timedelta(seconds=110) < wait < dt.timedelta(seconds=121)) == ("queued", True)
        assert MailDue.objects.get().not_before == pytest.approx(mail.not_before, abs=dt.timedelta(seconds=2))
        Notice.objects.update(shown_from=timezone.now() - dt.timedelta(seconds=1))
    assert seen_by(cast.bob) == (1, 1)


def test_E21_messages_go_out_at_once_or_at_the_chosen_hour(cast: Cast) -> None:
    monday = timezone.now() + dt.timedelta(days=3)
    hold(cast.acme, (cast.bob, OVERDUE, SAFE), batch=7)
    hold(cast.acme, (cast.ben, OVERDUE, SAFE), batch=8)
    with tenant_scope(cast.acme.pk):
        release_messages(batch_id=7, at=monday, hold=dt.timedelta(minutes=2))
        assert MailDue.objects.get().not_before == monday
        release_messages(batch_id=8, at=None, hold=dt.timedelta(0))

        assert OutboxMessage.objects.get(batch_id=7).not_before == monday
        assert MailDue.objects.get().not_before <= timezone.now()
        assert count_messages(batch_id=7) == MessageCounts(waiting=1, unseen=1, first_at=monday)
    assert (seen_by(cast.bob), seen_by(cast.ben)) == ((0, 0), (1, 1))


def test_E21_P15_what_is_not_told_yet_is_withdrawn_and_what_was_told_stays(cast: Cast) -> None:
    hold(cast.acme, (cast.bob, OVERDUE, SAFE), (cast.ben, OVERDUE, SAFE), (cast.carl, OVERDUE, SAFE))
    with tenant_scope(cast.acme.pk):
        OutboxMessage.objects.filter(recipient_id=cast.bob.pk).update(state="sent")
        OutboxMessage.objects.filter(recipient_id=cast.ben.pk).update(state="queued")
        Notice.objects.filter(person=cast.bob).update(is_held=False, shown_from=NOW)
        Notice.objects.filter(person=cast.ben).update(is_held=False, shown_from=timezone.now() + dt.timedelta(hours=1))

        assert (withdraw_messages(batch_id=7), withdraw_messages(batch_id=7)) == (2, 0)
        assert count_messages(batch_id=7) == MessageCounts(sent=1, withdrawn=2)
    assert [notice[0] for notice in notices(cast.acme)] == [cast.bob.pk]


def test_E21_what_is_told_in_rollbook_alone_can_be_withdrawn_too(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(email="")
    hold(cast.acme, (cast.bob, OVERDUE, SAFE))
    with tenant_scope(cast.acme.pk):
        before = count_messages(batch_id=7)
        assert (before, before.can_be_withdrawn) == (MessageCounts(unseen=1), True)
        assert (withdraw_messages(batch_id=7), count_messages(batch_id=7)) == (0, MessageCounts())


def test_E21_a_mail_that_failed_is_withdrawn_too_but_not_counted(cast: Cast) -> None:
    hold(cast.acme, (cast.bob, OVERDUE, SAFE), (cast.ben, OVERDUE, SAFE))
    with tenant_scope(cast.acme.pk):
        OutboxMessage.objects.filter(recipient_id=cast.bob.pk).update(state="failed")
        OutboxMessage.objects.filter(recipient_id=cast.ben.pk).update(state="sending")

        assert (withdraw_messages(batch_id=7), count_messages(batch_id=7)) == (0, MessageCounts(withdrawn=2))


def test_E72_what_the_uploader_is_told_about_the_import_is_not_counted_and_stays(cast: Cast) -> None:
    hold(cast.acme, (cast.bob, OVERDUE, SAFE), batch=7)
    with tenant_scope(cast.acme.pk):
        queue_mail(
            person_id=cast.alice.pk, kind="import_finished", params={}, dedup_key="import_finished:7:1", batch_id=7
        )

        assert count_messages(batch_id=7) == MessageCounts(held=1, unseen=1)
        assert withdraw_messages(batch_id=7) == 1
        assert OutboxMessage.objects.get(recipient_id=cast.alice.pk).state == "queued"


def test_the_rest_of_a_cancelled_import_is_told_without_what_was_withdrawn(cast: Cast) -> None:
    hold(cast.acme, (cast.bob, OVERDUE, SAFE))
    with tenant_scope(cast.acme.pk):
        withdraw_messages(batch_id=7)

    hold(cast.acme, (cast.bob, OVERDUE, FIRE))

    assert mails(cast.acme) == [(cast.bob.pk, OVERDUE, "held", ["FIRE-2"])]
    assert notices(cast.acme) == [(cast.bob.pk, OVERDUE, ["FIRE-2"])]


def test_U3_a_change_by_hand_withdraws_from_every_message(cast: Cast) -> None:
    write(cast.acme, (cast.bob, OVERDUE, SAFE))
    hold(cast.acme, (cast.bob, OVERDUE, SAFE), (cast.bob, OVERDUE, FIRE), batch=7)

    with tenant_scope(cast.acme.pk):
        assert withdraw_items([(cast.bob.pk, 1)], kinds=[OVERDUE], name="course_id") == 2

    assert [(state, codes) for _, _, state, codes in mails(cast.acme)] == [("withdrawn", []), ("held", ["FIRE-2"])]


def test_L56_items_that_no_longer_hold_are_taken_out_of_what_waits(cast: Cast) -> None:
    write(cast.acme, (cast.bob, OVERDUE, SAFE), (cast.bob, OVERDUE, FIRE), (cast.ben, OVERDUE, SAFE))
    write(cast.acme, (cast.ben, NON_COMPLIANT, SAFE))
    hold(cast.acme, (cast.bob, OVERDUE, SAFE), batch=7)
    hold(cast.acme, (cast.bob, OVERDUE, SAFE), batch=8)
    done = [(cast.bob.pk, 1), (cast.ben.pk, 1), (cast.carl.pk, 2)]

    with tenant_scope(cast.acme.pk):
        changed = withdraw_items(done, kinds=[OVERDUE], name="course_id", batch_id=8)
        assert withdraw_items(done, kinds=[OVERDUE], name="course_id", batch_id=8) == 0

    assert changed == 3
    assert mails(cast.acme) == [
        (cast.ben.pk, NON_COMPLIANT, "queued", ["SAFE-1"]),
        (cast.bob.pk, OVERDUE, "queued", ["FIRE-2"]),
        (cast.bob.pk, OVERDUE, "withdrawn", []),
        (cast.bob.pk, OVERDUE, "held", ["SAFE-1"]),
        (cast.ben.pk, OVERDUE, "withdrawn", []),
    ]
    # Notices that were seen stay as they are; the held one of import 7 is gone.
    assert notices(cast.acme) == [
        (cast.ben.pk, NON_COMPLIANT, ["SAFE-1"]),
        (cast.bob.pk, OVERDUE, ["SAFE-1", "FIRE-2"]),
        (cast.bob.pk, OVERDUE, ["SAFE-1"]),
        (cast.ben.pk, OVERDUE, ["SAFE-1"]),
    ]
