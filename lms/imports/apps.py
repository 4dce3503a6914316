"""The imports app: the import engine."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Imports: the import engine."""

    name = "lms.imports"
    label = "imports"
