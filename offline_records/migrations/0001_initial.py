"""Categories, offline activities, their custom fields and domains, and the records of people."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.core.period_fields
import lms.tenancy.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0004_promotion_domains"),
        ("tenancy", "0003_consequences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("name_key", models.CharField(editable=False, max_length=400)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "parent",
                    lms.tenancy.models.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="offline_records.category",
                        verbose_name="part of",
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
        ),
        migrations.CreateModel(
            name="OfflineActivity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=100, verbose_name="code")),
                ("code_key", models.CharField(editable=False, max_length=200)),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("description", models.TextField(blank=True, max_length=2000, verbose_name="description")),
                ("provider", models.CharField(blank=True, max_length=200, verbose_name="provider")),
                ("location", models.CharField(blank=True, max_length=200, verbose_name="location")),
                (
                    "validity",
                    lms.core.period_fields.PeriodField(blank=True, max_length=20, null=True, verbose_name="valid for"),
                ),
                (
                    "expiring_days",
                    models.PositiveSmallIntegerField(
                        db_default=30, default=30, verbose_name="“expires soon” is sent, days before"
                    ),
                ),
                (
                    "score_minimum",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=9, null=True, verbose_name="lowest score"
                    ),
                ),
                (
                    "score_maximum",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=9, null=True, verbose_name="highest score"
                    ),
                ),
                ("earliest_date", models.DateField(blank=True, null=True, verbose_name="earliest completion date")),
                ("fields", models.JSONField(blank=True, default=dict)),
                ("is_open_to_all", models.BooleanField(default=True, verbose_name="open to every user domain")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="An archived activity takes no records; those it has stay.",
                        verbose_name="active",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "category",
                    lms.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offline_records.category",
                        verbose_name="category",
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
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=100, verbose_name="label")),
                ("label_key", models.CharField(editable=False, max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("date", "Date"),
                            ("choice", "Choice from a list"),
                        ],
                        default="text",
                        max_length=10,
                        verbose_name="holds",
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list, verbose_name="choices")),
                ("is_required", models.BooleanField(default=False, verbose_name="required")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
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
                (
                    "activity",
                    lms.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_fields",
                        to="offline_records.offlineactivity",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ActivityDomain",
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
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
                (
                    "activity",
                    lms.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="domains",
                        to="offline_records.offlineactivity",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OfflineRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("completed_on", models.DateField(verbose_name="completed on")),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[("passed", "Passed"), ("failed", "Failed"), ("attended", "Attended")],
                        max_length=10,
                        verbose_name="result",
                    ),
                ),
                (
                    "score",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, verbose_name="score"),
                ),
                (
                    "hours",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=7, null=True, verbose_name="hours"),
                ),
                (
                    "cpd_points",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=7, null=True, verbose_name="CPD points"
                    ),
                ),
                ("provider", models.CharField(blank=True, max_length=200, verbose_name="provider")),
                ("location", models.CharField(blank=True, max_length=200, verbose_name="location")),
                ("certificate_number", models.CharField(blank=True, max_length=100, verbose_name="certificate number")),
                ("notes", models.CharField(blank=True, max_length=2000, verbose_name="notes")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("is_expiry_stated", models.BooleanField(default=False)),
                ("custom", models.JSONField(blank=True, default=dict)),
                (
                    "origin",
                    models.CharField(choices=[("import", "imported"), ("manual", "entered by hand")], max_length=10),
                ),
                ("batch_id", models.BigIntegerField(null=True)),
                ("row_no", models.PositiveIntegerField(null=True)),
                ("date_text", models.CharField(blank=True, max_length=60)),
                ("recorded_by_id", models.BigIntegerField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("edited_at", models.DateTimeField(null=True)),
                ("messages_suppressed_through", models.DateField(null=True)),
                (
                    "activity",
                    lms.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offline_records.offlineactivity",
                    ),
                ),
                (
                    "person",
                    lms.tenancy.models.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(
                fields=("tenant", "parent", "name_key"), name="offline_category_name", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="offlineactivity",
            index=models.Index(fields=["tenant", "category", "name", "id"], name="offline_activity_category"),
        ),
        migrations.AddConstraint(
            model_name="offlineactivity",
            constraint=models.UniqueConstraint(fields=("tenant", "code_key"), name="offline_activity_code"),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("tenant", "activity", "label_key"),
                name="offline_customfield_label",
            ),
        ),
        migrations.AddConstraint(
            model_name="activitydomain",
            constraint=models.UniqueConstraint(
                fields=("tenant", "activity", "domain"), name="offline_activitydomain_once"
            ),
        ),
        migrations.AddIndex(
            model_name="offlinerecord",
            index=models.Index(fields=["tenant", "activity", "-completed_on", "-id"], name="offline_record_activity"),
        ),
        migrations.AddIndex(
            model_name="offlinerecord",
            index=models.Index(
                condition=models.Q(("batch_id__isnull", False)),
                fields=["tenant", "batch_id", "row_no"],
                name="offline_record_batch",
            ),
        ),
        migrations.AddIndex(
            model_name="offlinerecord",
            index=models.Index(
                condition=models.Q(("expires_on__isnull", False)),
                fields=["tenant", "expires_on"],
                name="offline_record_expiry",
            ),
        ),
        migrations.AddConstraint(
            model_name="offlinerecord",
            constraint=models.UniqueConstraint(
                fields=("tenant", "person", "activity", "completed_on"), name="offline_record_once"
            ),
        ),
    ]
