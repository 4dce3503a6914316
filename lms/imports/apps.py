"""The imports app: the engine every import runs through."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Finds the importers of all apps when Django starts."""

    name = "lms.imports"
    label = "imports"

    def ready(self) -> None:
        """Load `importers.py` of every installed app."""
        from lms.imports.importer import discover_importers

        discover_importers()
