"""The pipeline from the command line, with its exit codes (E-04, E-39, F004, F011)."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from lms.imports.remembering import Settings, recall_settings
from lms.people.models import RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.dated_importer import DatedImporter, dated
from tests.plugins.cast import Cast, add_person
from tests.plugins.standing import completions, current_results

__all__ = ["dated"]
HEAD = "username,course code,completion date\n"
Call = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def import_file(cast: Cast, tmp_path: Path) -> Call:
    """Run the command on a text; return its exit code and its JSON."""
    del cast

    def call(content: str, *arguments: str, username: str = "adam", kind: str = "completions") -> tuple[int, Any]:
        path = tmp_path / "records.csv"
        path.write_text(content, encoding="utf-8")
        out = StringIO()
        words = ["--tenant", "acme", "--as", username, "--wait", "--json", *arguments]
        code = 0
        try:
            call_command("import_file", kind, str(path), *words, stdout=out, stderr=StringIO())
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, json.loads(out.getvalue())

    return call


def test_exit_0_all_rows_fine(cast: Cast, import_file: Call) -> None:
    code, told = import_file(HEAD + "bob,SAFE-1,1/2/2024\nben,SAFE-1,3/4/2024\n")
    assert (code, told["batch"], told["state"], told["counts"]) == (0, 1, "completed", {"created": 2})
    assert told["rows"] == [
        {"row": 2, "outcome": "created", "codes": []},
        {"row": 3, "outcome": "created", "codes": []},
    ]
    assert current_results(cast.acme) == [("ben", "SAFE-1", "2024-04-03"), ("bob", "SAFE-1", "2024-02-01")]


def test_exit_1_some_rows_rejected(import_file: Call) -> None:
    code, told = import_file(HEAD + "bob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n")
    assert (code, told["state"], told["counts"]) == (1, "completed_with_errors", {"created": 1, "rejected": 1})


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        ("%PDF-1.7", []),
        ("", []),
        ("username,completion date\nbob,2024-05-01\n", []),
        (HEAD + "bob,SAFE-1,2024-05-01\n", ["--option", "policy=newest"]),
        (HEAD + "bob,SAFE-1,2024-05-01\n", ["--option", "colour=red"]),
        (HEAD + "bob,SAFE-1,2024-05-01\n", ["--option", "find_by=shoe_size"]),
        (HEAD + "bob,SAFE-1,2024-05-01\n", ["--option", "date_format=later"]),
        (HEAD + "bob,SAFE-1,2024-05-01\n", ["--option", "failure_mode=perhaps"]),
        (HEAD + "bob,SAFE-1,2024-05-01\n", ["--map", "username=Nickname"]),
        (HEAD + "bob,SAFE-1,2024-05-01\n", ["--map", "nickname=username"]),
        (HEAD + "bob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n", ["--option", "failure_mode=stop_if_any"]),
    ],
    ids=[
        "F001",
        "F002",
        "F004",
        "policy",
        "option",
        "find_by",
        "date_format",
        "mode",
        "column",
        "field",
        "stop_if_any",
    ],
)
def test_exit_2_refused_or_misused(cast: Cast, import_file: Call, content: str, arguments: list[str]) -> None:
    code, told = import_file(content, *arguments)
    assert (code, told["state"]) == (2, "refused")
    assert completions(cast.acme) == []


@pytest.mark.parametrize(("kind", "username"), [("payroll", "adam"), ("completions", "bob"), ("completions", "nobody")])
def test_exit_2_who_or_what_does_not_exist_or_may_not(cast: Cast, import_file: Call, kind: str, username: str) -> None:
    code, told = import_file(HEAD + "bob,SAFE-1,2024-05-01\n", username=username, kind=kind)
    assert (code, told["state"]) == (2, "refused")
    assert completions(cast.acme) == []


def test_L06_the_command_line_asks_for_the_same_permission(cast: Cast, import_file: Call) -> None:
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role="team_leader", permission=Permission.IMPORT_COMPLETIONS, allowed=False
        )
    assert import_file(HEAD + "bob,SAFE-1,2024-05-01\n", username="lea")[0] == 2


def test_check_only_stops_at_the_review_with_the_same_exit_codes(cast: Cast, import_file: Call) -> None:
    code, told = import_file(HEAD + "bob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\n", "--check-only")
    assert (code, told["state"], told["counts"]) == (1, "ready", {"created": 1, "rejected": 1})
    assert completions(cast.acme) == []


def test_columns_options_and_a_file_without_names(cast: Cast, import_file: Call) -> None:
    mapped = import_file("who,what,when\nbob,SAFE-1,2/1/2024\n", "--map", "username=who", "--map", "course_code=what",
                         "--map", "completed_on=when", "--option", "date_format=mm/dd/yyyy",
                         "--option", "header_row=1")  # fmt: skip
    nameless = import_file("ben,SAFE-1,2024-05-01\n", "--no-header", "--map", "username=Column 1",
                           "--map", "course_code=Column 2", "--map", "completed_on=Column 3")  # fmt: skip
    history = import_file(HEAD + "carl,SAFE-1,2024-05-01\n", "--option", "policy=history_only")
    assert (mapped[0], nameless[0], history[0]) == (0, 0, 0)
    assert current_results(cast.acme) == [("ben", "SAFE-1", "2024-05-01"), ("bob", "SAFE-1", "2024-02-01")]
    assert len(completions(cast.acme)) == 3


def test_E39_the_brake_asks_for_its_number_on_the_command_line_too(cast: Cast, import_file: Call) -> None:
    with tenant_scope(cast.acme.pk):
        names = [add_person(cast.acme, f"p{number}").username for number in range(10)]
    old, new = (HEAD + "".join(f"{name},SAFE-1,{day}\n" for name in names) for day in ("2023-01-01", "2024-01-01"))
    assert import_file(old)[0] == 0
    code, told = import_file(new)
    assert (code, "--confirm-changes 10" in told["sentence"]) == (2, True)
    assert import_file(new, "--confirm-changes", "10")[0] == 0


def test_undo_import_takes_it_back_and_says_how_much(cast: Cast, import_file: Call) -> None:
    import_file(HEAD + "bob,SAFE-1,2024-05-01\n")
    out = StringIO()
    call_command("undo_import", "1", "--tenant", "acme", "--as", "adam", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["state"], told["undo"]) == ("undone", {"removed": 1, "restored": 0, "kept": 0})
    assert completions(cast.acme) == []


@pytest.mark.parametrize(("number", "username"), [("2", "adam"), ("1", "lea"), ("1", "bob"), ("1", "nobody")])
def test_undo_import_refuses_what_is_not_there_or_not_theirs(
    cast: Cast, import_file: Call, number: str, username: str
) -> None:
    import_file(HEAD + "bob,SAFE-1,2024-05-01\n")
    with pytest.raises(CommandError) as refused:
        call_command("undo_import", number, "--tenant", "acme", "--as", username)
    assert refused.value.returncode == 2
    assert completions(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]


# --- kinds with formats and choices of their own -----------------------------------------------------------------


@pytest.mark.usefixtures("dated")
@pytest.mark.parametrize(
    ("name", "text"), [("yyyy-mm-dd", "2024/1/2"), ("dd/mm/yyyy", "2.1.2024"), ("yy mm dd", "24-01-02")]
)
def test_T12_each_format_on_offer_reads_its_dates(cast: Cast, import_file: Call, name: str, text: str) -> None:
    content = f"{HEAD[:-1]},due date\nbob,SAFE-1,{text},{text}\n"
    code, told = import_file(content, "--option", f"date_format={name}", kind="dated")
    assert (code, told["counts"]) == (0, {"created": 1})
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2024-01-02")]


@pytest.mark.usefixtures("dated")
@pytest.mark.parametrize("name", ["mm/dd/yyyy", "dd-mm-yyyy", "whenever", ""])
def test_T12_a_format_that_is_not_on_offer_is_refused_with_the_list(import_file: Call, name: str) -> None:
    content = f"{HEAD[:-1]},due date\nbob,SAFE-1,2024-05-01,\n"
    code, told = import_file(content, "--option", f"date_format={name}", kind="dated")
    words = f"""{name!r} is not a date format here; there are yyyy-mm-dd, dd/mm/yyyy, "yy mm dd"."""
    assert (code, told["sentence"]) == (2, words)


def test_T04_what_a_command_says_is_not_remembered_for_the_next_upload(
    cast: Cast, dated: DatedImporter, import_file: Call
) -> None:
    content = f"{HEAD[:-1]},due date\nbob,SAFE-1,2024-05-01,\n"
    code, _ = import_file(content, "--option", "policy=newest_date", kind="dated")
    with tenant_scope(cast.acme.pk):
        assert (code, recall_settings(User.objects.get(pk=cast.adam.pk), dated)) == (0, Settings())


def test_E03_kinds_without_formats_of_their_own_take_any_way_of_writing_one(cast: Cast, import_file: Call) -> None:
    content = HEAD + "bob,SAFE-1,1-2-2024\n"
    code, _ = import_file(content, "--option", "date_format=dd-mm-yyyy")
    assert (code, current_results(cast.acme)) == (0, [("bob", "SAFE-1", "2024-02-01")])


@pytest.mark.usefixtures("dated")
def test_T75_no_due_dates_is_said_by_an_option(import_file: Call) -> None:
    content = HEAD + "bob,SAFE-1,2024-05-01\n"
    code, told = import_file(content, kind="dated")
    assert (code, told["sentence"]) == (2, "F004 No column holds Due Date. Choose the column that holds Due Date.")

    assert import_file(content, "--option", "no_due_dates=off", kind="dated")[0] == 2
    code, told = import_file(content, "--option", "no_due_dates=on", kind="dated")
    assert (code, told["counts"]) == (0, {"created": 1})
    assert import_file(content, "--option", "no_due_dates=on")[0] == 2, "no option of completions"


@pytest.mark.usefixtures("dated")
def test_T75_with_the_option_a_column_of_due_dates_is_left_alone(import_file: Call) -> None:
    content = f"{HEAD[:-1]},due date\nbob,SAFE-1,2024-05-01,31/06/2012\n"
    assert import_file(content, kind="dated")[1]["counts"] == {"rejected": 1}
    assert import_file(content, "--option", "no_due_dates=on", kind="dated")[1]["counts"] == {"created": 1}
