"""Compliance of completions and results."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.tenancy.models
from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [
        ("completions", "0002_walls"),
        ("courses", "0003_consequences"),
        ("tenancy", "0003_consequences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SettingsPush",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requested_by_id", models.BigIntegerField()),
                ("requested_at", models.DateTimeField()),
                ("to_completed", models.BooleanField()),
                ("messages", models.CharField(blank=True, max_length=10)),
                ("counts", models.JSONField(default=dict)),
                ("done_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="achievement",
            name="compliant_until",
            field=models.DateField(null=True, verbose_name="compliant until"),
        ),
        migrations.AddField(
            model_name="achievement",
            name="due_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="courseresult",
            name="compliant_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="courseresult",
            name="lapsed_on_arrival",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="courseresult",
            name="messages_suppressed_through",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="courseresult",
            name="retake_opens_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="after_compliant_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="after_lapsed_on_arrival",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="after_messages_suppressed_through",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="after_retake_opens_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="before_compliant_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="before_lapsed_on_arrival",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="before_messages_suppressed_through",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="resultchange",
            name="before_retake_opens_on",
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name="courseresult",
            index=models.Index(
                condition=models.Q(("lapsed_on_arrival", False), ("status", "completed")),
                fields=["tenant", "retake_opens_on"],
                name="completions_courseresult_open",
            ),
        ),
        migrations.AddIndex(
            model_name="courseresult",
            index=models.Index(
                condition=models.Q(("compliant_until__isnull", False)),
                fields=["tenant", "compliant_until"],
                name="completions_courseresult_end",
            ),
        ),
        migrations.AddField(
            model_name="settingspush",
            name="course",
            field=lms.tenancy.models.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="courses.course",
            ),
        ),
        migrations.AddField(
            model_name="settingspush",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AddIndex(
            model_name="settingspush",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)), fields=["tenant", "id"], name="completions_push_open"
            ),
        ),
        BuildWalls("settingspush", referenced=()),
    ]
