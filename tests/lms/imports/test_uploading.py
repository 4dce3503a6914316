"""Storing a file, once however often it is sent, and looking at it (E-41, E-52, E-67, F001 to F003, F008, F010, F011)."""

import datetime as dt
import io
import uuid
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from lms.imports.importer import get_importer
from lms.imports.models import ImportBatch
from lms.imports.uploading import (
    SAMPLE_ROWS,
    UploadConflict,
    UploadRefused,
    open_upload,
    read_limits,
    request_sniff,
    row_limit,
    safe_file_name,
    store_upload,
)
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

CONTENT = "username,course code,completion date\nbob,SAFE-1,2024-05-01\n"


def store(cast: Cast, content: bytes = CONTENT.encode(), **given: Any) -> ImportBatch:
    given.setdefault("idempotency_key", uuid.uuid4())
    given.setdefault("file_name", "upload.csv")
    return store_upload(
        tenant=Tenant.objects.get(pk=cast.acme.pk),
        actor=cast.adam,
        importer=get_importer("completions"),
        chunks=[content[:10], content[10:]],
        **given,
    )


def test_a_stored_file_is_a_batch_that_says_who_what_and_until_when(cast: Cast) -> None:
    batch = store(cast, note="  ticket 4711\u200b ")
    assert (batch.number, batch.kind, batch.state, batch.sniffed) == (1, "completions", "uploaded", None)
    assert (batch.uploaded_by_id, batch.uploader_name, batch.uploader_role) == (
        cast.adam.pk,
        "Adam Admin",
        "administrator",
    )
    assert (batch.file_name, batch.file_size) == ("upload.csv", len(CONTENT))
    assert batch.note == "ticket 4711"
    assert batch.is_working
    with open_upload(batch) as path:
        assert path.read_bytes() == CONTENT.encode()


def test_E41_a_note_has_up_to_200_characters(cast: Cast) -> None:
    assert store(cast, note="n" * 300).note == "n" * 200


def test_E67_the_day_of_deletion_is_fixed_at_the_upload(cast: Cast, settings: Settings) -> None:
    day = today(cast.acme)
    assert store(cast).purge_on == day + dt.timedelta(days=31)
    Tenant.objects.filter(pk=cast.acme.pk).update(retention_days=5)
    assert store(cast).purge_on == day + dt.timedelta(days=6)
    settings.RETENTION_DAYS_CEILING = 2
    assert store(cast).purge_on == day + dt.timedelta(days=3)


def test_F7_F8_the_same_form_sent_twice_is_one_import_and_with_another_file_a_conflict(cast: Cast) -> None:
    key = uuid.uuid4()
    first = store(cast, idempotency_key=key)
    assert store(cast, idempotency_key=key).pk == first.pk
    with pytest.raises(UploadConflict):
        store(cast, b"something else", idempotency_key=key)
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.count() == 1


def test_F008_the_same_bytes_again_are_named_with_their_state(imports: Imports) -> None:
    first = imports.run("completions", CONTENT)
    again = imports.upload("completions", CONTENT)
    (problem,) = again.batch.problems
    assert (problem["code"], problem["params"]["number"], problem["params"]["state"]) == (
        "F008",
        first.number,
        "completed",
    )
    assert imports.upload("completions", CONTENT, as_="charlie").codes == [], "other tenants' files are not named"


def test_F010_too_many_bytes_are_refused_while_they_come(cast: Cast, settings: Settings) -> None:
    settings.IMPORT_UPLOAD_BYTES = 30
    with pytest.raises(UploadRefused) as refused:
        store(cast)
    assert refused.value.code == "F010"
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\temp\\results.csv", "results.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\u202etxt.exe\x00.csv", "atxt.exe.csv"),
        ("", "upload"),
        ("\u200b", "upload"),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
    ],
)
def test_S7_names_of_files_are_made_harmless(name: str, kept: str) -> None:
    assert safe_file_name(name) == kept


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "F002"),
        (b"username,course code,completion date\n\n\n", "F002"),
        (b"%PDF-1.7 something", "F001"),
        (b"PK\x03\x04 not a workbook", "F001"),
        (b'username,course code,completion date\n"bob,SAFE-1,2024-05-01\n', "F001"),
    ],
    ids=["empty", "header-only", "pdf", "zip", "open-quote"],
)
def test_F001_F002_a_file_that_cannot_be_read_is_refused_with_its_code(
    cast: Cast, imports: Imports, content: bytes, code: str
) -> None:
    refused = imports.upload("completions", content)
    if refused.batch.sniffed:
        refused = imports.check(refused)
    assert (refused.state, refused.codes) == ("refused", [code])
    with tenant_scope(cast.acme.pk):
        assert not any(batch.rows().exists() for batch in ImportBatch.objects.all())


def test_L12_F003_one_row_too_many_is_refused_with_limit_and_count(cast: Cast, imports: Imports) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(row_limit=3)
    row = "bob,SAFE-1,2024-05-01\n"
    head = "username,course code,completion date\n"
    fits = imports.upload("completions", head + 3 * row + 20 * ",,\n")
    assert (fits.state, fits.batch.data_rows) == ("uploaded", 3), "L-13: blank rows and the header do not count"
    refused = imports.upload("completions", head + 4 * row)
    assert (refused.state, refused.batch.problems[0]["code"]) == ("refused", "F003")
    assert refused.batch.problems[0]["params"] == {"n": 4, "limit": 3}
    assert refused.rows == []


def test_L12_the_operators_ceiling_is_above_the_tenants_limit(cast: Cast, settings: Settings) -> None:
    settings.IMPORT_ROW_CEILING = 10
    tenant = Tenant.objects.get(pk=cast.acme.pk)
    assert row_limit(tenant) == 10
    assert read_limits(tenant).max_rows == 10 + SAMPLE_ROWS, "sample rows of the template do not count (L-13)"


def hidden_rows() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["username", "course code", "completion date"])
    for name in ("bob", "ben", "carl"):
        sheet.append([name, "SAFE-1", dt.date(2024, 5, 1)])
    sheet.row_dimensions[3].hidden = True
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_E02_F011_hidden_rows_are_asked_about(cast: Cast, imports: Imports) -> None:
    asked = imports.upload("completions", hidden_rows(), file_name="hidden.xlsx")
    assert asked.batch.problems == [{"code": "F011", "params": {"n": 1, "total": 3, "m": 2}}]
    visible = imports.check(asked, read_options={"hidden_rows": "visible"})
    everything = imports.check(asked, read_options={"hidden_rows": "all"})
    assert ([row for row, _, _ in visible.rows], [row for row, _, _ in everything.rows]) == ([2, 4], [2, 3, 4])
    with tenant_scope(cast.acme.pk):
        request_sniff(asked.batch, read_options={**asked.batch.read_options, "hidden_rows": "visible"})
    imports.work()
    looked_at = imports.load(asked.batch)
    assert (looked_at.codes, looked_at.planned, looked_at.batch.data_rows) == ([], {"created": 3}, 3), (
        "the check stands"
    )


def test_the_file_of_a_refused_upload_is_not_kept(cast: Cast, settings: Settings) -> None:
    folder = f"tenants/{cast.acme.pk}/imports"
    before = set(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else set()
    settings.IMPORT_UPLOAD_BYTES = 30
    with pytest.raises(UploadRefused):
        store(cast)
    after = set(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else set()
    assert after == before
