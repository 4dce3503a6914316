"""The core app: glue without domain words. Loads the Celery application so that tasks find it."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Makes `shared_task` use Rollbook's Celery application in every process."""

    name = "lms.core"
    label = "core"

    def ready(self) -> None:
        """Import the Celery application and register the system checks."""
        from lms import celery  # noqa: F401
