"""The people app: people, teams, roles, reach."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People: people, teams, roles, reach."""

    name = "lms.people"
    label = "people"
