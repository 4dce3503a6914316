"""The certifications' part of the daily job: opens windows, lets certifications expire, tells what the days have brought.

Set statements over the dates that are stored; the rules they follow are `certifications.rules`, and a property test holds
them against these. States are facts, so they change for everybody. Told are active people about active certifications: of
the one series of a certification the latest event that has come, of the kinds that are on, by the one run whose days it
falls into (E-72); never one that was settled with the change that caused it (`messages_suppressed_through`, E-71), nor
one from before somebody came back (E-19).
"""

# ruff: noqa: S608 - statements are put together from the constants of this module alone

from collections.abc import Mapping
from typing import Any, Final

from certifications.choices import State
from certifications.kinds import CERTIFICATION_EXPIRED, EXPIRING_SOON, OBLIGATIONS, WINDOW_OPENS
from certifications.memberships import expand_team_certifications
from lms.daily.parts import DailyContext
from lms.notifications.messages import collect_messages, count_collected, write_messages
from lms.notifications.selectors import switched_on


def _is_on(kind: str) -> str:
    """The organisation's switch, a parameter named as the kind, unless the certification departs from it."""
    return f"coalesce((c.message_switches->>'{kind}')::boolean, %({kind})s)"


# Whose window opens, and who expires, perhaps both at once after missed days (T-48).
_TO_MOVE: Final = """
FROM certifications_certificationstatus r
WHERE r.tenant_id = %(tenant)s
  AND ((r.state = 'certified' AND r.window_opens_on <= %(as_of)s)
       OR (r.state <> 'expired' AND r.expires_on < %(as_of)s))
"""
# `renewal_events` and `latest_event` of the rules. Once expired there are no dates, and nothing more to tell. That one of
# the three days falls into the run at all is asked first: it is quickly said, and so of hardly anybody.
_TO_TELL: Final = f"""
FROM certifications_certificationstatus r
JOIN people_user u ON u.tenant_id = %(tenant)s AND u.id = r.person_id AND u.is_active
JOIN (
    SELECT c.id, c.short_name, c.name, c.expiring_days, {_is_on(WINDOW_OPENS)} AS tells_opening,
           {_is_on(EXPIRING_SOON)} AS tells_soon, {_is_on(CERTIFICATION_EXPIRED)} AS tells_expiry
    FROM certifications_certification c WHERE c.tenant_id = %(tenant)s AND c.is_active OFFSET 0
) c ON c.id = r.certification_id
CROSS JOIN LATERAL (SELECT greatest(r.expires_on - c.expiring_days, r.window_opens_on) AS day) soon
CROSS JOIN LATERAL (
    SELECT CASE WHEN c.tells_expiry AND r.expires_on < %(as_of)s THEN '{CERTIFICATION_EXPIRED}'
                WHEN c.tells_soon AND soon.day <= %(as_of)s THEN '{EXPIRING_SOON}'
                WHEN c.tells_opening AND r.window_opens_on <= %(as_of)s THEN '{WINDOW_OPENS}' END AS kind
) latest
CROSS JOIN LATERAL (
    SELECT CASE latest.kind WHEN '{CERTIFICATION_EXPIRED}' THEN r.expires_on + 1
                            WHEN '{EXPIRING_SOON}' THEN soon.day WHEN '{WINDOW_OPENS}' THEN r.window_opens_on END AS day
) event
WHERE r.tenant_id = %(tenant)s AND r.state <> 'expired' AND r.window_opens_on IS NOT NULL AND r.expires_on IS NOT NULL
  AND (r.window_opens_on > %(previous)s AND r.window_opens_on <= %(as_of)s
       OR r.expires_on >= %(previous)s AND r.expires_on < %(as_of)s
       OR r.expires_on - c.expiring_days > %(previous)s AND r.expires_on - c.expiring_days <= %(as_of)s)
  AND event.day > %(previous)s
  AND (r.messages_suppressed_through IS NULL OR event.day > r.messages_suppressed_through)
  AND (u.active_since IS NULL OR event.day >= u.active_since)
"""
# Whoever is moved or told something is locked, in the order of everybody else, and read again by the statements after. So
# an import that records a certification meanwhile waits, and then finds the messages to take back; or we wait, and find
# what it has recorded.
_LOCK: Final = f"""
SELECT count(*) FROM (
    SELECT r.id FROM certifications_certificationstatus r
    WHERE r.tenant_id = %(tenant)s AND r.id = ANY(ARRAY(SELECT r.id {_TO_MOVE} UNION ALL SELECT r.id {_TO_TELL}))
    ORDER BY r.person_id, r.certification_id FOR UPDATE OF r
) locked
"""
_TELL: Final = f"""
INSERT INTO notifications_new (person_id, kind, item)
SELECT r.person_id, latest.kind, jsonb_build_object(
    'certification_id', c.id, 'short_name', c.short_name, 'certification', c.name, 'completed_on', r.completed_on,
    'window_opens_on', r.window_opens_on, 'expires_on', r.expires_on)
{_TO_TELL} ORDER BY r.person_id, r.expires_on, c.name, c.id
"""
# The record of an expired certification stays: its expiry is what the next one is counted from (T-54).
_MOVE: Final = f"""
WITH moved AS (
    UPDATE certifications_certificationstatus target
    SET state = CASE WHEN chosen.is_over THEN 'expired' ELSE 'window_open' END,
        completed_on = CASE WHEN NOT chosen.is_over THEN target.completed_on END,
        window_opens_on = CASE WHEN NOT chosen.is_over THEN target.window_opens_on END,
        expires_on = CASE WHEN NOT chosen.is_over THEN target.expires_on END,
        updated_at = %(now)s
    FROM (SELECT r.id, coalesce(r.expires_on < %(as_of)s, false) AS is_over {_TO_MOVE}) chosen
    WHERE target.tenant_id = %(tenant)s AND target.id = chosen.id
    RETURNING target.state
)
SELECT state, count(*) FROM moved GROUP BY state
"""


def run_certifications(context: DailyContext) -> Mapping[str, int]:
    """Move states, assign what follows from teams, write the messages of the run: one per person and kind.

    A constant number of statements. Messages are collected before the states change, because expiring clears the dates.
    """
    on = switched_on()
    parameters: dict[str, Any] = {
        "tenant": context.tenant.pk,
        "as_of": context.as_of,
        "previous": context.previous,
        "now": context.now,
    } | {kind: kind in on for kind in OBLIGATIONS}
    with collect_messages() as cursor:
        cursor.execute(_LOCK, parameters)
        cursor.execute(_TELL, parameters)
        cursor.execute(_MOVE, parameters)
        moved: dict[str, int] = dict(cursor.fetchall())
    assigned = expand_team_certifications()  # after the states are locked, as an import assigns
    write_messages(None, group=context.group, now=context.now)
    counts = {
        "assigned": assigned,
        "windows_opened": moved.get(State.WINDOW_OPEN, 0),
        "expired": moved.get(State.EXPIRED, 0),
    }
    return counts | dict.fromkeys(OBLIGATIONS, 0) | count_collected()
