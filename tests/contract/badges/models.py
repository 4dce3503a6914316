"""Badges and who was awarded them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lms.people.models import User
from lms.tenancy.models import TenantForeignKey, TenantOwned


class Badge(TenantOwned):
    """Something to be proud of."""

    code_key = models.CharField(max_length=100)
    is_retired = models.BooleanField(default=False)

    objects: ClassVar["models.Manager[Badge]"] = models.Manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "code_key"], name="badges_badge_code")]

    def __str__(self) -> str:
        return self.code_key


class Award(TenantOwned):
    """A badge of a person. `batch_ids` are the imports that say so; without any it is gone."""

    person = TenantForeignKey(User, on_delete=models.PROTECT)
    badge = TenantForeignKey(Badge, on_delete=models.PROTECT)
    awarded_on = models.DateField()
    batch_ids = ArrayField(models.BigIntegerField())

    objects: ClassVar["models.Manager[Award]"] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "person", "badge", "awarded_on"], name="badges_award_once")
        ]

    def __str__(self) -> str:
        return f"{self.person} has {self.badge}"
