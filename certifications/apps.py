"""The certifications app: the catalogue of certifications, who holds them, and their importer."""

from django.apps import AppConfig


class CertificationsConfig(AppConfig):
    """Certifications: catalogue, current state, history and other evidence of people."""

    name = "certifications"
    label = "certifications"

    def ready(self) -> None:
        """Take part in the daily job, say what people are told; follow who comes into teams and leaves them."""
        from certifications.attention import answer_attention
        from certifications.daily import run_certifications
        from certifications.kinds import register_kinds
        from certifications.memberships import settle_people
        from certifications.team_panels import show_team_certifications
        from lms.courses.attention import register_attention
        from lms.daily.parts import register_part
        from lms.people.team_changes import register_follower, register_team_panel

        register_part("certifications", run_certifications)
        register_kinds()
        register_attention(answer_attention)
        register_follower(settle_people)
        register_team_panel(show_team_certifications)
