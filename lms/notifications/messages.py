"""Writes what people are told about their records: a notice each, and a mail to those who have an address (E-19, E-61).

Set statements only, in the transaction of the effect. One message of a kind per person and `group` lists all items (E-20);
its key makes it happen once, its Message-ID is fixed here. Messages of an import are held until the import has ended.

Public: `NewMessage`, `write_messages`, `collect_messages`, `count_collected`, `release_messages`, `withdraw_messages`,
`withdraw_items`, `count_messages`, `count_recipients`, `MessageCounts`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

from lms.core.json_text import encode_json
from lms.notifications.models import Notice, OutboxMessage
from lms.notifications.services import announce_mail, mail_domain, wake_mailer
from lms.tenancy.scope import current_tenant_id

State = OutboxMessage.State

_PREPARE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS notifications_new (
    place bigint GENERATED ALWAYS AS IDENTITY, person_id bigint, kind text, item jsonb
) ON COMMIT DELETE ROWS;
TRUNCATE notifications_new
"""
_COPY: Final = "COPY notifications_new (person_id, kind, item) FROM STDIN"
_GROUPED: Final = """
WITH grouped AS (
    SELECT person_id, kind, jsonb_agg(item ORDER BY place) AS items FROM notifications_new GROUP BY person_id, kind
)
"""
# Where the items of a person are split over two chunks of an import, the second adds its items to the message.
_ADD_NOTICES: Final = (
    _GROUPED
    + """
INSERT INTO notifications_notice (tenant_id, person_id, kind, params, dedup_key, batch_id, created_at, is_held)
SELECT %(tenant)s, g.person_id, g.kind, jsonb_build_object('items', g.items),
       g.kind || ':' || g.person_id || ':' || %(group)s, %(batch)s, %(now)s, %(is_held)s
FROM grouped g JOIN people_user u ON u.tenant_id = %(tenant)s AND u.id = g.person_id AND u.is_active
ORDER BY g.person_id, g.kind
ON CONFLICT (tenant_id, dedup_key) DO UPDATE
SET params = jsonb_build_object('items', (notifications_notice.params->'items') || (excluded.params->'items'))
WHERE notifications_notice.is_held
"""
)
_ADD_MAILS: Final = (
    _GROUPED
    + """
INSERT INTO notifications_outboxmessage (tenant_id, recipient_id, to_address, kind, params, language, dedup_key,
    message_id, batch_id, state, not_before, attempts, last_error, created_at)
SELECT %(tenant)s, g.person_id, u.email, g.kind, jsonb_build_object('items', g.items), u.language,
       g.kind || ':' || g.person_id || ':' || %(group)s,
       '<' || gen_random_uuid() || '.' || %(tenant)s || '@' || %(domain)s || '>', %(batch)s, %(state)s,
       clock_timestamp(), 0, '', %(now)s
FROM grouped g
JOIN people_user u ON u.tenant_id = %(tenant)s AND u.id = g.person_id AND u.is_active AND u.email <> ''
ORDER BY g.person_id, g.kind
ON CONFLICT (tenant_id, dedup_key) DO UPDATE
SET state = excluded.state,
    params = CASE WHEN notifications_outboxmessage.state = 'withdrawn' THEN excluded.params
             ELSE jsonb_build_object(
                 'items', (notifications_outboxmessage.params->'items') || (excluded.params->'items')) END
WHERE notifications_outboxmessage.state IN ('held', 'withdrawn')
"""
)
# The names in braces are put in right below. A mail on its way may come back to be tried again, as may one that failed.
_DROP_ITEMS: Final = """
WITH gone AS MATERIALIZED (
    SELECT DISTINCT * FROM unnest(%(people)s::bigint[], %(subjects)s::bigint[]) AS t (person_id, subject_id)
), listed AS (
    SELECT m.id, m.{person} AS person_id, item, place
    FROM {table} m CROSS JOIN LATERAL jsonb_array_elements(m.params->'items') WITH ORDINALITY AS every (item, place)
    WHERE m.tenant_id = current_setting('app.tenant')::int AND {is_open}
      AND m.kind = ANY(%(kinds)s::text[]) AND m.{person} = ANY(%(people)s::bigint[])
      AND (%(batch)s::bigint IS NULL OR m.batch_id IS DISTINCT FROM %(batch)s)
), touched AS (
    SELECT listed.id,
           coalesce(jsonb_agg(item ORDER BY place) FILTER (WHERE gone.person_id IS NULL), '[]'::jsonb) AS items
    FROM listed
    LEFT JOIN gone ON gone.person_id = listed.person_id AND gone.subject_id = (listed.item->>%(name)s)::bigint
    GROUP BY listed.id HAVING count(gone.person_id) > 0
){then}
"""
_DROP_FROM_MAILS: Final = _DROP_ITEMS.format(
    table="notifications_outboxmessage",
    person="recipient_id",
    is_open="m.state IN ('queued', 'held', 'sending', 'failed')",
    then="""
UPDATE notifications_outboxmessage m
SET params = jsonb_build_object('items', t.items),
    state = CASE WHEN t.items = '[]'::jsonb THEN 'withdrawn' ELSE m.state END
FROM touched t WHERE t.id = m.id""",
)
# A notice that nobody could see yet says nothing that no longer holds either.
_DROP_FROM_NOTICES: Final = _DROP_ITEMS.format(
    table="notifications_notice",
    person="person_id",
    is_open="(m.is_held OR m.shown_from > clock_timestamp())",
    then=""", emptied AS (
    DELETE FROM notifications_notice m USING touched t WHERE t.id = m.id AND t.items = '[]'::jsonb
)
UPDATE notifications_notice m SET params = jsonb_build_object('items', t.items)
FROM touched t WHERE t.id = m.id AND t.items <> '[]'::jsonb""",
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One item to be told to one person."""

    person_id: int
    kind: str
    item: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCounts:
    """What became of the mails of an import, and how many notices nobody can see yet (everybody's, with address or not)."""

    held: int = 0
    waiting: int = 0
    sent: int = 0
    withdrawn: int = 0
    failed: int = 0
    unseen: int = 0  # notices
    first_at: datetime | None = None  # when the waiting ones go out

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether something has not been told yet."""
        return bool(self.held or self.waiting or self.unseen)


@contextmanager
def collect_messages() -> Iterator[CursorWrapper]:
    """Open the temporary table `notifications_new` (person_id, kind, item) for statements that fill it themselves."""
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        yield cursor


def count_collected() -> dict[str, int]:
    """Return for how many people something was collected, by kind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(DISTINCT person_id) FROM notifications_new GROUP BY kind")
        return dict(cursor.fetchall())


def write_messages(
    messages: Iterable[NewMessage] | None,
    *,
    group: str,
    now: datetime,
    batch_id: int | None = None,
    is_held: bool = False,
) -> int:
    """Write notices and mails; return the number of mails written or added to. In the open transaction.

    `messages` None takes what `collect_messages` was filled with. `group` is the occasion: "import:12", "day:2026-03-15".
    Deactivated people get nothing; people without an address the notice only. `is_held`: until `release_messages`.
    """
    with connection.cursor() as cursor:
        if messages is not None:
            cursor.execute(_PREPARE)
            with cursor.copy(_COPY) as copy:
                for message in messages:
                    copy.write_row((message.person_id, message.kind, encode_json(message.item)))
        parameters: dict[str, Any] = {
            "tenant": current_tenant_id(),
            "group": group,
            "batch": batch_id,
            "now": now,
            "is_held": is_held,
            "state": State.HELD if is_held else State.QUEUED,
            "domain": mail_domain(),
        }
        cursor.execute(_ADD_NOTICES, parameters)
        cursor.execute(_ADD_MAILS, parameters)
        written = int(cursor.rowcount)
    if written and not is_held:
        announce_mail(hold=timedelta(0))
        transaction.on_commit(wake_mailer, robust=True)
    return written


def release_messages(*, batch_id: int, at: datetime | None, hold: timedelta) -> int:
    """Let the held messages of an ended import go out: at that moment, or after the hold; return the number of mails."""
    when: Any = Now() + hold if at is None else at
    Notice.objects.filter(batch_id=batch_id, is_held=True).update(is_held=False, shown_from=when)
    released = OutboxMessage.objects.filter(batch_id=batch_id, state=State.HELD).update(
        state=State.QUEUED, not_before=when
    )
    if released:
        announce_mail(hold=hold, at=at)
        if at is None and not hold:
            transaction.on_commit(wake_mailer, robust=True)
    return released


def withdraw_messages(*, batch_id: int) -> int:
    """Take back what an import has not told yet (E-21, P15); return the number of mails.

    A mail on its way at this moment still arrives if the server takes it, but is not tried again; neither is one that
    could not be delivered. What the import's own people are told about the import itself is left alone.
    """
    _unseen_notices(batch_id).delete()
    mails = _caused_mails(batch_id)
    withdrawn = mails.filter(state__in=[State.HELD, State.QUEUED]).update(state=State.WITHDRAWN)
    mails.filter(state__in=[State.SENDING, State.FAILED]).update(state=State.WITHDRAWN)
    return withdrawn


def withdraw_items(
    pairs: Iterable[tuple[int, int]], *, kinds: Iterable[str], name: str, batch_id: int | None = None
) -> int:
    """Take items that no longer hold out of what is not told yet; return how many mails changed.

    One that is on its way still arrives if the server takes it; it is not tried again with them.

    `pairs` are (person, subject); `name` is the item's field with the subject's id. Messages of import `batch_id` stay.
    """
    listed = list(pairs)
    if not listed:
        return 0
    parameters: dict[str, Any] = {
        "people": [person for person, _ in listed],
        "subjects": [subject for _, subject in listed],
        "kinds": list(kinds),
        "name": name,
        "batch": batch_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DROP_FROM_NOTICES, parameters)
        cursor.execute(_DROP_FROM_MAILS, parameters)
        return int(cursor.rowcount)


def count_messages(*, batch_id: int) -> MessageCounts:
    """Return what became of the messages that an import caused. Two queries, a third while mails wait."""
    states = _caused_mails(batch_id).values_list("state").annotate(mails=Count("pk"))
    found = dict(states)
    waiting = found.get(State.QUEUED, 0) + found.get(State.SENDING, 0)
    first = _caused_mails(batch_id).filter(state=State.QUEUED).order_by("not_before").first() if waiting else None
    return MessageCounts(
        held=found.get(State.HELD, 0),
        waiting=waiting,
        sent=found.get(State.SENT, 0),
        withdrawn=found.get(State.WITHDRAWN, 0),
        failed=found.get(State.FAILED, 0),
        unseen=_unseen_notices(batch_id).count(),
        first_at=first.not_before if first else None,
    )


def count_recipients(*, batch_id: int) -> int:
    """Return how many people have been sent a mail that an import caused. One query."""
    sent = _caused_mails(batch_id).filter(state=State.SENT)
    return sent.aggregate(people=Count("recipient_id", distinct=True))["people"] or 0


def _caused_mails(batch_id: int) -> "QuerySet[OutboxMessage]":
    return OutboxMessage.objects.filter(batch_id=batch_id, dedup_key__endswith=f":import:{batch_id}")


def _unseen_notices(batch_id: int) -> "QuerySet[Notice]":
    caused = Notice.objects.filter(batch_id=batch_id, dedup_key__endswith=f":import:{batch_id}")
    return caused.filter(Q(is_held=True) | Q(shown_from__gt=Now()))
