"""The bench measures the same work: its files have the promised shape, and floor and product agree on every record."""

import json
import uuid
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from bench import certifications, daily, data, offline
from bench.data import make_tenant, write_files
from bench.floor import run_floor
from bench.ours import CERTIFICATIONS, COMPLETIONS, Kind
from bench.peers import run_naive, run_peer
from bench.reporting import BEGIN, END, Measured, describe_machine, format_table, write_page
from certifications.models import CertificationRecord, CertificationStatus
from lms.imports.checking import request_check
from lms.imports.importer import get_importer
from lms.imports.models import ImportBatch
from lms.imports.uploading import store_upload
from lms.imports.working import work_once
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineRecord

EXISTING = 400
Record = tuple[str, str, date]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small organisation in place of 60,000 people."""
    monkeypatch.setattr(data, "PEOPLE", 300)
    monkeypatch.setattr(data, "COURSES", 20)


def test_file_has_the_shares_it_promises(tmp_path: Path) -> None:
    files = write_files(tmp_path, rows=2_000, existing=100_000, seed=1)
    assert len(files.rows) == 2_000
    assert len(set(files.good)) == len({row[:2] for row in files.good}) == 1_860
    assert sum(count - 1 for count in Counter(files.rows).values()) == 100
    assert files.csv.read_text(encoding="utf-8").count("\n") == 2_001


def read_records(tenant: Tenant) -> tuple[list[Record], list[Record]]:
    """Return completions and current results."""
    names = "JOIN people_user p ON p.id = r.person_id JOIN courses_course c ON c.id = r.course_id ORDER BY 1, 2, 3"
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(f"SELECT username, code, completed_on FROM completions_achievement r {names}")  # noqa: S608
        completions = cursor.fetchall()
        cursor.execute(f"SELECT username, code, completed_on FROM completions_courseresult r {names}")  # noqa: S608
        return completions, cursor.fetchall()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small")
def test_floor_and_product_write_the_same_completions_and_results(tmp_path: Path) -> None:
    files = write_files(tmp_path, rows=1_000, existing=EXISTING, seed=1)
    floor, ours = make_tenant("floor", existing=EXISTING), make_tenant("ours", existing=EXISTING)
    run_floor(floor.pk, files.csv, results=tmp_path / "floor.csv")
    import_file(ours, files.csv)
    assert read_records(ours) == read_records(floor)
    assert len((tmp_path / "floor.csv").read_text(encoding="utf-8").splitlines()) == 1_001


def import_file(tenant: Tenant, path: Path, *, kind: Kind = COMPLETIONS) -> ImportBatch:
    """Import by the workers' own loop."""
    importer = get_importer(kind.key)
    with tenant_scope(tenant.pk):
        owner = User.objects.get(username_key="owner")
        options = {**importer.default_options(tenant), "failure_mode": "import_good", **kind.options}
    batch = store_upload(
        tenant=tenant,
        actor=owner,
        importer=importer,
        chunks=[path.read_bytes()],
        file_name="file.csv",
        idempotency_key=uuid.uuid4(),
    )
    work()
    with tenant_scope(tenant.pk):
        request_check(
            ImportBatch.objects.get(pk=batch.pk),
            actor=owner,
            mapping=kind.make_mapping(),
            options=options,
            confirm_with={"actor": owner.pk, "answers": dict(kind.answers)},
        )
    work()
    with tenant_scope(tenant.pk):
        return ImportBatch.objects.get(pk=batch.pk)


def work() -> None:
    """Do all there is to do."""
    while work_once():
        pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small")
def test_certificates_have_the_shares_they_promise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(certifications, "CERTIFICATIONS", 20)
    tenant = make_tenant("certifications", existing=0)
    certifications.add_certifications(tenant, existing=EXISTING)
    path = certifications.write_certificates(tmp_path, rows=1_000, existing=EXISTING, seed=1)
    batch = import_file(tenant, path, kind=CERTIFICATIONS)

    counts = batch.counts
    assert (batch.state, batch.data_rows) == ("completed_with_errors", 1_000)
    assert (counts["evidence"], counts["rejected"]) == (4, 16)
    assert counts["unchanged"] >= 50
    assert sum(counts[outcome] for outcome in ("created", "updated", "added_to_history")) >= 900
    with tenant_scope(tenant.pk):
        assert CertificationRecord.objects.count() > EXISTING + 900
        assert set(CertificationStatus.objects.values_list("state", flat=True)) >= {"certified", "expired"}


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_every_offline_record_of_the_file_is_created(tmp_path: Path) -> None:
    tenant = make_tenant("offline", existing=0)
    kind = offline.make_kind(offline.add_activity(tenant, existing=EXISTING))
    batch = import_file(tenant, offline.write_records(tmp_path, rows=1_000, seed=1), kind=kind)
    with tenant_scope(tenant.pk):
        assert (batch.state, batch.counts) == ("completed", {"created": 1_000})
        assert OfflineRecord.objects.count() == EXISTING + 1_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small")
def test_peer_and_naive_write_every_good_row(tmp_path: Path) -> None:
    files = write_files(tmp_path, rows=200, existing=EXISTING, seed=1)
    peer, naive = make_tenant("peer", existing=EXISTING), make_tenant("naive", existing=EXISTING)
    assert run_peer(peer.pk, files.good) > 0
    assert run_naive(naive.pk, files.good) > 0
    completions, results = read_records(naive)
    assert read_records(peer)[0] == completions
    shown = {(username, code): f"{day:%d/%m/%Y}" for username, code, day in results}
    assert {(username, code.upper()): day for username, code, day in files.good}.items() <= shown.items()


@pytest.mark.django_db
def test_page_keeps_its_words_and_gets_new_numbers(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Words\n\n{BEGIN}\nold\n{END}\n\nmore words\n", encoding="utf-8")
    measured = [
        Measured("floor", "hand-written SQL", 2, 50_000),
        Measured("ours_csv", "Rollbook, CSV", 3, 50_000),
        Measured("ours_xlsx", "Rollbook, XLSX", 4.5, 50_000),
        Measured("peer", "django-import-export", 60, 50_000, scaled_from=5_000),
    ]
    write_page(page, measured, machine=describe_machine(), existing=100_000, is_quick=True)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Words\n")
    assert text.endswith("\n\nmore words\n")
    assert "old" not in text
    assert "| django-import-export | 60.00 | 833 | 30.00 x | 20.00 x | scaled from 5,000 rows |" in text
    assert "1.50 times the floor (1.00 s more)" in text
    assert "django-import-export" in format_table(measured)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small")
def test_the_nights_have_the_work_they_promise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(daily, "PEOPLE", 300)
    monkeypatch.setattr(daily, "COURSES", 20)
    monkeypatch.setattr(daily, "RESULTS", 2_000)
    monkeypatch.setattr(daily, "NEVER_COMPLETED", 100)
    monkeypatch.setattr(daily, "STATUSES", 2_000)
    daily.run_daily_bench(is_quick=False, output=tmp_path)
    (written,) = tmp_path.glob("daily-*.json")
    nights = json.loads(written.read_text(encoding="utf-8"))["nights"]
    names = ("retakes_opened", "due_reminder", "overdue", "retake_open", "non_compliant")
    assert [(night["day"], *(night["counts"][name] for name in names)) for night in nights] == [
        ("2026-03-15", 4, 6, 2, 4, 7),
        ("2026-03-16", 4, 6, 2, 4, 9),
        ("2026-03-17", 3, 6, 2, 3, 6),
    ]
    moved = ("windows_opened", "expired", "certification_window_opens", "certification_expiring_soon")
    assert [tuple(night["counts"][name] for name in moved) for night in nights] == [
        (6, 0, 6, 6),
        (7, 7, 7, 7),
        (7, 7, 7, 7),
    ]
    assert "2026-03-17: " in capsys.readouterr().out
