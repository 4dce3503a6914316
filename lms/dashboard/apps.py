"""The dashboard app: what a person sees first."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Dashboard: what a person sees first."""

    name = "lms.dashboard"
    label = "dashboard"
