"""The daily job: once a day in every tenant's own time zone."""

from django.apps import AppConfig


class DailyConfig(AppConfig):
    """The daily job and who takes part in it."""

    name = "lms.daily"
    label = "daily"
