"""Corrects or removes one offline record by hand, with a reason (S-18, S-27; G-03).

In the open scope; commits nothing itself. The record is locked first. Nobody is told about a correction, and later jobs tell
nothing dated up to today about it (E-71). Public: `Correction`, `hold_record`, `correct_record`, `remove_record`,
`ChangedMeanwhile`, `NothingChanged`, `terms_of`, `fingerprint`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lms.audit.services import record_event
from lms.imports.models import ImportBatch
from lms.notifications.messages import withdraw_items
from lms.people.models import User
from lms.tenancy.clock import today
from offline_records.choices import Field, Need
from offline_records.kinds import KINDS, OFFLINE_RECORD_EXPIRES
from offline_records.models import CustomField, OfflineRecord
from offline_records.planning import read_stated
from offline_records.recording import collect_custom
from offline_records.records.refusing import RecordRefused
from offline_records.records.values import NUMBERS, values_of
from offline_records.rules import judge_values
from offline_records.selectors import load_terms, read_terms
from offline_records.services import label_of
from offline_records.terms import ActivityTerms

_LOCK_ACTIVITY: Final = """
SELECT activity.id FROM offline_records_offlineactivity activity
JOIN offline_records_offlinerecord record
  ON record.tenant_id = activity.tenant_id AND record.activity_id = activity.id AND record.id = %s
WHERE activity.tenant_id = current_setting('app.tenant')::int FOR SHARE OF activity
"""
# What the audit history keeps of a correction, before and after; of other texts only that they were changed.
_KEPT: Final = frozenset(
    {
        "completed_on",
        Field.RESULT,
        Field.SCORE,
        Field.HOURS,
        Field.CPD_POINTS,
        Field.CERTIFICATE_NUMBER,
        Field.EXPIRES_ON,
    }
)
_TEXTS: Final = (Field.RESULT, Field.PROVIDER, Field.LOCATION, Field.CERTIFICATE_NUMBER, Field.NOTES)


class ChangedMeanwhile(Exception):  # noqa: N818 - an answer
    """Somebody has corrected or removed the record since it was looked at; nothing was written."""


class NothingChanged(Exception):  # noqa: N818 - an answer
    """The correction says what is recorded already; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a record is to say: the day, and values as those of a row. `seen` is the `fingerprint` of what was corrected."""

    completed_on: date
    values: Mapping[str, str] = field(default_factory=dict)
    seen: str = ""


def fingerprint(record: OfflineRecord) -> str:
    """Return what a form carries, so that nobody overwrites a correction they have not seen."""
    return record.edited_at.isoformat() if record.edited_at else "new"


def hold_record(record_id: int) -> OfflineRecord:
    """Lock a record, with its person and activity. Raises ChangedMeanwhile if it is gone.

    The activity stays as it is until the transaction ends, and a nightly run about it waits, as for imports.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ACTIVITY, [record_id])
    records = OfflineRecord.objects.select_for_update(of=("self",)).select_related("person", "activity")
    found = records.filter(pk=record_id).first()
    if found is None:
        raise ChangedMeanwhile
    return found


def terms_of(record: OfflineRecord) -> ActivityTerms:
    """Return what the activity says now, and what it no longer asks for but the record has: that can be corrected too."""
    terms = load_terms([record.activity_id])[record.activity_id]
    held = values_of(record)
    dropped = [int(pk) for pk in record.custom if int(pk) not in {custom.id for custom in terms.custom}]
    taken_off = CustomField.objects.filter(pk__in=dropped).order_by("position", "pk") if dropped else ()
    more = read_terms(record.activity, custom=taken_off).custom
    return replace(
        terms,
        fields={**{name.value: Need.OPTIONAL.value for name in Field if name.value in held}, **terms.fields},
        custom=(*terms.custom, *(replace(custom, is_required=False) for custom in more)),
    )


def correct_record(
    record: OfflineRecord, *, terms: ActivityTerms, correction: Correction, actor: User, reason: str
) -> None:
    """Write other values into a held record; `terms` are `terms_of` it.

    The last valid day follows from the activity as it is set now if day or stated expiry change; else it stays.
    Raises RecordRefused, ChangedMeanwhile and NothingChanged.
    """
    if correction.seen != fingerprint(record):
        raise ChangedMeanwhile
    problems = judge_values(correction.values, day=correction.completed_on, terms=terms)
    if problems:
        raise RecordRefused(problems)
    before = describe_record(record)
    _fill(record, terms=terms, correction=correction)
    after = describe_record(record)
    if before == after:
        raise NothingChanged
    _refuse_double(record)
    record.edited_at = timezone.now()
    tells_other = before.get(Field.EXPIRES_ON) != after.get(Field.EXPIRES_ON)
    if tells_other:
        record.messages_suppressed_through = today(actor.tenant)
    try:
        with transaction.atomic():
            record.save()
    except IntegrityError as error:
        raise ChangedMeanwhile from error
    if tells_other:
        withdraw_items([(record.person_id, record.activity_id)], kinds=[OFFLINE_RECORD_EXPIRES], name="activity_id")
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    kept = [name for name in changed if name in _KEPT]
    details = {
        "before": {name: before.get(name, "") for name in kept},
        "after": {name: after.get(name, "") for name in kept},
        "texts": [name for name in changed if name not in _KEPT],
        "reason": reason,
    }
    _note("corrected", record, actor=actor, details=details)


def remove_record(record: OfflineRecord, *, seen: str, actor: User, reason: str) -> None:
    """Take a held record away; what waits to be sent about it is withdrawn. Raises ChangedMeanwhile."""
    if seen != fingerprint(record):
        raise ChangedMeanwhile
    before = describe_record(record)
    details = {"before": {name: before[name] for name in before if name in _KEPT}, "reason": reason}
    _note("removed", record, actor=actor, details=details)
    record.delete()
    withdraw_items([(record.person_id, record.activity_id)], kinds=KINDS, name="activity_id")


def describe_record(record: OfflineRecord) -> dict[str, str]:
    """Return everything a record says, the last valid day however it came about."""
    days = {"completed_on": record.completed_on.isoformat()}
    if record.expires_on is not None:
        days[Field.EXPIRES_ON.value] = record.expires_on.isoformat()
    return values_of(record) | days


def _fill(record: OfflineRecord, *, terms: ActivityTerms, correction: Correction) -> None:
    values = correction.values
    stated = read_stated(values)
    was_stated = record.expires_on if record.is_expiry_stated else None
    if correction.completed_on != record.completed_on or stated != was_stated:
        record.expires_on = terms.expires_on(correction.completed_on, stated=stated)
        record.is_expiry_stated = stated is not None
    record.completed_on = correction.completed_on
    for name in NUMBERS:
        setattr(record, name, Decimal(values[name]) if name in values else None)
    for text in _TEXTS:
        setattr(record, text.value, values.get(text.value, ""))
    record.provider = record.provider or terms.provider
    record.location = record.location or terms.location
    record.custom = collect_custom(values, terms=terms)


def _refuse_double(record: OfflineRecord) -> None:
    """Refuse a day on which the person has a record of the activity already (S-27)."""
    same = OfflineRecord.objects.filter(
        person_id=record.person_id, activity_id=record.activity_id, completed_on=record.completed_on
    )
    known = same.exclude(pk=record.pk).first()
    if known is not None:
        number = ImportBatch.objects.filter(pk=known.batch_id or 0).values_list("number", flat=True).first() or 0
        params = {"date": record.completed_on.isoformat(), "number": number}
        raise RecordRefused([("R401", "completed_on", params)])


def _note(what: str, record: OfflineRecord, *, actor: User, details: dict[str, Any]) -> None:
    record_event(
        f"offline_records.record.{what}",
        actor=actor,
        subject=record,
        subject_label=label_of(record.activity),
        person_id=record.person_id,
        details={"completed_on": record.completed_on.isoformat(), **details},
    )
