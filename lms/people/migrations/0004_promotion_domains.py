"""User domains that a team role names (S-01)."""

import django.db.models.deletion
from django.db import migrations, models

import lms.tenancy.models
from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_consequences"),
        ("tenancy", "0003_consequences"),
    ]

    operations = [
        migrations.CreateModel(
            name="PromotionDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "domain",
                    lms.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.peopledomain",
                    ),
                ),
                (
                    "promotion",
                    lms.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to="people.promotion",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "promotion", "domain"), name="people_promotiondomain_once"
                    )
                ],
            },
        ),
        BuildWalls("promotiondomain", referenced=("promotion",)),
    ]
