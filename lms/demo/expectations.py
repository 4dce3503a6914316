"""What importing the sample files is expected to give: rows by outcome and by problem, messages by kind.

Numbers hold on fresh demo data, in any order; who has lapsed by the day of the import is worked out for that day.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from certifications.choices import State
from certifications.rules import state_on
from completions.kinds import COURSE_ASSIGNED, NON_COMPLIANT
from completions.rules import compliance_dates
from lms.demo import (
    bergmann,
    big_file,
    northfield_certifications,
    northfield_courses,
    old_certificates,
    old_lms,
    sign_in_sheet,
)
from lms.demo.certification_loading import make_terms
from lms.imports.models import Outcome
from lms.imports.models import State as BatchState


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What comes out: either the code the file is refused with, or rows by outcome and by problem code."""

    rows: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, int] = field(default_factory=dict)  # R-codes, rows that have it
    file_problems: tuple[str, ...] = ()  # F-codes that are told, or asked until the choices answer them
    messages: Mapping[str, int] | None = None  # e-mails, people, e-mails by kind; None: not compared
    refused: str = ""
    state: str = BatchState.READY.value  # after the check; refused: rows are wrong, and it is all or nothing


def expect_big() -> Expected:
    """Return what 00 gives: rows by what was put wrong into them."""
    bad = big_file.BAD_ROWS
    newer, older = len(big_file.NEWER_HERE), len(big_file.OLDER_HERE)
    known = len(big_file.ALREADY_RECORDED)
    rejected = sum(bad.values())
    return Expected(
        rows=big_file.GOOD_ROWS + big_file.REPEATED_ROWS + rejected,
        outcomes={
            Outcome.CREATED: big_file.GOOD_ROWS - newer - older - known,
            Outcome.UPDATED: newer + older,
            Outcome.UNCHANGED: known + big_file.REPEATED_ROWS,
            Outcome.REJECTED: rejected,
        },
        problems={
            "R101": bad["blank username"],
            "R102": bad["unknown username"],
            "R104": sum(not row.person.is_active for row in (*big_file.make_good_rows(), *big_file.make_repeats())),
            "R201": bad["blank course"],
            "R202": bad["unknown course"],
            "R301": bad["blank date"],
            "R302": bad["no day"],
            "R303": bad["future"],
            "R401": known,
            "R402": newer,
            "R403": big_file.REPEATED_ROWS,
        },
    )


def expect_old_lms() -> Expected:
    """Return what 02 gives with the retake box ticked."""
    known = old_lms.make_known_rows()
    archived = sum(not row.course.is_active for row in known)
    deactivated = sum(not row.person.is_active for row in known)
    newer, older = len(old_lms.NEWER_HERE), len(old_lms.OLDER_HERE)
    recorded = len(old_lms.ALREADY_RECORDED)
    unfinished = sum(old_lms.NOT_COMPLETED.values())
    bad = {
        "R102": old_lms.UNKNOWN_PEOPLE_ROWS,
        "R201": old_lms.BLANK_COURSE_ROWS,
        "R202": old_lms.UNKNOWN_COURSE_ROWS,
        "R301": old_lms.BLANK_DATE_ROWS,
        "R302": old_lms.UNREADABLE_DATE_ROWS,
    }
    rejected = sum(bad.values())
    return Expected(
        rows=len(known) + unfinished + rejected,
        outcomes={
            Outcome.CREATED: len(known) - archived - newer - older - recorded,
            Outcome.UPDATED: newer + older,
            Outcome.ADDED_TO_HISTORY: archived,
            Outcome.UNCHANGED: recorded,
            Outcome.SKIPPED: unfinished,
            Outcome.REJECTED: rejected,
        },
        problems={
            **bad,
            "R104": deactivated,
            "R207": unfinished,
            "R401": recorded,
            "R402": newer,
            "R404": archived,
            "R409": archived,
        },
        messages=_expect_messages(),
    )


def _expect_messages() -> dict[str, int]:
    """What 02 would send with the box ticked (W10)."""
    emails = old_lms.MAILED_ASSIGNED + old_lms.MAILED_LAPSED
    return {
        "emails": emails,
        "people": emails - old_lms.MAILED_BOTH,
        COURSE_ASSIGNED: old_lms.MAILED_ASSIGNED,
        NON_COMPLIANT: old_lms.MAILED_LAPSED,
        "people without e-mail": old_lms.WITHOUT_MAIL,
    }


NO_MESSAGES: Final = {"emails": 0, "people": 0, "people without e-mail": 0}


def count_arrivals(current: Iterable[tuple[str, date]], *, today: date) -> dict[str, int]:
    """Count what is said about the dates of rows that become current, given by course code and day."""
    courses = (*northfield_courses.make_courses(), *bergmann.make_courses())
    terms = {course.code: course.terms for course in courses}
    found = {"R405": 0, "R406": 0}
    for code, day in current:
        course = terms[code]
        dates = compliance_dates(day, compliant_for=course.compliant_for, retake_days=course.retake_days)
        if dates.compliant_until is not None and dates.compliant_until < today:
            found["R405"] += 1
        elif dates.retake_opens_on is not None and dates.retake_opens_on <= today:
            found["R406"] += 1
    return {code: count for code, count in found.items() if count}


def expect_created(rows: int, **problems: int) -> Expected:
    """Return rows all of which are new, but for one rejected row a problem."""
    rejected = sum(problems.values())
    outcomes: dict[str, int] = {Outcome.CREATED: rows - rejected, Outcome.REJECTED: rejected}
    return Expected(rows=rows, outcomes={key: count for key, count in outcomes.items() if count}, problems=problems)


def with_file_problems(expected: Expected, *codes: str) -> Expected:
    """Return the same with F-codes of the file."""
    return replace(expected, file_problems=codes)


def expect_sheet() -> Expected:
    """Return what 12 gives: nothing is saved, because three rows are wrong (W19)."""
    bad = sign_in_sheet.BAD_ROWS
    wrong = sum(bad.values())
    return Expected(
        rows=sign_in_sheet.ROWS,
        outcomes={Outcome.CREATED: sign_in_sheet.ROWS - wrong, Outcome.REJECTED: wrong},
        problems=bad,
        state=BatchState.REFUSED.value,
    )


def expect_certificates(*, today: date) -> Expected:
    """Return what 11 gives with evidence on, where a newer record certifies anew."""
    found, rows = old_certificates, old_certificates.make_certificate_rows()
    evidence = found.MISTYPED + found.ELSEWHERE + found.SPELLED_OTHERWISE
    bad = {
        "R102": found.UNKNOWN_PEOPLE,
        "R201": found.WITHOUT_REFERENCE,
        "R203": found.TWO_CERTIFICATIONS,
        "R305": found.NO_DUE_DAY,
    }
    outcomes: dict[str, int] = {
        Outcome.CREATED: sum(row.certifies for row in rows),
        Outcome.ADDED_TO_HISTORY: found.TWICE + found.OLDER,
        Outcome.EVIDENCE: evidence,
        Outcome.UNCHANGED: found.REPEATED + found.RECORDED + found.OTHER_DUE_DATE,
        Outcome.REJECTED: sum(bad.values()),
    }
    return Expected(
        rows=len(rows),
        outcomes=outcomes,
        problems={
            **bad,
            **_count_certificate_arrivals(today),
            "R204": _count_doubtful_numbers(),
            "R205": evidence,
            "R306": found.LATE,
            "R401": found.RECORDED,
            "R403": found.REPEATED,
            "R404": found.TWICE + found.OLDER,
            "R407": found.OTHER_DUE_DATE,
        },
    )


def _count_doubtful_numbers() -> int:
    """Count the rows with an ID number that stands with several short names in the file."""
    rows = [row for row in old_certificates.make_certificate_rows() if row.short_name and row.id_number]
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row.id_number, set()).add(row.short_name)
    return sum(len(names[row.id_number]) > 1 for row in rows)


def _count_certificate_arrivals(today: date) -> dict[str, int]:
    """Count who is expired or may renew already as the record comes in."""
    terms = {made.id_number: make_terms(made) for made in northfield_certifications.make_certifications()}
    codes = {State.EXPIRED: "R405", State.WINDOW_OPEN: "R406"}
    found: Counter[str] = Counter()
    for row in old_certificates.make_certificate_rows():
        if not row.certifies:
            continue
        dates = terms[row.id_number].dates(row.day, due_on=row.due)
        window, expires = dates.window_opens_on, dates.expires_on
        state = state_on(today, state=State.CERTIFIED, window_opens_on=window, expires_on=expires)
        if state in codes:
            found[codes[state]] += 1
    return dict(found)
