"""The completions app: completions of courses, the current one per person, and their importer."""

from django.apps import AppConfig


class CompletionsConfig(AppConfig):
    """Completions: history and current standing of people in courses."""

    name = "completions"
    label = "completions"

    def ready(self) -> None:
        """Tell the catalogue who has started or completed a course when it asks; take part in the daily job."""
        from completions.compliance import answer_attention
        from completions.daily import run_completions
        from completions.kinds import register_kinds
        from completions.progress import answer_completed, answer_started
        from lms.courses.attention import register_attention
        from lms.courses.progress import register_progress
        from lms.daily.parts import register_part

        register_part("completions", run_completions)
        register_kinds()
        register_attention(answer_attention)
        register_progress(answer_started, completed=answer_completed)
