"""The choice about messages on the command line, and the flags of columns (E-09, E-10, E-39, E-60)."""

import datetime as dt
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from lms.imports.models import ImportBatch
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.message_data import HEAD, caused_mails, mixed_file, prepare_courses
from tests.lms.imports.test_command_line import import_file  # noqa: F401 - a fixture
from tests.plugins.cast import Cast
from tests.plugins.standing import completions, current_results

Call = Callable[..., tuple[int, dict[str, Any]]]
KINDS = {"course_assigned": 3, "non_compliant": 2, "retake_open": 1}
RETAKES = ("--option", "opens_retakes=on")
NUMBERS = {
    "messages": KINDS,
    "emails": 6,
    "people_with_email": 3,
    "people_without_email": 0,
    "most_emails_of_one_person": 3,
}


@pytest.fixture
def call(cast: Cast, import_file: Call) -> Call:  # noqa: F811
    """The command, on courses that have consequences."""
    prepare_courses(cast)
    return import_file


def numbers(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in NUMBERS}


def test_E60_exit_2_with_the_counts_where_the_choice_is_missing(cast: Cast, call: Call) -> None:
    code, told = call(mixed_file(cast.acme), *RETAKES)
    assert (code, told["state"], told["batch"], numbers(told)) == (2, "refused", 1, NUMBERS)
    assert told["counts"] == {"created": 4, "added_to_history": 2}
    assert told["sentence"].startswith("This import would send 6 e-mails to 3 people.")
    assert told["sentence"].endswith("Choose with --messages send or --messages suppress.")
    assert completions(cast.acme) == []
    with tenant_scope(cast.acme.pk):
        assert ImportBatch.objects.get().state == "ready", "it can still be confirmed in the browser"


@pytest.mark.parametrize(("choice", "mails"), [("send", 6), ("suppress", 0)])
def test_E60_with_the_choice_it_imports_and_says_so(cast: Cast, call: Call, choice: str, mails: int) -> None:
    code, told = call(mixed_file(cast.acme), *RETAKES, "--messages", choice)
    assert (code, told["state"], told["message_choice"], told["send_at"]) == (0, "completed", choice, None)
    assert numbers(told) == NUMBERS
    with tenant_scope(cast.acme.pk):
        batch = ImportBatch.objects.get()
    assert len(caused_mails(cast.acme, batch)) == mails


def test_E60_nothing_to_send_needs_no_choice(cast: Cast, import_file: Call) -> None:  # noqa: F811
    code, told = import_file(HEAD + "bob,SAFE-1,2024-05-01\n")
    assert (code, told["messages"], told["emails"], told["message_choice"]) == (0, {}, 0, None)
    assert len(completions(cast.acme)) == 1


def test_check_only_shows_the_counts(cast: Cast, call: Call) -> None:
    code, told = call(mixed_file(cast.acme), *RETAKES, "--check-only")
    assert (code, told["state"], numbers(told), told["message_choice"]) == (0, "ready", NUMBERS, None)


def test_check_only_says_them_in_words(cast: Cast, call: Call, tmp_path: Any) -> None:
    del call
    path = tmp_path / "records.csv"
    path.write_text(mixed_file(cast.acme))
    out = StringIO()
    words = ["--tenant", "acme", "--as", "adam", "--wait", "--check-only", *RETAKES]
    with pytest.raises(SystemExit):
        call_command("import_file", "completions", str(path), *words, stdout=out, stderr=StringIO())
    assert "This import would send 6 e-mails to 3 people." in out.getvalue()


def test_E21_the_hour(cast: Cast, call: Call) -> None:
    moment = (timezone.now() + dt.timedelta(days=1)).replace(microsecond=0)
    code, told = call(mixed_file(cast.acme), *RETAKES, "--messages", "send", "--send-at", moment.isoformat())
    assert (code, dt.datetime.fromisoformat(told["send_at"])) == (0, moment)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--messages", "send", "--send-at", "2020-01-01T08:00"),
        ("--messages", "send", "--send-at", "tomorrow"),
        ("--messages", "suppress", "--send-at", "2099-01-01T08:00"),
        ("--send-at", "2099-01-01T08:00"),
    ],
)
def test_E21_an_hour_that_will_not_do_is_refused(cast: Cast, call: Call, arguments: tuple[str, ...]) -> None:
    code, told = call(mixed_file(cast.acme), *RETAKES, *arguments)
    assert (code, told["state"], completions(cast.acme)) == (2, "refused", [])


def test_G01_who_may_not_send_is_refused_and_can_import_without(cast: Cast, call: Call) -> None:
    content = mixed_file(cast.acme).replace("carl,", "bob,")
    code, told = call(content, *RETAKES, "--messages", "send", username="lea")
    assert (code, told["state"], "may not send" in told["sentence"]) == (2, "refused", True)
    assert completions(cast.acme) == []


def test_E39_many_messages_ask_for_their_number(cast: Cast, call: Call) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(message_threshold=5)
    code, told = call(mixed_file(cast.acme), *RETAKES, "--messages", "send")
    assert (code, told["sentence"]) == (
        2,
        "This import sends 6 messages. Type the number to confirm. Confirm with --confirm-changes 6.",
    )
    assert call(mixed_file(cast.acme), *RETAKES, "--messages", "send", "--confirm-changes", "6")[0] == 0


@pytest.mark.parametrize(("text", "kinds"), [("on", 3), ("off", 2), ("perhaps", None)])
def test_a_tick_is_on_or_off(cast: Cast, call: Call, text: str, kinds: int | None) -> None:
    code, told = call(mixed_file(cast.acme), "--option", f"opens_retakes={text}", "--check-only")
    assert (code, len(told.get("messages", ()))) == ((0, kinds) if kinds else (2, 0))


# --- columns (E-09, E-10) -------------------------------------------------------------------------------------------


def test_E09_one_course_and_one_date_for_the_whole_file(cast: Cast, import_file: Call) -> None:  # noqa: F811
    code, told = import_file(
        "username,course code\nbob,NONE\nben,NONE\n",
        "--fixed",
        "course_code=SAFE-1",
        "--fixed",
        "completed_on=2024-05-01",
    )
    assert (code, told["counts"]) == (0, {"created": 2})
    assert current_results(cast.acme) == [("ben", "SAFE-1", "2024-05-01"), ("bob", "SAFE-1", "2024-05-01")]


def test_E10_a_column_that_is_compared_only(cast: Cast, import_file: Call) -> None:  # noqa: F811
    content = (
        "username,course code,completion date,surname\nbob,SAFE-1,2024-05-01,O'Connor\nben,SAFE-1,2024-05-01,Smith\n"
    )
    code, told = import_file(content, "--check", "last_name=surname")
    assert (code, [row["codes"] for row in told["rows"]]) == (1, [[], ["R106"]])
    assert [result[0] for result in current_results(cast.acme)] == ["bob"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--fixed", "username=bob"),
        ("--fixed", "colour=red"),
        ("--fixed", "course_code"),
        ("--check", "shoe_size=username"),
        ("--check", "last_name=Surname"),
    ],
)
def test_E09_E10_misuse_is_refused(cast: Cast, import_file: Call, arguments: tuple[str, ...]) -> None:  # noqa: F811
    code, told = import_file(HEAD + "bob,SAFE-1,2024-05-01\n", *arguments)
    assert (code, told["state"], completions(cast.acme)) == (2, "refused", [])
