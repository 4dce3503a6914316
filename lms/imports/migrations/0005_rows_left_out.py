"""Rows that somebody leaves out after a check (S-39)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0004_consequences"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="left_out_by",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="left_out_rows",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveIntegerField(),
                blank=True,
                db_default=models.Value("{}"),
                default=list,
                size=None,
            ),
        ),
    ]
