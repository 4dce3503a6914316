"""The audit app: who did what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Audit: who did what."""

    name = "lms.audit"
    label = "audit"
