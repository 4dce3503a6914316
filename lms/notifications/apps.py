"""The notifications app: notices, outbox and delivery."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications: notices, outbox and delivery."""

    name = "lms.notifications"
    label = "notifications"

    def ready(self) -> None:
        """Make the kind of message known that is about the product itself."""
        from lms.notifications.own_kinds import register_own_kinds

        register_own_kinds()
