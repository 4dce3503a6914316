"""Badges and awards, behind their walls."""

from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.tenancy.models
from lms.tenancy.walls import BuildWalls


def key(to: str) -> lms.tenancy.models.TenantForeignKey:
    return lms.tenancy.models.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, to=to)


def tenant() -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenancy.tenant",
    )


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar = [("people", "0002_walls"), ("tenancy", "0002_roles")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Badge",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code_key", models.CharField(max_length=100)),
                ("is_retired", models.BooleanField(default=False)),
                ("tenant", tenant()),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["tenant", "code_key"], name="badges_badge_code")]},
        ),
        migrations.CreateModel(
            name="Award",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("awarded_on", models.DateField()),
                ("batch_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField())),
                ("badge", key("badges.badge")),
                ("person", key(settings.AUTH_USER_MODEL)),
                ("tenant", tenant()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant", "person", "badge", "awarded_on"], name="badges_award_once"
                    )
                ]
            },
        ),
        BuildWalls("badge", "award", referenced=("badge",)),
    ]
