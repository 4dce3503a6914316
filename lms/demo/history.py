"""What has happened in the weeks before a newcomer looks: imports, nights, and what people did in between.

Northfield's imports are finished, undone, with failed rows, failed by our fault, without their details any more, waiting
for an OK. Every one goes through the real pipeline in this process, and every night through the real daily job, with the
clock set back to when it is said to have happened.
Public: `make_history`.
"""

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from unittest import mock

from django.db.models import F
from django.utils import timezone

from certifications.choices import Action
from completions.models import Achievement
from completions.services import NewCompletion, add_completion
from lms.courses.models import Course
from lms.daily.services import has_run, run_daily
from lms.demo import old_certificates
from lms.demo.driving import check_sample, confirm_sample, request_sample_check
from lms.demo.northfield import HISTORY, LED_TEAM, ST_ANNES, make_people
from lms.demo.northfield_certifications import LIFE_SUPPORT
from lms.demo.northfield_offline import ASSEMBLY_POINT
from lms.demo.organisation import NEWEST_DAY, DemoPerson
from lms.demo.sample_writing import write_csv_file
from lms.demo.samples import Choices
from lms.imports.applying import fail_batch, make_reference
from lms.imports.command_line import Run, find_actor, follow, start_run
from lms.imports.lanes import claim_work
from lms.imports.models import ImportBatch, State
from lms.imports.retention import run_retention
from lms.imports.undoing import request_undo
from lms.notifications.choices import MessageChoice
from lms.notifications.models import Notice, OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

ORGANISATION: Final = "northfield"
_NIGHTS: Final = 5
# The row log has tables for what is kept from tomorrow on: an import of thirty days ago fits, and is then made older.
_DETAILS_KEPT: Final = 30
_OLDER: Final = timedelta(days=5)
_OLD_FILE: Final = "life-support-october.csv"
_HEADERS: Final = {
    "completions": ("Username", "Course Code", "Completion Date"),
    "certifications": old_certificates.HEADER,
    "offline_records": ("username", "activity", "domain", "completed_on", "location", "notes", ASSEMBLY_POINT),
}
_CERTIFICATES: Final = Choices(
    date_format="dd/mm/yyyy", options={"action": Action.CERTIFY_IF_MORE_RECENT.value, "evidence": True}
)
_GOING_ON: Final = (State.CHECKING, State.QUEUED, State.APPLYING, State.UNDOING)
_WRONG_CODE_ROWS: Final = 1_204
_WRONG_CODE_FILE: Final = "training-days-autumn.csv"
_TOUCHED_LATER: Final = 80
_DRILLED: Final = 48
_ACTIVE_SINCE: Final = slice(400, 409)  # of the people of the file with the wrong code
_NEWEST: Final = NEWEST_DAY - timedelta(days=20)

Rows = list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastImport:
    """One import of the past weeks. `ends` is the state it is left in; `undo_reason` only where it was undone."""

    file_name: str
    username: str
    days_ago: int
    at: time
    rows: Sequence[tuple[str, ...]]
    kind: str = "completions"
    choices: Choices = field(default_factory=Choices)
    note: str = ""
    ends: str = State.COMPLETED
    undo_reason: str = ""
    messages: str = MessageChoice.SUPPRESS  # what was chosen, if anything would be sent


@dataclass(frozen=True, slots=True)
class _Step:
    """Something that happened at a moment."""

    at: datetime
    tenant: Tenant
    do: Callable[[], object]


def make_history() -> list[str]:
    """Make the imports that are missing and the nights between them, oldest first; return the names of their files."""
    tenant = Tenant.objects.get(slug=ORGANISATION)
    with tenant_scope(tenant.pk):
        there = set(ImportBatch.objects.values_list("file_name", flat=True))
    missing = [past for past in list_past_imports() if past.file_name not in there]
    if not missing:
        return []  # what comes after the first start is for the workers
    steps = [_Step(_moment_of(past, tenant), tenant, partial(_make_import, past, tenant)) for past in missing]
    if any(past.file_name == _WRONG_CODE_FILE for past in missing):
        steps.append(_Step(_moment(tenant, days_ago=1, at=time(11, 20)), tenant, partial(_record_newer, tenant)))
    if any(past.file_name == _OLD_FILE for past in missing):
        steps.append(_Step(_moment(tenant, days_ago=4, at=time(0, 30)), tenant, partial(_delete_details, tenant)))
    for organisation in Tenant.objects.filter(is_active=True):
        steps += _list_nights(organisation)
    for step in sorted(steps, key=lambda step: step.at):
        with clock_set_to(step.at):
            step.do()
            _take_mails_for_sent(step.tenant)
    return [past.file_name for past in missing]


def _moment_of(past: PastImport, tenant: Tenant) -> datetime:
    if past.days_ago == 0:
        return timezone.now() - timedelta(hours=2)
    return _moment(tenant, days_ago=past.days_ago, at=past.at)


def _moment(tenant: Tenant, *, days_ago: int, at: time) -> datetime:
    day = timezone.now().astimezone(tenant.zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, at, tzinfo=tenant.zone)


def _list_nights(tenant: Tenant) -> list[_Step]:
    """Return the runs of the daily job that lie behind and have not been made."""
    moments = [_moment(tenant, days_ago=ago, at=time(tenant.reminder_hour)) for ago in reversed(range(_NIGHTS))]
    return [
        _Step(moment, tenant, partial(run_daily, tenant, as_of=moment.date()))
        for moment in moments
        if moment < timezone.now() and not has_run(tenant, day=moment.date())
    ]


@contextmanager
def clock_set_to(moment: datetime) -> Iterator[None]:
    """Let this process believe that it is `moment`, going on from there; leases go by the database's clock as always."""
    real_now = timezone.now
    shift = moment - real_now()

    def shifted_now() -> datetime:
        return real_now() + shift

    with mock.patch.object(timezone, "now", shifted_now):
        yield


def _take_mails_for_sent(tenant: Tenant) -> None:
    """Take the mails of the past for sent soon after they were written: nobody is to get them today."""
    with tenant_scope(tenant.pk):
        waiting = OutboxMessage.objects.filter(state=OutboxMessage.State.QUEUED)
        sent_at = F("created_at") + timedelta(minutes=tenant.message_hold_minutes)
        waiting.update(state=OutboxMessage.State.SENT, attempts=1, sent_at=sent_at, not_before=sent_at)
        Notice.objects.filter(shown_from__isnull=False).update(shown_from=F("created_at"))


def _delete_details(tenant: Tenant) -> None:
    """Make the oldest import as old as it is said to be, and let its row details go as they do after thirty days."""
    with tenant_scope(tenant.pk):
        batch = ImportBatch.objects.filter(file_name=_OLD_FILE)
        Achievement.objects.filter(batch_id__in=batch.values("pk")).update(recorded_at=F("recorded_at") - _OLDER)
        moments = ("uploaded_at", "checked_at", "confirmed_at", "finished_at", "purge_on")
        batch.update(**{name: F(name) - _OLDER for name in moments})
    run_retention(tenant, today=today(tenant))


def _record_newer(tenant: Tenant) -> None:
    """Let nine people of the file with the wrong code be trained once more since: an undo leaves them as they are."""
    people = [person for person in make_people()[HISTORY.start : HISTORY.stop] if person.is_active][_ACTIVE_SINCE]
    _, actor = find_actor(tenant.slug, "maria.keller")
    with tenant_scope(tenant.pk):
        course = Course.objects.get(code="MH-105")
        for person in User.objects.filter(username__in=[person.username for person in people]):
            entered = NewCompletion(course=course, completed_on=_NEWEST + timedelta(days=10), messages="suppress")
            add_completion(entered, tenant=tenant, actor=actor, person=person)


def _make_import(past: PastImport, tenant: Tenant) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / past.file_name
        write_csv_file(path, [_HEADERS[past.kind], *past.rows])
        run = start_run(past.kind, path, slug=tenant.slug, username=past.username, read_options={})
    if past.note:
        with tenant_scope(tenant.pk):
            ImportBatch.objects.filter(pk=run.batch_id).update(note=past.note)
    if past.ends == State.FAILED:
        _fail_check(run)
        return
    check_sample(run, choices=past.choices)
    if past.ends == State.READY:
        return
    confirm_sample(run, messages=past.messages)
    _finish(run)
    if past.ends == State.UNDONE:
        with clock_set_to(timezone.now() + timedelta(minutes=25)):
            with tenant_scope(tenant.pk):
                batch = ImportBatch.objects.get(pk=run.batch_id)
                request_undo(batch, tenant=tenant, actor=run.actor, reason=past.undo_reason)
            _finish(run)


def _fail_check(run: Run) -> None:
    """Give the check up as a worker does that has tried it often enough: by our fault, with a reference."""
    request_sample_check(run, choices=Choices())
    claim = claim_work(lane_first=False)
    if claim is not None:
        with tenant_scope(run.tenant.pk):
            fail_batch(claim, reference=make_reference())


def _finish(run: Run) -> None:
    next(follow(run, lambda batch: batch.state in _GOING_ON))


def list_past_imports() -> list[PastImport]:
    """Return the imports of the past weeks, oldest first."""
    chance = random.Random(41)  # noqa: S311 - made-up dates
    people = [person for person in make_people()[HISTORY.start : HISTORY.stop] if person.is_active]
    chance_of_certificates = random.Random(4_711)  # noqa: S311 - made-up dates
    wrong = _make_rows(people[:_WRONG_CODE_ROWS], "MH-105", chance)
    return [
        PastImport(
            file_name=_OLD_FILE,
            username="maria.keller",
            days_ago=_DETAILS_KEPT,
            at=time(14, 20),
            rows=_make_rows(people[700:796], "BLS-110", chance),
        ),
        PastImport(
            file_name="induction-summer-2026.csv",
            username="grace.holloway",
            days_ago=12,
            at=time(9, 41),
            rows=_make_rows(people[1_250:1_890], "IND-001", chance),
            note="Starters of June to August",
        ),
        PastImport(
            file_name="fire-register-2019.csv",
            username="maria.keller",
            days_ago=6,
            at=time(15, 5),
            rows=_make_rows(people[1_300:1_460], "FS-101", chance),
            ends=State.UNDONE,
            undo_reason="Wrong file: these were the names of the year before.",
        ),
        PastImport(
            file_name="life-support-certificates.csv",
            username="maria.keller",
            days_ago=5,
            at=time(11, 8),
            kind="certifications",
            choices=_CERTIFICATES,
            rows=_make_certificates(people[1_700:1_830], chance_of_certificates),
            note="Certificates of the spring and summer courses",
            ends=State.COMPLETED_WITH_ERRORS,
        ),
        PastImport(
            file_name="data-protection-day.csv",
            username="maria.keller",
            days_ago=4,
            at=time(13, 45),
            rows=_make_rows(people[900:1_110], "DP-300", chance),
            ends=State.FAILED,
        ),
        PastImport(
            file_name=_WRONG_CODE_FILE,
            username="maria.keller",
            days_ago=3,
            at=time(10, 12),
            rows=wrong,
            note="Autumn training days, course code from the trainer's list",
            messages=MessageChoice.SEND,
        ),
        PastImport(
            file_name="evacuation-drill-theatres.csv",
            username="maria.keller",
            days_ago=2,
            at=time(9, 20),
            kind="offline_records",
            choices=Choices(date_format="dd/mm/yyyy"),
            rows=_make_drill(),
            note="Evacuation drill of the operating theatres",
        ),
        PastImport(
            file_name="late-returns.csv",
            username="maria.keller",
            days_ago=2,
            at=time(16, 30),
            rows=_make_late_returns(people, wrong, chance),
            messages=MessageChoice.SEND,
            ends=State.COMPLETED_WITH_ERRORS,
        ),
        PastImport(
            file_name="ward-3-fire-drill.csv",
            username="anna.berger",
            days_ago=1,
            at=time(6, 55),
            rows=_make_rows(
                [person for person in make_people()[:61] if person.team.startswith(LED_TEAM)][4:20], "FS-101", chance
            ),
            note="Fire drill before the night shift",
        ),
        PastImport(
            file_name="theatres-november.csv",
            username="maria.keller",
            days_ago=0,
            at=time(0),
            rows=_make_waiting_rows(people, wrong, chance),
            ends=State.READY,
        ),
    ]


def _make_rows(people: Sequence[DemoPerson], code: str, chance: random.Random) -> Rows:
    return [(person.username, code, _write_day(_NEWEST - timedelta(days=chance.randrange(90)))) for person in people]


def _make_certificates(people: Sequence[DemoPerson], chance: random.Random) -> list[tuple[str, ...]]:
    """130 rows: 115 certificates, 8 each of a course that is in no catalogue, 4 of nobody, 3 that were due on no day."""
    number, expired = old_certificates.LIFE_SUPPORT_NUMBER, old_certificates.NO_DAY
    days = [_write_day(_NEWEST - timedelta(days=chance.randrange(200))) for _ in people]
    rows: list[tuple[str, ...]] = [
        (person.username, LIFE_SUPPORT, number, day, "") for person, day in zip(people, days, strict=True)
    ]
    rows[115:123] = [(username, "NLS", "", day, "") for username, _, _, day, _ in rows[115:123]]
    rows[123:127] = [(f"{username}x", *rest) for username, *rest in rows[123:127]]
    rows[127:] = [(username, name, ref, day, expired) for username, name, ref, day, _ in rows[127:]]
    chance.shuffle(rows)
    return rows


def _make_drill() -> list[tuple[str, ...]]:
    """48 rows: the drill of one day, everybody at one assembly point; a template filled in and saved as CSV."""
    there = [person for person in make_people()[ST_ANNES.start : ST_ANNES.stop] if person.team.endswith("/Theatres")]
    drilled = [person for person in there if person.is_active and person.domain == "clinical"][:_DRILLED]
    day = _write_day(NEWEST_DAY + timedelta(days=1))
    return [
        (person.username, "EVD", "clinical", day, "Theatres", "Alarm at 10:30, clear in 4 minutes", "South lawn")
        for person in drilled
    ]


def _make_late_returns(people: Sequence[DemoPerson], wrong: Rows, chance: random.Random) -> Rows:
    """240 rows: 80 newer dates for people of the import before, 129 others, 31 that fail."""
    newer = _write_day(_NEWEST + timedelta(days=7))
    rows = [(username, code, newer) for username, code, _ in wrong[:_TOUCHED_LATER]]
    rows += _make_rows(people[1_460:1_589], "MH-105", chance)
    bad = _make_rows(people[1_589:1_620], "MH-105", chance)
    rows += [(f"{username}x", code, day) for username, code, day in bad[:18]]
    rows += [(username, "MH-501", day) for username, _, day in bad[18:27]]
    rows += [(username, code, "31/09/2026") for username, code, _ in bad[27:]]
    chance.shuffle(rows)
    return rows


def _make_waiting_rows(people: Sequence[DemoPerson], wrong: Rows, chance: random.Random) -> Rows:
    """380 rows: 12 older than what is current, 4 that fail, 364 new ones."""
    older = _write_day(date(2025, 3, 17))
    rows = [(username, code, older) for username, code, _ in wrong[-12:]]
    rows += [(f"locum{number}", "BLS-110", older) for number in range(4)]
    rows += _make_rows(people[300:664], "BLS-110", chance)
    chance.shuffle(rows)
    return rows


def _write_day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
