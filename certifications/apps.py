"""The certifications app: the catalogue of certifications, who holds them, and their importer."""

from django.apps import AppConfig


class CertificationsConfig(AppConfig):
    """Certifications: catalogue, current state, history and other evidence of people."""

    name = "certifications"
    label = "certifications"
