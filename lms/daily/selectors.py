"""Reads the runs of the daily job. Public: `latest_run_day`."""

from datetime import date

from lms.daily.models import DailyRun


def latest_run_day() -> date | None:
    """Return the latest day of the open tenant that has had its run; None before the first. One query."""
    return DailyRun.objects.order_by("-run_on").values_list("run_on", flat=True).first()
