"""A small kind of import of the tests' own: badges that people were awarded. It exists while its tests run."""

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    """Badges: the proof that a new importer is one app."""

    name = "tests.contract.badges"
    label = "badges"
