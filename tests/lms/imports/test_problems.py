"""Every row code that an import of completions can give, each by one small file; and the catalogue's words."""

import datetime as dt
import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from django.utils.translation import override

from lms.imports.problems import CATALOGUE, F001_BY_KIND, Level, describe_parts, describe_problem, is_fatal
from lms.people.models import User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_person
from tests.plugins.running import Imported

HEAD = "username,course code,completion date,score,note,status\n"
TOMORROW = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=2)
# Codes of rows that no import of completions gives: other importers' and later ones'.
OF_OTHERS = {"R108", "R203", "R204", "R205", "R209", "R210", "R305", "R408", "R503", "R506", "R507"}
# Rows that a person leaves out of an import of all or nothing: test_leaving_out.py.
OF_PEOPLE = {"R211"}
# Codes about due dates and compliance, which need settings and have their tests in test_importers_compliance.py.
OF_DATES = {"R306", "R405", "R406", "R410"}
# Codes that come when a row is applied, and have their tests in test_applying.py.
WHEN_APPLIED = {"R901", "R902", "R903"}


def one_row(username: str = "bob", code: str = "SAFE-1", day: str = "2024-05-01", **more: str) -> str:
    return (
        f"{HEAD}{username},{code},{day},{more.get('score', '')},{more.get('note', '')},{more.get('status', 'passed')}\n"
    )


@pytest.mark.parametrize(
    ("content", "row"),
    [
        pytest.param(one_row(username=" "), (2, "rejected", ["R101"]), id="R101-blank-person"),
        pytest.param(one_row(username="nobody"), (2, "rejected", ["R102"]), id="R102-unknown-person"),
        pytest.param(one_row(username="1.2E+05"), (2, "rejected", ["R105"]), id="R105-changed-by-a-spreadsheet"),
        pytest.param(one_row(code=""), (2, "rejected", ["R201"]), id="R201-blank-course"),
        pytest.param(one_row(code="NOPE"), (2, "rejected", ["R202"]), id="R202-unknown-course"),
        pytest.param(one_row(code="shut-3"), (2, "rejected", ["R206"]), id="R206-closed-course"),
        pytest.param(one_row(status="failed"), (2, "skipped", ["R207"]), id="R207-status"),
        pytest.param(one_row(username="Sample: jane"), (2, "skipped", ["R208"]), id="R208-sample"),
        pytest.param(one_row(day=""), (2, "rejected", ["R301"]), id="R301-blank-date"),
        pytest.param(one_row(day="31/06/2012"), (2, "rejected", ["R302"]), id="R302-no-calendar-day"),
        pytest.param(one_row(day=str(TOMORROW)), (2, "rejected", ["R303"]), id="R303-future"),
        pytest.param(one_row(day="1969-12-31"), (2, "rejected", ["R304"]), id="R304-too-early"),
        pytest.param(one_row(code="OLD-9"), (2, "added_to_history", ["R409", "R404"]), id="R409-archived-R404"),
        pytest.param(one_row(score="many"), (2, "rejected", ["R501"]), id="R501-no-number"),
        pytest.param(one_row(score="1001"), (2, "rejected", ["R501"]), id="R501-out-of-range"),
        pytest.param(one_row(note="n" * 501), (2, "rejected", ["R502"]), id="R502-too-long"),
        pytest.param(one_row(username="b\u202eob"), (2, "rejected", ["R505"]), id="R505-bidirectional"),
        pytest.param(HEAD + "bob,SAFE-1\n", (2, "rejected", ["R601"]), id="R601-too-few-cells"),
        pytest.param(HEAD + "bob,SAFE-1,2024-05-01,,,,x\n", (2, "rejected", ["R601"]), id="R601-too-many-cells"),
        pytest.param(one_row(), (2, "created", []), id="no-problem"),
    ],
)
def test_a_row_gives_exactly_its_code(
    run_import: Callable[..., Imported], content: str, row: tuple[int, str, list[str]]
) -> None:
    assert run_import("completions", content).rows == [row]


def test_R103_a_value_that_several_people_share_names_nobody(cast: Cast, run_import: Callable[..., Imported]) -> None:
    with tenant_scope(cast.acme.pk):
        for name in ("nina", "nils"):
            add_person(cast.acme, name, email="ward@acme.example")
    imported = run_import("completions", one_row(username="WARD@acme.example"), find_by="email")
    assert imported.rows == [(2, "rejected", ["R103"])]
    assert imported.summary["problems"][0]["values"][0]["params"] == {"n": 2, "value": "WARD@acme.example"}


def test_R104_R107_deactivated_people(cast: Cast, run_import: Callable[..., Imported]) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert run_import("completions", one_row(), check_only=True).rows == [(2, "created", ["R104"])]
    Tenant.objects.filter(pk=cast.acme.pk).update(deactivated_people_fail=True)
    assert run_import("completions", one_row(), check_only=True).rows == [(2, "rejected", ["R107"])]


def test_R105_lost_zeros_are_offered_back(run_import: Callable[..., Imported]) -> None:
    imported = run_import("completions", one_row(username="123"), find_by="employee_id")
    assert imported.rows == [(2, "rejected", ["R105"])]
    params = imported.summary["problems"][0]["values"][0]["params"]
    assert params == {"value": "123", "padded": "000123"}
    with override("en"):
        assert describe_problem("R105", params) == 'A spreadsheet may have changed "123". Did you mean "000123"?'


def test_R106_E10_a_row_that_plainly_belongs_to_another_person(run_import: Callable[..., Imported]) -> None:
    content = (
        "username,course code,completion date,name,surname,mail,number\n"
        "bob,SAFE-1,2024-05-01,Bob,O'Connor,BOB@acme.example,000123\n"
        "ben,SAFE-1,2024-05-01,Carl,Müller,ben@acme.example,000124\n"
        "carl,SAFE-1,2024-05-01,,,,\n"
        "ben,FIRE-2,2024-05-01,Ben,MÜLLER-Schmidt,other@acme.example,000123\n"
    )
    checks = {"first_name": "name", "last_name": "surname", "email": "mail", "employee_id": "number"}
    imported = run_import("completions", content, checks=checks)
    assert imported.rows == [
        (2, "created", []),
        (3, "rejected", ["R106"]),
        (4, "created", []),
        (5, "rejected", ["R106", "R106", "R106"]),
    ]


def test_E10_nothing_of_a_check_only_column_is_stored(cast: Cast, run_import: Callable[..., Imported]) -> None:
    content = "username,course code,completion date,who\nbob,SAFE-1,2024-05-01,Bob O'Connor\n"
    imported = run_import("completions", content, checks={"full_name": "who"})
    assert imported.rows == [(2, "created", [])]
    with tenant_scope(cast.acme.pk):
        row = imported.batch.rows().get()
        assert row.cells == ["bob", "SAFE-1", "2024-05-01", "Bob O'Connor"], "the original cells stay in the row log"
        assert row.values == {"date_text": "2024-05-01", "person": "bob", "item": "SAFE-1"}


def test_R401_R402_R403_R404_what_is_recorded_already(run_import: Callable[..., Imported]) -> None:
    run_import("completions", one_row(day="2024-05-01"))
    again = run_import("completions", one_row(day="2024-05-01") + "bob,SAFE-1,2024-05-01,,,passed\n", check_only=True)
    assert again.rows == [(2, "unchanged", ["R401"]), (3, "unchanged", ["R403"])]
    older = run_import("completions", one_row(day="2020-05-01"), check_only=True)
    assert older.rows == [(2, "updated", ["R402"])]
    history = run_import("completions", one_row(day="2020-05-01"), options={"policy": "newest_date"}, check_only=True)
    assert history.rows == [(2, "added_to_history", ["R404"])]


def test_R504_a_cell_that_holds_an_error_of_the_spreadsheet(run_import: Callable[..., Imported]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["username", "course code", "completion date"],
        ["bob", "SAFE-1", dt.date(2024, 5, 1)],
        ["#N/A", "SAFE-1", dt.date(2024, 5, 1)],
    ):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    imported = run_import("completions", file.getvalue(), file_name="upload.xlsx")
    assert imported.rows == [(2, "created", []), (3, "rejected", ["R504"])]


# --- the catalogue ------------------------------------------------------------------------------------------


def test_the_table_above_knows_every_row_code() -> None:
    import inspect
    import sys

    source = inspect.getsource(sys.modules[__name__])
    named = set(re.findall(r"R\d{3}", source))
    codes = {code for code in CATALOGUE if code.startswith("R")}
    assert codes - named == set()
    assert (OF_OTHERS | OF_PEOPLE | OF_DATES | WHEN_APPLIED) - codes == set()


@pytest.mark.parametrize("code", sorted(CATALOGUE))
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_code_can_be_worded_even_without_its_parameters(code: str, language: str) -> None:
    with override(language):
        sentence, fix = describe_parts(code, {})
        assert sentence
        assert "%(" not in sentence + fix


@pytest.mark.parametrize("kind", sorted(F001_BY_KIND))
def test_F001_says_what_to_do_with_each_kind(kind: str) -> None:
    with override("en"):
        sentence, fix = describe_parts("F001", {"kind": kind, "encoding": "utf-8", "row": 3})
    assert sentence.endswith(".")
    assert fix.endswith(".")


def test_only_problems_of_the_row_are_fatal() -> None:
    fatal = {code for code in CATALOGUE if is_fatal(code, levels={})}
    assert fatal == {code for code, problem in CATALOGUE.items() if problem.level is Level.ROW}
    assert {"R104", "R207", "R401", "R402", "R403", "R404", "R407", "R903"}.isdisjoint(fatal)


def test_S27_what_fails_a_row_may_differ_from_kind_to_kind() -> None:
    levels = {"R401": Level.ROW, "R102": Level.WARNING}
    assert [is_fatal(code, levels=levels) for code in ("R401", "R102", "R403")] == [True, False, False]


def test_R901_says_what_became_impossible() -> None:
    with override("en"):
        words = describe_problem("R901", {"code": "R102", "field": "username", "value": "bob"})
    assert words == 'Changed since the check: No person with username "bob" that you manage. Run the check again.'


def test_R407_days_stand_in_words() -> None:
    params = {"field": "Due date", "a": "2025-06-30", "b": "2025-07-31"}
    assert describe_problem("R407", params) == (
        'Already recorded with Due date "30 June 2025"; your file says "31 July 2025". Nothing changes.'
    )


def test_R407_a_value_that_only_looks_like_a_day_stays_as_it_is() -> None:
    params = {"field": "Note", "a": "", "b": "2025-02-31"}
    assert describe_problem("R407", params) == (
        'Already recorded with Note ""; your file says "2025-02-31". Nothing changes.'
    )
