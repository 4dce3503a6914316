"""The certifications app: the catalogue of certifications, who holds them, and their importer."""

from django.apps import AppConfig


class CertificationsConfig(AppConfig):
    """Certifications: catalogue, current state, history and other evidence of people."""

    name = "certifications"
    label = "certifications"

    def ready(self) -> None:
        """Follow who comes into teams and leaves them."""
        from certifications.memberships import settle_people
        from certifications.team_panels import show_team_certifications
        from lms.people.team_changes import register_follower, register_team_panel

        register_follower(settle_people)
        register_team_panel(show_team_certifications)
