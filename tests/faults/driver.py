"""The product as its web requests use it, in a process of its own: reads orders as JSON lines, answers as JSON lines.

It calls the engine's public functions and does none of the workers' work. Run as `python -m tests.faults.driver`.
"""

import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after the set-up
from django.db import InterfaceError, OperationalError, connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from certifications.choices import Method  # noqa: E402 - after the set-up
from certifications.kinds import CERTIFICATION_ASSIGNED  # noqa: E402
from certifications.models import Certification  # noqa: E402
from completions.models import Achievement, CourseResult, Origin, SettingsPush, Status  # noqa: E402
from completions.pushing import save_settings, wake_pusher  # noqa: E402
from lms.core.periods import Period  # noqa: E402
from lms.courses.models import Course, CourseAssignment  # noqa: E402
from lms.daily.models import DailyRun  # noqa: E402
from lms.daily.tasks import run_tenant  # noqa: E402
from lms.imports.checking import request_check  # noqa: E402
from lms.imports.confirming import cancel_batch, confirm_batch, continue_batch  # noqa: E402
from lms.imports.importer import get_importer  # noqa: E402
from lms.imports.lanes import wake_workers  # noqa: E402
from lms.imports.models import ImportBatch  # noqa: E402
from lms.imports.undoing import request_undo  # noqa: E402
from lms.imports.uploading import store_upload  # noqa: E402
from lms.notifications.models import MessageSwitch, Notice  # noqa: E402
from lms.people.models import Role, User  # noqa: E402
from lms.tenancy.clock import today  # noqa: E402
from lms.tenancy.models import Tenant  # noqa: E402
from lms.tenancy.scope import tenant_scope  # noqa: E402
from offline_records.choices import Field, Need  # noqa: E402
from offline_records.kinds import OFFLINE_RECORD_CREATED  # noqa: E402
from offline_records.models import Category, OfflineActivity, OfflineRecord  # noqa: E402
from tests.faults.dumping import dump_tenant  # noqa: E402

# Kind of import -> its columns in the order of the file.
COLUMNS = {
    "completions": ("username", "course_code", "completed_on"),
    "certifications": ("username", "certificationshortname", "certificationidnumber", "completiondate", "duedate"),
    "offline_records": ("username", "activity", "domain", "completed_on", "score"),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "completions": {"opens_retakes": True},
    "certifications": {"action": "certify_if_more_recent", "evidence": True},
    "offline_records": {"domain": 0, "identifier": "username"},
}
ACTIVITY = "DRILL"
MAPPING: dict[str, Any] = {
    "find_by": "username",
    "fixed": {},
    "checks": {},
    "date_format": "yyyy-mm-dd",
    "completed_statuses": None,
    "date_order_answered": True,
}

# Every second course ends: of the made-up rows some are lapsed, and reset.
YEARLY: dict[str, Any] = {"compliant_for": Period.parse("3 years"), "retake_days": 30}
# Every person is told of their assignments: what is sent has to survive everything that the records survive (E-61).
SEND = {"messages": "send"}


def seed(*, slug: str, people: int, courses: int) -> None:
    """Write an organisation with people, courses and a few completions, the same for every slug."""
    tenant = Tenant.objects.create(
        slug=slug,
        name=slug.title(),
        host=f"{slug}.{settings.BASE_DOMAIN}",
        change_threshold_percent=100,
        message_threshold=1_000_000,
    )
    with tenant_scope(tenant.pk):
        owner = User(tenant=tenant, username="alice", email="alice@example.com", role=Role.OWNER)
        learners = [
            User(tenant=tenant, username=f"p{number:05d}", email=f"p{number:05d}@example.com" if number % 3 else "")
            for number in range(people)
        ]
        catalogue = [
            Course(tenant=tenant, code=f"C-{number:02d}", name=f"Course {number}", **(YEARLY if number % 2 else {}))
            for number in range(courses)
        ]
        for person in (owner, *learners):
            person.fill_keys()
        for course in catalogue:
            course.fill_keys()
        User.objects.bulk_create([owner, *learners])
        Course.objects.bulk_create(catalogue)
        for number in range(courses):
            Certification(
                tenant=tenant,
                short_name=f"CERT-{number:02d}",
                id_number=f"{number:03d}",
                name=f"Certification {number}",
                method=tuple(Method)[number % len(Method)],
                active_period=Period.parse("2 years"),
                recertification_window=Period.parse("3 months"),
            ).save()
        OfflineActivity.objects.create(
            tenant=tenant,
            code=ACTIVITY,
            name="Evacuation Drill",
            category=Category.objects.create(tenant=tenant, name="Safety"),
            validity=Period.parse("3 years"),
            fields={Field.SCORE.value: Need.OPTIONAL.value},
        )
        for kind in ("course_assigned", CERTIFICATION_ASSIGNED, OFFLINE_RECORD_CREATED):
            MessageSwitch.objects.create(tenant=tenant, kind=kind, is_on=True)
        chance = random.Random(7)  # noqa: S311 - made-up days
        for person in learners[:: max(1, people // 60)]:
            day = date(2022, 1, 1) + timedelta(days=chance.randrange(700))
            achievement = Achievement.objects.create(
                tenant=tenant,
                person=person,
                course=catalogue[0],
                completed_on=day,
                origin=Origin.MANUAL,
                recorded_at=timezone.now(),
            )
            CourseResult.objects.create(
                tenant=tenant,
                person=person,
                course=catalogue[0],
                status=Status.COMPLETED,
                percent=100,
                completed_on=day,
                achievement=achievement,
                updated_at=timezone.now(),
            )


def upload(*, slug: str, path: str, kind: str = "completions", name: str = "file.csv") -> int:
    """Upload a file as its owner; return the batch's id."""
    tenant, owner = _who(slug)
    with open(path, "rb") as file:  # noqa: PTH123 - a path from the test
        batch = store_upload(
            tenant=tenant,
            actor=owner,
            importer=get_importer(kind),
            chunks=iter(lambda: file.read(65_536), b""),
            file_name=name,
            idempotency_key=uuid.uuid4(),
        )
    return batch.pk


def check(*, slug: str, batch: int, confirms: bool = True, failure_mode: str = "") -> None:
    """Start the check; with `confirms` the import goes on by itself (E-70). The first failure mode unless named."""
    tenant, owner = _who(slug)
    with tenant_scope(tenant.pk):
        found = ImportBatch.objects.get(pk=batch)
        importer = get_importer(found.kind)
        columns = {key: place for place, key in enumerate(COLUMNS[found.kind])}
        options = {**importer.default_options(tenant), **OPTIONS[found.kind]}
        if "activity" in options:
            options["activity"] = OfflineActivity.objects.get(code=ACTIVITY).pk
        request_check(
            found,
            actor=owner,
            mapping=MAPPING | {"columns": columns},
            options={**options, "failure_mode": failure_mode or importer.failure_modes[0]},
            confirm_with={"actor": owner.pk, "answers": SEND} if confirms else None,
        )


def confirm(*, slug: str, batch: int) -> float:
    """Press Import; return how long that took (seconds)."""
    tenant, owner = _who(slug)
    began = time.monotonic()
    with tenant_scope(tenant.pk):
        confirm_batch(ImportBatch.objects.get(pk=batch), actor=owner, answers=SEND)
    return time.monotonic() - began


def cancel(*, slug: str, batch: int) -> None:
    """Press Cancel."""
    tenant, owner = _who(slug)
    with tenant_scope(tenant.pk):
        cancel_batch(ImportBatch.objects.get(pk=batch), actor=owner)


def go_on(*, slug: str, batch: int) -> None:
    """Press "Go on"."""
    tenant, owner = _who(slug)
    with tenant_scope(tenant.pk):
        continue_batch(ImportBatch.objects.get(pk=batch), actor=owner)


def undo(*, slug: str, batch: int) -> None:
    """Ask for the import to be undone."""
    tenant, owner = _who(slug)
    with tenant_scope(tenant.pk):
        request_undo(ImportBatch.objects.get(pk=batch), tenant=tenant, actor=owner, reason="test")


def assign(*, slug: str) -> None:
    """Give everybody the first course: some assigned so long ago that their due date will be past, once there is one."""
    tenant, _ = _who(slug)
    on = today(tenant)
    with tenant_scope(tenant.pk):
        course = Course.objects.get(code="C-00")
        CourseAssignment.objects.bulk_create(
            CourseAssignment(tenant=tenant, person_id=pk, course=course, assigned_on=on - timedelta(days=place % 60))
            for place, pk in enumerate(User.objects.order_by("pk").values_list("pk", flat=True))
        )


def change_settings(*, slug: str) -> None:
    """Save that the first course ends and has due dates; a worker brings it to its people, who are told."""
    tenant, owner = _who(slug)
    with tenant_scope(tenant.pk):
        course = Course.objects.get(code="C-00")
        for name, value in (YEARLY | {"due_within": Period.parse("30 days")}).items():
            setattr(course, name, value)
        save_settings(
            course,
            tenant=tenant,
            actor=owner,
            changed=["due_within", "compliant_for"],
            to_completed=True,
            messages="send",
        )


def push_settings(**_: Any) -> None:
    """Do what the schedule does every now and then: have a worker look for changed settings."""
    wake_pusher()


def is_pushed(*, slug: str) -> bool:
    """Return whether changed settings have been carried out."""
    tenant, _ = _who(slug)
    with tenant_scope(tenant.pk):
        return SettingsPush.objects.filter(done_at__isnull=False).exists()


def run_day(*, slug: str) -> None:
    """Do what the schedule does when the hour has come: have a worker run tomorrow's job."""
    tenant, _ = _who(slug)
    run_tenant.delay(tenant.pk, (today(tenant) + timedelta(days=1)).isoformat())


def has_run_day(*, slug: str) -> bool:
    """Return whether the job has run."""
    tenant, _ = _who(slug)
    with tenant_scope(tenant.pk):
        return DailyRun.objects.exists()


def look(*, slug: str, batch: int) -> dict[str, Any]:
    """Return what the import's page would show."""
    tenant, _ = _who(slug)
    with tenant_scope(tenant.pk):
        found = ImportBatch.objects.get(pk=batch)
        names = ("state", "phase", "progress", "progress_total", "checkpoint", "positions", "counts", "planned")
        more = ("data_rows", "attempts", "chunk_rows", "reference", "failed_in", "changed_rows", "problems")
        return {name: getattr(found, name) for name in (*names, *more)} | {"is_sniffed": found.sniffed is not None}


def dump(*, slug: str) -> dict[str, Any]:
    """Return everything an import writes, free of ids and times."""
    tenant, _ = _who(slug)
    with tenant_scope(tenant.pk):
        return dump_tenant()


def glance(*, slug: str) -> list[Any]:
    """Return what anybody can see of the one import of offline records at this moment: records, row outcomes, messages."""
    tenant, _ = _who(slug)
    with tenant_scope(tenant.pk):
        found = ImportBatch.objects.get()
        return [
            found.state,
            OfflineRecord.objects.count(),
            found.counts,
            found.checkpoint,
            Notice.objects.filter(kind=OFFLINE_RECORD_CREATED).count(),
        ]


def count_work(**_: Any) -> int:
    """Return how many work items there are, of all organisations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM imports_workitem")
        return int(cursor.fetchone()[0])


def wake(*, times: int) -> None:
    """Send wake-ups."""
    for _ in range(times):
        wake_workers()


def _who(slug: str) -> tuple[Tenant, User]:
    tenant = Tenant.objects.get(slug=slug)
    with tenant_scope(tenant.pk):
        return tenant, User.objects.get(username_key="alice")


OF_IMPORTS = (seed, upload, check, confirm, cancel, go_on, undo, look, glance, dump, count_work, wake)
OF_COURSES = (assign, change_settings, push_settings, is_pushed, run_day, has_run_day)
ORDERS: dict[str, Callable[..., Any]] = {order.__name__: order for order in (*OF_IMPORTS, *OF_COURSES)}


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order."""
    try:
        return {"result": ORDERS[order.pop("do")](**order)}
    except (OperationalError, InterfaceError) as error:
        connections.close_all()
        return {"outage": str(error)}
    except Exception as error:  # noqa: BLE001 - the test shows it
        return {"error": f"{type(error).__name__}: {error}"}


def read_orders() -> Iterator[dict[str, Any]]:
    """Yield one order a line until the input ends."""
    for line in sys.stdin:
        yield json.loads(line)


if __name__ == "__main__":
    for given in read_orders():
        sys.stdout.write(json.dumps(answer(given)) + "\n")
        sys.stdout.flush()
