"""11-certifications-with-old-expiry.csv: the certificates of a merged trust, with most of what such lists have wrong.

Its "due date" holds the old expiry where the certification is renewed by it, as happens; one day does not exist; a short
name is mistyped and becomes evidence; people are there twice. Every kind of row has its own people.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Final

from lms.core.periods import Period
from lms.demo.northfield import CERTIFICATES, make_people
from lms.demo.northfield_certifications import ATTESTATION, FORKLIFT, LIFE_SUPPORT, PRESCRIBER, make_certifications
from lms.demo.organisation import NEWEST_DAY, DemoPerson, PastCertification, loading_day

HEADER: Final = ("username", "certificationshortname", "certificationidnumber", "completiondate", "duedate")
NO_DAY: Final = "31/06/2012"
TYPO: Final = "ILS PROV"
OTHER_SPELLING: Final = "ILS-PROVIDER"
LIFE_SUPPORT_NUMBER: Final = make_certifications()[0].id_number
# Rows of each kind, in the order in which they take their people.
RENEWED: Final = 60
ABOUT_TO_RENEW: Final = 25
LAPSED: Final = 40
WITH_OLD_EXPIRY: Final = 45
ATTESTED: Final = 50
BY_NUMBER: Final = 30
LATE: Final = 12
NO_DUE_DAY: Final = 5
MISTYPED: Final = 14
ELSEWHERE: Final = 6
SPELLED_OTHERWISE: Final = 4
TWICE: Final = 10
REPEATED: Final = 4
RECORDED: Final = 8
OTHER_DUE_DATE: Final = 3
OLDER: Final = 9
TWO_CERTIFICATIONS: Final = 3
WITHOUT_REFERENCE: Final = 2
UNKNOWN_PEOPLE: Final = 6
_RECORDED_ON: Final = date(2025, 5, 12)
_DUE_HERE: Final = date(2025, 6, 30)
_DUE_THERE: Final = date(2025, 7, 31)
_BEFORE_LOADING: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """A row of the file. `certifies`: it becomes the current certification; `here`: what is recorded before it comes."""

    username: str
    short_name: str
    id_number: str = ""
    day: date
    due: date | None = None
    due_text: str = ""
    certifies: bool = False
    here: tuple[PastCertification, ...] = ()

    def cells(self) -> tuple[str, ...]:
        """The cells in the order of the header."""
        due = self.due_text or (_write(self.due) if self.due else "")
        return self.username, self.short_name, self.id_number, _write(self.day), due


def make_rows() -> list[tuple[str, ...]]:
    """Return the rows in the order of the file, its header first."""
    rows = [row.cells() for row in make_certificate_rows()]
    random.Random(11).shuffle(rows)  # noqa: S311 - made-up order
    return [HEADER, *rows]


@cache
def make_certificate_rows() -> tuple[CertificateRow, ...]:
    """Return the rows by what is the matter with them."""
    chance = random.Random(1_111)  # noqa: S311 - made-up dates
    people = _People()
    numbers = {made.short_name: made.id_number for made in make_certifications()}

    def ago(first: int, last: int) -> date:
        return NEWEST_DAY - timedelta(days=chance.randrange(first, last))

    def fill(person: DemoPerson, short_name: str, day: date, *, due: date | None = None) -> CertificateRow:
        number = numbers[short_name]
        return CertificateRow(
            username=person.username, short_name=short_name, id_number=number, day=day, due=due, certifies=True
        )

    two_years = Period.parse("24 months")
    rows = [fill(person, LIFE_SUPPORT, ago(20, 150)) for person in people.take(RENEWED)]
    rows += [fill(person, LIFE_SUPPORT, ago(300, 330)) for person in people.take(ABOUT_TO_RENEW)]
    rows += [fill(person, LIFE_SUPPORT, ago(400, 900)) for person in people.take(LAPSED)]
    for person in people.take(WITH_OLD_EXPIRY):
        day = ago(1, 600)
        rows.append(fill(person, PRESCRIBER, day, due=two_years.add(day)))
    rows += [
        fill(person, ATTESTATION, date(2025, 12, 31) - timedelta(days=chance.randrange(60)), due=date(2025, 12, 31))
        for person in people.take(ATTESTED)
    ]
    rows += [
        CertificateRow(
            username=person.username, short_name="", id_number=numbers[FORKLIFT], day=ago(1, 1_000), certifies=True
        )
        for person in people.take(BY_NUMBER)
    ]
    for person in people.take(LATE):
        day = ago(1, 900)
        rows.append(fill(person, FORKLIFT, day, due=day - timedelta(days=chance.randrange(1, 40))))
    rows += _make_bad_rows(people, chance)
    rows += _make_repeated_rows(people, numbers, chance)
    return tuple(rows)


def _make_bad_rows(people: "_People", chance: random.Random) -> Iterator[CertificateRow]:
    """Yield what fails, and what becomes evidence because it fits nothing in the catalogue."""
    numbers = {made.short_name: made.id_number for made in make_certifications()}
    kinds = (
        (NO_DUE_DAY, FORKLIFT, numbers[FORKLIFT], NO_DAY),
        (MISTYPED, TYPO, "", ""),
        (ELSEWHERE, "ATLS-2019", "RCS-1187", ""),
        (SPELLED_OTHERWISE, OTHER_SPELLING, numbers[LIFE_SUPPORT], ""),
        (TWO_CERTIFICATIONS, LIFE_SUPPORT, numbers[PRESCRIBER], ""),
        (WITHOUT_REFERENCE, "", "", ""),
    )
    for count, short_name, id_number, due_text in kinds:
        for person in people.take(count):
            yield CertificateRow(
                username=person.username,
                short_name=short_name,
                id_number=id_number,
                day=NEWEST_DAY - timedelta(days=chance.randrange(1, 300)),
                due_text=due_text,
            )
    for number in range(UNKNOWN_PEOPLE):
        yield CertificateRow(username=f"mt{number:04d}", short_name=LIFE_SUPPORT, day=_RECORDED_ON)


def _make_repeated_rows(people: "_People", numbers: dict[str, str], chance: random.Random) -> Iterator[CertificateRow]:
    """Yield people who are there twice, and people of whom the same, another due date or something newer is here."""

    def fill(person: DemoPerson, short_name: str, day: date, *, certifies: bool = False) -> CertificateRow:
        number = numbers[short_name]
        return CertificateRow(
            username=person.username, short_name=short_name, id_number=number, day=day, certifies=certifies
        )

    for person in people.take(TWICE):
        day = NEWEST_DAY - timedelta(days=chance.randrange(20, 150))
        yield fill(person, LIFE_SUPPORT, day, certifies=True)
        yield fill(person, LIFE_SUPPORT, day - timedelta(days=chance.randrange(300, 360)))
    for person in people.take(REPEATED):
        day = NEWEST_DAY - timedelta(days=chance.randrange(20, 150))
        yield fill(person, LIFE_SUPPORT, day, certifies=True)
        yield fill(person, LIFE_SUPPORT, day)
    for person in people.take(RECORDED):
        row = fill(person, LIFE_SUPPORT, _RECORDED_ON)
        yield replace(row, here=(_recorded(row), _newer(row)))
    for person in people.take(OTHER_DUE_DATE):
        row = replace(fill(person, PRESCRIBER, _RECORDED_ON), due=_DUE_THERE)
        yield replace(row, here=(_recorded(row, due_on=_DUE_HERE), _newer(row)))
    for person in people.take(OLDER):
        row = fill(person, LIFE_SUPPORT, _RECORDED_ON + timedelta(days=chance.randrange(30)))
        yield replace(row, here=(_newer(row),))


def _recorded(row: CertificateRow, *, due_on: date | None = None) -> PastCertification:
    return PastCertification(username=row.username, short_name=row.short_name, completed_on=row.day, due_on=due_on)


def _newer(row: CertificateRow) -> PastCertification:
    """What is current here, and certified on whatever day the demo is loaded."""
    day = loading_day() - _BEFORE_LOADING
    return PastCertification(username=row.username, short_name=row.short_name, completed_on=day)


def make_certified() -> list[PastCertification]:
    """Return what is recorded here of the people of the file before it comes."""
    return [past for row in make_certificate_rows() for past in row.here]


class _People:
    """Hands out active people of the file's range, each once."""

    def __init__(self) -> None:
        range_ = make_people()[CERTIFICATES.start : CERTIFICATES.stop]
        self._left: Sequence[DemoPerson] = [person for person in range_ if person.is_active]

    def take(self, count: int) -> Sequence[DemoPerson]:
        taken, self._left = self._left[:count], self._left[count:]
        if len(taken) < count:
            message = f"{count} people wanted, {len(taken)} there"
            raise ValueError(message)
        return taken


def _write(day: date) -> str:
    return f"{day:%d/%m/%Y}"
