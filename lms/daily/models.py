"""When the daily job ran."""

from typing import Any, ClassVar

from django.db import models

from lms.tenancy.models import TenantOwned


class DailyRun(TenantOwned):
    """One run of the daily job for one day of a tenant; written in the transaction of everything it did.

    A run covers every day since the one before it, so days that were missed are made up for.
    """

    run_on = models.DateField()  # the tenant's day
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    counts: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)  # what each part did

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "run_on"], name="daily_run_once")]

    def __str__(self) -> str:
        return f"daily run of {self.run_on}"
