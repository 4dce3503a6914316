"""Periods in tables and forms: what is stored is an interval to PostgreSQL that leads to the same day."""

import calendar
import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from lms.core.period_fields import PeriodField, PeriodFormField
from lms.core.periods import Period, Unit
from lms.courses.models import Course
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

PERIODS = [Period(count, unit) for unit in Unit for count in (*range(1, 14), 18, 24, 30, 36, 90, 120)]
# Every month's end of four years around a leap day, the days before and after it, and days in the middle.
DAYS = sorted(
    {
        dt.date(year, month, calendar.monthrange(year, month)[1]) + dt.timedelta(days=shift)
        for year in range(2023, 2027)
        for month in range(1, 13)
        for shift in (-3, -2, -1, 0, 1, 15)
    }
)


@pytest.mark.django_db
def test_convention_4_the_stored_text_is_an_interval_that_leads_to_the_same_day() -> None:
    cases = [(day, str(period)) for day in DAYS for period in PERIODS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, text, (day + text::interval)::date FROM unnest(%s::date[], %s::text[]) AS t (day, text)",
            [[day for day, _ in cases], [text for _, text in cases]],
        )
        answers = cursor.fetchall()

    assert len(answers) == len(DAYS) * len(PERIODS)
    assert [(day, text, there) for day, text, there in answers if there != Period.parse(text).add(day)] == []


def test_a_period_is_written_and_read(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        Course.objects.filter(pk=cast.safe.pk).update(compliant_for=Period.parse("12 months"), due_within=None)
        cast.safe.refresh_from_db()
        assert (cast.safe.compliant_for, cast.safe.due_within) == (Period(12, Unit.MONTHS), None)


def test_a_model_field_reads_text_and_refuses_nonsense() -> None:
    field = PeriodField()

    assert (field.to_python("2 weeks"), field.to_python(""), field.to_python(None)) == (
        Period(2, Unit.WEEKS),
        None,
        None,
    )
    assert field.clean("12 months", None) == Period(12, Unit.MONTHS)
    with pytest.raises(ValidationError):
        field.to_python("soon")


def test_a_form_joins_number_and_unit() -> None:
    field = PeriodFormField(required=False)

    assert field.clean(["12", "months"]) == Period(12, Unit.MONTHS)
    assert field.clean(["", "months"]) is None
    assert field.widget.decompress(Period(2, Unit.WEEKS)) == [2, "weeks"]


@pytest.mark.parametrize("answer", [["0", "months"], ["-3", "days"], ["x", "days"], ["3", "decades"], ["300", "years"]])
def test_a_form_refuses_what_is_no_period(answer: list[str]) -> None:
    with pytest.raises(ValidationError):
        PeriodFormField(required=False).clean(answer)


def test_a_form_may_limit_the_units() -> None:
    field = PeriodFormField(required=False, units=(Unit.DAYS, Unit.WEEKS))

    assert field.clean(["2", "weeks"]) == Period(2, Unit.WEEKS)
    with pytest.raises(ValidationError):
        field.clean(["2", "months"])
