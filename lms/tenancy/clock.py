"""Business dates: the calendar day in the tenant's time zone. Leases and hold times use the database clock instead."""

from datetime import date

from django.utils import timezone

from lms.tenancy.models import Tenant


def today(tenant: Tenant) -> date:
    """Return today's date in the tenant's time zone (spec: dates)."""
    return timezone.now().astimezone(tenant.zone).date()
