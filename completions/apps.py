"""The completions app: completions of courses, the current one per person, and their importer."""

from django.apps import AppConfig


class CompletionsConfig(AppConfig):
    """Completions: history and current standing of people in courses."""

    name = "completions"
    label = "completions"

    def ready(self) -> None:
        """Tell the catalogue who has started a course when it asks."""
        from completions.progress import answer_started
        from lms.courses.progress import register_progress

        register_progress(answer_started)
