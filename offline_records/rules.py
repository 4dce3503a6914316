"""What makes an offline record right, and when it expires: pure rules over its values (S-16 to S-19). No database.

A record's values are those of an import row: JSON types by name, as `stage_row` keeps them and the manual form makes them:
result, score, hours, cpd_points (numbers as text), provider, location, certificate_number, notes, expires_on (ISO day),
and field_<id> of a custom field. What is empty is not there.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from lms.imports.columns import RowProblem
from offline_records.choices import Field, Kind, Need
from offline_records.terms import ActivityTerms, CustomTerms

LONGEST_HOURS: Final = Decimal(10_000)
MOST_POINTS: Final = Decimal(10_000)
# Where an activity says nothing about its scores.
ANY_SCORE: Final = (Decimal(0), Decimal("999999.99"))


def judge_values(values: Mapping[str, Any], *, day: date | None, terms: ActivityTerms) -> list[RowProblem]:
    """Return everything that is wrong with the values of a record, not only the first thing (S-16, S-18, S-21).

    The same at the check, when a record is created, and for a record entered by hand; cells that could not be read at
    all are not judged again. (code, column, parameters), codes R304, R501, R503, R506, R507.
    """
    return [*_missing(values, terms), *_judge_day(day, terms), *_judge_fields(values, day, terms)]


def _missing(values: Mapping[str, Any], terms: ActivityTerms) -> Iterator[RowProblem]:
    for name, need in terms.fields.items():
        if need == Need.REQUIRED and not values.get(name):
            yield "R506", str(name), {}
    for custom in terms.custom:
        if custom.is_required and not values.get(custom.key):
            yield "R506", custom.key, {}


def _judge_day(day: date | None, terms: ActivityTerms) -> Iterator[RowProblem]:
    if day is not None and terms.earliest_date is not None and day < terms.earliest_date:
        yield "R304", "completed_on", {"date": day.isoformat(), "a": terms.earliest_date.isoformat()}


def _judge_fields(values: Mapping[str, Any], day: date | None, terms: ActivityTerms) -> Iterator[RowProblem]:
    yield from _judge_number(values, Field.SCORE, score_range(terms))
    yield from _judge_number(values, Field.HOURS, (Decimal(0), LONGEST_HOURS))
    yield from _judge_number(values, Field.CPD_POINTS, (Decimal(0), MOST_POINTS))
    stated = values.get(Field.EXPIRES_ON)
    if stated and day is not None and date.fromisoformat(stated) < day:
        yield "R507", str(Field.EXPIRES_ON), {"date": stated, "a": day.isoformat()}
    for custom in terms.custom:
        yield from _judge_custom(values, custom)


def score_range(terms: ActivityTerms) -> tuple[Decimal, Decimal]:
    """Return the lowest and the highest score of an activity."""
    low, high = terms.score_minimum, terms.score_maximum
    return ANY_SCORE[0] if low is None else low, ANY_SCORE[1] if high is None else high


def _judge_number(values: Mapping[str, Any], name: Field, limits: tuple[Decimal, Decimal]) -> Iterator[RowProblem]:
    text = values.get(name)
    if text and not limits[0] <= Decimal(text) <= limits[1]:
        yield "R501", str(name), {"value": text, "min": str(limits[0]), "max": str(limits[1])}


def _judge_custom(values: Mapping[str, Any], custom: CustomTerms) -> Iterator[RowProblem]:
    """A choice may have lost the answer since the file was read."""
    text = values.get(custom.key)
    if text and custom.kind == Kind.CHOICE and text not in custom.choices:
        yield "R503", custom.key, {"value": text, "list": ", ".join(custom.choices)}


def expires_soon_on(expires_on: date, *, expiring_days: int) -> date:
    """Return the first day on which a record counts as expiring soon."""
    return expires_on - timedelta(days=expiring_days)


def is_expired(expires_on: date | None, *, today: date) -> bool:
    """Return whether a record is no longer valid; its last valid day is included."""
    return expires_on is not None and today > expires_on
