"""Every sample file, through the real pipeline, gives the numbers that stand beside it."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from lms.courses.models import Course
from lms.courses.selectors import usable_courses
from lms.daily.models import DailyRun
from lms.demo.driving import check_sample, upload_sample
from lms.demo.history import make_history
from lms.demo.loading import load_organisation, refresh_statistics
from lms.demo.offline_loading import sign_sheet
from lms.demo.organisation import NEWEST_DAY
from lms.demo.organisations import make_bergmann, make_northfield
from lms.demo.samples import Sample, make_samples, write_samples
from lms.imports.command_line import Run
from lms.imports.command_options import CommandRefused
from lms.imports.messaging.counting import read_totals
from lms.imports.models import ImportBatch, State
from lms.imports.undoing import preview_undo
from lms.notifications.models import OutboxMessage
from lms.people.models import Membership, User
from lms.people.selectors import visible_people
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

AT = datetime.combine(NEWEST_DAY, time(12), tzinfo=UTC)
# File, days ago, state, rows by outcome.
HISTORY: list[tuple[str, int, str, dict[str, int]]] = [
    ("life-support-october.csv", 35, "completed", {"created": 96}),
    ("induction-summer-2026.csv", 12, "completed", {"created": 640}),
    ("fire-register-2019.csv", 6, "undone", {"created": 160}),
    ("life-support-certificates.csv", 5, "completed_with_errors", {"created": 115, "evidence": 8, "rejected": 7}),
    ("data-protection-day.csv", 4, "failed", {}),
    ("training-days-autumn.csv", 3, "completed", {"created": 1_204}),
    ("evacuation-drill-theatres.csv", 2, "completed", {"created": 48}),
    ("late-returns.csv", 2, "completed_with_errors", {"created": 129, "updated": 80, "rejected": 31}),
    ("ward-3-fire-drill.csv", 1, "completed", {"created": 2, "updated": 14}),
    ("theatres-november.csv", 0, "ready", {"created": 364, "updated": 12, "rejected": 4}),
]


def days_since(moment: datetime, tenant: Tenant) -> int:
    """Calendar days of the organisation; what is less than three hours old is of today, also after midnight."""
    if timezone.now() - moment < timedelta(hours=3):
        return 0
    return (today(tenant) - moment.astimezone(tenant.zone).date()).days


def describe_imports(tenant: Tenant) -> list[tuple[str, int, str, dict[str, int]]]:
    """The organisation's imports, oldest first, as in HISTORY."""
    with tenant_scope(tenant.pk):
        return [
            (
                batch.file_name,
                days_since(batch.uploaded_at, tenant),
                batch.state,
                batch.counts or batch.planned,
            )
            for batch in ImportBatch.objects.order_by("uploaded_at")
        ]


def count_codes(run: Run, batch: ImportBatch) -> dict[str, int]:
    """Rows by problem code; a row that has a code twice counts once."""
    with tenant_scope(run.tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT problem->>0, count(DISTINCT row_no) FROM imports_importrow, jsonb_array_elements(problems) problem "
            "WHERE purge_on = %s AND batch_id = %s GROUP BY 1",
            [batch.purge_on, batch.pk],
        )
        return dict(cursor.fetchall())


def describe_story(tenant: Tenant) -> dict[str, Any]:
    """What the nights and people have made of the past imports."""
    with tenant_scope(tenant.pk):
        failed = ImportBatch.objects.get(state=State.FAILED)
        gone = ImportBatch.objects.get(rows_deleted_on__isnull=False)
        wrong = ImportBatch.objects.get(file_name="training-days-autumn.csv")
        return {
            "nights": DailyRun.objects.filter(run_on__gt=wrong.uploaded_at.date()).count() >= 2,
            "mails": set(OutboxMessage.objects.values_list("state", flat=True)),
            # In some nights nobody's compliance ends.
            "kinds": set(OutboxMessage.objects.exclude(kind="non_compliant").values_list("kind", flat=True)),
            "failed in": (failed.failed_in, bool(failed.reference)),
            "details gone": gone.file_name,
            "kept by an undo": preview_undo(wrong, tenant=tenant, actor=wrong.uploaded_by).kept,
        }


def count_messages(batch: ImportBatch) -> dict[str, int]:
    """What the check says would be sent, as a sample states it."""
    totals = read_totals(batch)
    return {
        "emails": totals.emails,
        "people": totals.people_with_email,
        **{kind.kind: kind.with_email for kind in totals.kinds},
        "people without e-mail": totals.people_without_email,
    }


def check(sample: Sample, directory: Path) -> tuple[dict[str, Any], ImportBatch | None]:
    """Take one file through upload and check; return what came out in the words of what is expected."""
    try:
        run = upload_sample(sample, directory=directory)
    except CommandRefused as refused:
        return {"refused": str(refused)[:4]}, None
    told = {problem["code"] for problem in run.load().problems}
    batch = check_sample(run, choices=sample.choices, is_answered=False)
    if batch.state == State.REFUSED and not batch.planned:
        told |= {problem["code"] for problem in batch.problems}
        batch = check_sample(run, choices=sample.choices)
    told |= {problem["code"] for problem in batch.problems}
    found = {
        "state": batch.state,
        "rows": batch.data_rows,
        "outcomes": batch.planned,
        "problems": count_codes(run, batch),
        "file_problems": sorted(told),
        "messages": None if sample.expected.messages is None else count_messages(batch),
    }
    return found, batch


def expect(sample: Sample) -> dict[str, Any]:
    """What `check` should return."""
    expected = sample.expected
    if expected.refused:
        return {"refused": expected.refused}
    return {
        "state": expected.state,
        "rows": expected.rows,
        "outcomes": dict(expected.outcomes),
        "problems": dict(expected.problems),
        "file_problems": sorted(expected.file_problems),
        "messages": expected.messages,
    }


def describe_people(tenant: Tenant) -> dict[str, Any]:
    """Who is there, and what a leader reaches (W2)."""
    with tenant_scope(tenant.pk):
        anna = User.objects.get(username="anna.berger")
        names = ("Ward 3", "Ward 3 Night")
        in_team = {name: Membership.objects.filter(team__name=name).count() for name in names}
        return {
            "people": User.objects.count(),
            "courses": Course.objects.count(),
            "archived": Course.objects.filter(is_active=False).count(),
            "in reach": visible_people(anna).count(),
            "teams": in_team,
            "her courses": usable_courses(anna).count(),
            "without e-mail": User.objects.filter(email="").count(),
            "in one mailbox": User.objects.filter(email="station3@northfield.example").count(),
            "inactive": User.objects.filter(is_active=False).count(),
            "can sign in": sum(user.has_usable_password() for user in User.objects.filter(pk__lt=anna.pk + 50)),
        }


PEOPLE = {
    "people": 60_000,
    "courses": 500,
    "archived": 60,
    "in reach": 43,
    "teams": {"Ward 3": 31, "Ward 3 Night": 12},
    "her courses": 12,
    "without e-mail": 2_996,
    "in one mailbox": 9,
    "inactive": 2_397,
    "can sign in": 4,
}


@pytest.mark.django_db(transaction=True)
def test_W2_every_sample_gives_the_numbers_beside_it(tmp_path: Path) -> None:
    """One test for history and all files, because loading 62,000 people takes longer than checking most of them."""
    northfield = load_organisation(make_northfield())
    assert describe_people(northfield) == PEOPLE
    load_organisation(make_bergmann())
    refresh_statistics()
    made = make_history()
    assert (describe_imports(northfield), make_history()) == (HISTORY, [])
    assert made == [name for name, *_ in HISTORY]
    assert describe_story(northfield) == {
        "nights": True,
        "mails": {"sent"},
        "kinds": {
            *("import_finished", "course_assigned", "due_reminder", "overdue", "retake_open"),
            *("certification_window_opens", "certification_expiring_soon", "certification_expired"),
        },
        "failed in": ("checking", True),
        "details gone": "life-support-october.csv",
        "kept by an undo": 89,
    }

    now = timezone.now()
    signature = sign_sheet(slug="northfield", username="maria.keller", activity="FAW-3", domain="clinical")
    write_samples(tmp_path, at=now, signature=signature)
    samples = make_samples(now)
    checked = {sample.name: check(sample, tmp_path) for sample in samples}
    found = {name: result for name, (result, _) in checked.items()}
    assert found == {sample.name: expect(sample) for sample in samples}
    old_lms = checked["02-old-lms-export.csv"][1]
    assert old_lms is not None
    numbers = {key: old_lms.summary[key] for key in ("people", "items", "first_day", "last_day")}
    assert numbers == {"people": 11_940, "items": 412, "first_day": "2009-01-04", "last_day": "2026-11-14"}


@pytest.mark.parametrize("at", [AT, AT + timedelta(days=900)])
def test_W6_W8_W9_W10_the_old_systems_export_has_the_numbers_of_the_story_on_any_day(at: datetime) -> None:
    expected = next(sample.expected for sample in make_samples(at) if sample.name == "02-old-lms-export.csv")
    imported = sum(expected.outcomes[outcome] for outcome in ("created", "updated", "added_to_history"))
    left = [expected.outcomes[outcome] for outcome in ("unchanged", "skipped", "rejected")]
    assert [expected.rows, imported, *left] == [49_216, 46_902, 251, 1_006, 1_057]
    assert [expected.problems[code] for code in ("R202", "R402")] == [804, 312]
    assert expected.messages == {
        "emails": 3_118,
        "people": 2_904,
        "course_assigned": 2_611,
        "non_compliant": 507,
        "people without e-mail": 411,
    }


def test_the_files_are_the_same_bytes_on_every_run(tmp_path: Path) -> None:
    small = [sample for sample in make_samples(AT) if not sample.name.startswith(("00", "02", "12-first", "14"))]
    for sample in small:
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir(exist_ok=True)
            sample.write(tmp_path / folder / sample.name)
    contents = [[(tmp_path / folder / sample.name).read_bytes() for sample in small] for folder in ("one", "two")]
    assert contents[0] == contents[1]


def test_writing_again_leaves_the_files_alone_and_the_table_names_each(tmp_path: Path) -> None:
    names = [path.name for path in write_samples(tmp_path, at=AT)]
    (tmp_path / "01-clean.xlsx").write_bytes(b"mine")
    write_samples(tmp_path, at=AT)
    assert (tmp_path / "01-clean.xlsx").read_bytes() == b"mine"
    described = json.loads((tmp_path / "expected.json").read_text("utf-8"))
    assert [entry["file"] for entry in described] == names
    table = (tmp_path / "EXPECTED.md").read_text("utf-8")
    assert [name for name in names if f"| {name} |" not in table] == []
