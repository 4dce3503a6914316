"""The offline records' part of the daily job: tells of records that expire soon, if the organisation has it told (S-41).

Told are active people about active activities, on the first day on which a record counts as expiring soon, by the one run
whose days it falls into; of the records somebody has of an activity only about the one that is valid the longest. Never
about a day that was settled when the record was made (E-71), nor one from before somebody came back (E-19). Nothing is
written down: the days are stored, and a property test holds the statement against `offline_records.rules`.
"""

# ruff: noqa: S608 - statements are put together from the constants of this module alone

from collections.abc import Mapping
from typing import Any, Final

from lms.daily.parts import DailyContext
from lms.notifications.messages import collect_messages, count_collected, write_messages
from lms.notifications.selectors import switched_on
from offline_records.choices import Result
from offline_records.kinds import OFFLINE_RECORD_EXPIRES

# Before a run, the records near their end are few, and found by the index of expiry. Whoever failed has nothing that ends.
_TO_TELL: Final = f"""
FROM offline_records_offlinerecord r
JOIN offline_records_offlineactivity a ON a.tenant_id = %(tenant)s AND a.id = r.activity_id AND a.is_active
JOIN people_user u ON u.tenant_id = %(tenant)s AND u.id = r.person_id AND u.is_active
CROSS JOIN LATERAL (SELECT r.expires_on - a.expiring_days AS day) soon
WHERE r.tenant_id = %(tenant)s AND r.expires_on >= %(as_of)s AND r.expires_on <= %(as_of)s + (
      SELECT max(expiring_days) FROM offline_records_offlineactivity WHERE tenant_id = %(tenant)s)
  AND r.result <> '{Result.FAILED.value}'
  AND soon.day > %(previous)s AND soon.day <= %(as_of)s
  AND (r.messages_suppressed_through IS NULL OR soon.day > r.messages_suppressed_through)
  AND (u.active_since IS NULL OR soon.day >= u.active_since)
  AND NOT EXISTS (
      SELECT 1 FROM offline_records_offlinerecord other
      WHERE other.tenant_id = %(tenant)s AND other.person_id = r.person_id AND other.activity_id = r.activity_id
        AND other.result <> '{Result.FAILED.value}'
        AND (other.expires_on IS NULL OR (other.expires_on, other.completed_on) > (r.expires_on, r.completed_on)))
"""
# Whoever records something of an activity holds it with FOR SHARE. So that one waits for us, and then finds the messages to
# take back; or we wait, and the statement after reads what it has recorded.
_LOCK: Final = f"""
SELECT count(*) FROM (
    SELECT id FROM offline_records_offlineactivity
    WHERE tenant_id = %(tenant)s AND id = ANY(ARRAY(SELECT r.activity_id {_TO_TELL}))
    ORDER BY id FOR NO KEY UPDATE
) locked
"""
_TELL: Final = f"""
INSERT INTO notifications_new (person_id, kind, item)
SELECT r.person_id, '{OFFLINE_RECORD_EXPIRES}', jsonb_build_object(
    'activity_id', a.id, 'code', a.code, 'activity', a.name, 'completed_on', r.completed_on, 'expires_on', r.expires_on)
{_TO_TELL} ORDER BY r.person_id, r.expires_on, a.name, a.id
"""


def run_offline_records(context: DailyContext) -> Mapping[str, int]:
    """Write the messages of the run: one per person, about all their records. A constant number of statements."""
    counts = {OFFLINE_RECORD_EXPIRES: 0}
    if OFFLINE_RECORD_EXPIRES not in switched_on():
        return counts
    parameters: dict[str, Any] = {"tenant": context.tenant.pk, "as_of": context.as_of, "previous": context.previous}
    with collect_messages() as cursor:
        cursor.execute(_LOCK, parameters)
        cursor.execute(_TELL, parameters)
    write_messages(None, group=context.group, now=context.now)
    return counts | count_collected()
