"""The tenancy app: tenants, their hosts and the walls between them."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Tenancy: tenants, their hosts and the walls between them."""

    name = "lms.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        """Register the system checks."""
        from lms.tenancy import checks  # noqa: F401
