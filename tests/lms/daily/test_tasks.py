"""The daily job has a place in the schedule, and time to finish."""

from lms.celery import app
from lms.daily.tasks import LOOK_SECONDS, run_tenant


def test_the_clocks_are_looked_at_every_few_minutes_by_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    entry = app.conf.beat_schedule["maint.daily"]
    assert (entry["schedule"], entry["task"] in app.tasks) == (LOOK_SECONDS, True)


def test_a_run_may_take_longer_than_the_work_in_slices() -> None:
    assert run_tenant.time_limit > app.conf.task_time_limit == 180
