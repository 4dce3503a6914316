"""Templates that went through a real LibreOffice; `make office` runs these where one is installed."""

import datetime as dt
import subprocess
import uuid
from pathlib import Path

import openpyxl
import pytest

from lms.imports.importer import get_importer
from lms.imports.uploading import store_upload
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineActivity
from tests.offline_records.catalogue import KIND, add_activity, add_field, choose
from tests.offline_records.filling import fill, make_template
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

pytestmark = [pytest.mark.office, pytest.mark.django_db]

ROW = {
    "employee_id": "00042",
    "activity": "LIFT",
    "domain": "clinical",
    "completed_on": dt.date(2024, 5, 13),
    "result": "passed",
    "score": 88.5,
    "certificate_number": "00123",
    "Room": "B2",
}
EXPECTED = {"result": "passed", "score": "88.50", "certificate_number": "00123"}


@pytest.fixture
def lift(cast: Cast) -> OfflineActivity:
    """An activity with typed columns and a list, and somebody whose identifier looks like a number."""
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(employee_id="00042", employee_id_key="00042")
        # So that dates of text are read as this LibreOffice writes them.
        User.objects.filter(pk=cast.adam.pk).update(date_format="mm/dd/yyyy")
    needs = {"result": "required", "score": "optional", "certificate_number": "optional"}
    activity = add_activity(cast.acme, fields=needs, score_maximum=100)
    add_field(activity, "Room", "choice", choices=["A1", "B2"], is_required=True)
    return activity


def save_as(source: Path, ending: str, *, filter_name: str) -> Path:
    """Open a file in LibreOffice and save it in another place."""
    target = source.parent / ending
    profile = f"-env:UserInstallation={(source.parent / 'profile').as_uri()}"
    command = ["soffice", "--headless", "--norestore", profile, "--convert-to", f"{ending}:{filter_name}"]
    subprocess.run([*command, "--outdir", target, source], check=True, capture_output=True, timeout=120)
    return target / f"{source.stem}.{ending}"


def check(imports: Imports, path: Path) -> Imported:
    """Upload the file, saying nothing about it."""
    actor = imports.person("adam")
    batch = store_upload(
        tenant=imports.tenant_of(actor),
        actor=actor,
        importer=get_importer(KIND),
        chunks=[path.read_bytes()],
        file_name=path.name,
        idempotency_key=uuid.uuid4(),
        starts_check=True,
    )
    imports.work()
    return imports.load(batch)


def test_S11_S14_S36_saved_by_libreoffice_it_is_still_recognised(
    cast: Cast, imports: Imports, lift: OfflineActivity, tmp_path: Path
) -> None:
    options = choose(lift, cast.clinical, identifier="employee_id")
    template = make_template(options, actor=imports.person("adam"), tenant=cast.acme)
    (tmp_path / "untouched.xlsx").write_bytes(template)
    (tmp_path / "filled.xlsx").write_bytes(fill(template, [ROW]))
    book = save_as(tmp_path / "filled.xlsx", "xlsx", filter_name="Calc MS Excel 2007 XML")
    sheet = save_as(save_as(book, "ods", filter_name="calc8"), "xlsx", filter_name="Calc MS Excel 2007 XML")
    text = save_as(book, "csv", filter_name="Text - txt - csv (StarCalc):44,34,76,1,,0,false,true")
    untouched = save_as(tmp_path / "untouched.xlsx", "xlsx", filter_name="Calc MS Excel 2007 XML")

    for path in (book, sheet, text):
        done = check(imports, path)
        assert (done.state, done.planned, done.codes) == ("ready", {"created": 1}, []), path
        assert {name: done.batch.options[name] for name in options} == options
        with tenant_scope(cast.acme.pk):
            row = done.batch.rows().get()
        assert (row.person_id, row.day, row.values | EXPECTED) == (cast.bob.pk, ROW["completed_on"], row.values)
    assert check(imports, untouched).outcomes == ["skipped", "skipped"]
    rules = openpyxl.load_workbook(book)["Data"].data_validations.dataValidation
    assert [(rule.type, rule.formula1) for rule in rules] == [
        ("date", "25569"),
        ("list", "Lists!$A$2:$A$4"),
        ("decimal", "0"),
        ("list", "Lists!$B$2:$B$3"),
    ]
