"""The runs of the daily job."""

import django.db.models.deletion
from django.db import migrations, models

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenancy", "0003_consequences"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_on", models.DateField()),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                ("counts", models.JSONField(default=dict)),
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
                "constraints": [models.UniqueConstraint(fields=("tenant", "run_on"), name="daily_run_once")],
            },
        ),
        BuildWalls("dailyrun", referenced=()),
    ]
