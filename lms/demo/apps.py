"""App configuration of the demo data."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Two made-up organisations and their files; knows every app, no app knows it."""

    name = "lms.demo"
    label = "demo"
