"""Every rule of the specification that is in reach is named by a test: its id stands in the name or the id of one.

Ids are those of docs: L-.. (course completions), T-.. (certifications), S-.. (offline records), E-.. (the engine), D-..
and the rows of the date tables (U.., X.., K.., R1 to R3, and A to J as "case_A"), F... and R... with three digits (problem
codes).
"""

import re
from pathlib import Path

TESTS = Path(__file__).parent

# Course completions.
COMPLETIONS = {
    *range(1, 19),
    *range(20, 33),
    *range(35, 57),
    *(58, 61, 62, 66, 67, 68, 69, 75, 76, 77, 78, 81, 85, 88, 90, 91, 92),
}
CERTIFICATIONS = {
    *(1, 2, 4, 5),
    *range(7, 33),
    *range(34, 55),
    *range(60, 67),
    *range(68, 78),
    *(79, 80, 81),
}
OFFLINE = {*range(1, 32), *range(34, 37), *range(39, 44), 45}
ENGINE = {
    *(1, 2, 3, 4, 7, 8, 9, 10, 11, 15, 17, 18, 19, 20, 21, 22, 25, 27, 28, 29, 33, 34, 37, 39, 41),
    *range(50, 59),
    *range(60, 73),
}
# The rows of the tables of dates; R1 to R3 are no problem codes, which have three digits.
DATES = {
    "D1",
    *(f"U{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9)),
    *(f"X{number}" for number in (1, 2, 3, 4)),
    *("K1", "K2", "K3", "R1", "R2", "R3"),
}
CASES = set("ABCDEGHIJ")
FILE_CODES = {"F001", "F002", "F003", "F004", "F005", "F006", "F007", "F008", "F009", "F010", "F011", "F014"}
ROW_CODES = {
    *("R101", "R102", "R103", "R104", "R105", "R106", "R107", "R108", "R201", "R202", "R203", "R204", "R205", "R206"),
    *(
        "R207",
        "R208",
        "R209",
        "R210",
        "R211",
        "R301",
        "R302",
        "R303",
        "R304",
        "R305",
        "R306",
        "R401",
        "R402",
        "R403",
        "R404",
        "R405",
        "R406",
        "R407",
    ),
    *("R408", "R409", "R410"),
    *("R501", "R502", "R503", "R504", "R505", "R506", "R507", "R601", "R901", "R902", "R903"),
}

_FUNCTION = re.compile(r"def (test_\w+)")
_CASE = re.compile(r'\bid="([^"]+)"')
_ID = re.compile(r"(?<![A-Z0-9])([A-Z])(\d{1,3})(?!\d)")
_CASES_OF_DATES = re.compile(r"_cases?((?:_[A-J])+)(?=_|$)")


def list_names(*, about: str = "") -> list[str]:
    """Return the names of test functions and the ids of parametrised cases, of the modules that speak of something."""
    names = []
    for path in TESTS.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if about in source:
            names += [*_FUNCTION.findall(source), *_CASE.findall(source)]
    return names


def named_ids(*, about: str = "") -> set[str]:
    """Return the ids that stand in the names of tests; F and R codes have three digits, other numbers no leading zero."""
    found = {found for name in list_names(about=about) for found in _ID.findall(name)}
    return {f"{letter}{number if letter in 'FR' else int(number)}" for letter, number in found}


def test_every_rule_in_reach_is_named_by_a_test() -> None:
    wanted = {f"L{number}" for number in COMPLETIONS} | {f"T{number}" for number in CERTIFICATIONS}
    wanted |= {f"E{number}" for number in ENGINE} | DATES | FILE_CODES | ROW_CODES
    missing = wanted - named_ids()
    assert missing == set(), f"no test names {', '.join(sorted(missing))}"


def test_every_rule_of_offline_records_is_named_by_a_test() -> None:
    # What may go wrong with a file or a sign-in has ids with an S too: those stand in other modules.
    missing = {f"S{number}" for number in OFFLINE} - named_ids(about="offline")
    assert missing == set(), f"no test names {', '.join(sorted(missing))}"


def test_every_case_of_the_compliance_table_is_named_by_a_test() -> None:
    named = {
        letter for name in list_names() for part in _CASES_OF_DATES.findall(name) for letter in part if letter != "_"
    }
    assert CASES - named == set()
