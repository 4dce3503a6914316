"""Every rule of the specification that is in reach is named by a test: its id stands in the name or the id of one.

Ids are those of docs: L-.. (course completions), E-.. (the engine), F... and R... (problem codes). What is not in
reach yet is a list of its own, so that it is missed when its time comes.
"""

import re
from pathlib import Path

TESTS = Path(__file__).parent

# Course completions.
COMPLETIONS = {*range(1, 10), *range(11, 19), *range(20, 32), *range(35, 46), 61, 62, 66, 67, 68, 69, 85, 88, 90}
# Screens and messages have tests of their own, or wait for the compliance and messages of courses.
COMPLETIONS_ELSEWHERE = {10, 19, 32}
ENGINE = {
    *(1, 2, 3, 4, 7, 8, 9, 10, 11, 15, 17, 18, 25, 27, 28, 29, 33, 34, 37, 39, 41),
    *range(50, 59),
    *range(62, 71),
}
FILE_CODES = {"F001", "F002", "F003", "F004", "F005", "F006", "F007", "F008", "F010", "F011"}
ROW_CODES = {
    *("R101", "R102", "R103", "R104", "R105", "R106", "R107", "R201", "R202", "R206", "R207", "R208"),
    *("R301", "R302", "R303", "R304", "R401", "R402", "R403", "R404", "R407", "R409"),
    *("R501", "R502", "R504", "R505", "R601", "R901", "R902", "R903"),
}

_FUNCTION = re.compile(r"def (test_\w+)")
_CASE = re.compile(r'\bid="([^"]+)"')
_ID = re.compile(r"(?<![A-Z0-9])([A-Z])(\d{1,3})(?!\d)")


def named_ids() -> set[str]:
    """Return the ids that stand in names of test functions and in ids of parametrised cases."""
    found: set[str] = set()
    for path in TESTS.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for name in (*_FUNCTION.findall(source), *_CASE.findall(source)):
            found |= {f"{letter}{int(number) if letter in 'LE' else number}" for letter, number in _ID.findall(name)}
    return found


def test_every_rule_in_reach_is_named_by_a_test() -> None:
    wanted = {f"L{number}" for number in COMPLETIONS - COMPLETIONS_ELSEWHERE}
    wanted |= {f"E{number}" for number in ENGINE} | FILE_CODES | ROW_CODES
    missing = wanted - named_ids()
    assert missing == set(), f"no test names {', '.join(sorted(missing))}"
