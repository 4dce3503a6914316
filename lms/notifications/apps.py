"""The notifications app: notices, outbox and delivery."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications: notices, outbox and delivery."""

    name = "lms.notifications"
    label = "notifications"
