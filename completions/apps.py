"""The completions app: completions of courses, the current one per person, and their importer."""

from django.apps import AppConfig


class CompletionsConfig(AppConfig):
    """Completions: history and current standing of people in courses."""

    name = "completions"
    label = "completions"
