"""Held messages, switches and own words."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_walls"),
        ("tenancy", "0003_consequences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageSwitch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("is_on", models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name="MessageTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=60)),
                ("language", models.CharField(max_length=10)),
                ("subject", models.CharField(max_length=255, verbose_name="subject")),
                ("body", models.TextField(max_length=5000, verbose_name="text")),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("updated_by_id", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="notice",
            name="batch_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="is_held",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="notice",
            name="shown_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="state",
            field=models.CharField(
                choices=[
                    ("held", "held until the import has ended"),
                    ("queued", "waiting"),
                    ("sending", "being sent"),
                    ("sent", "sent"),
                    ("withdrawn", "withdrawn"),
                    ("failed", "could not be delivered"),
                ],
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("batch_id__isnull", False)),
                fields=["tenant", "batch_id"],
                name="notifications_notice_batch",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "held"])),
                fields=["tenant", "recipient_id"],
                name="notifications_outbox_open",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("batch_id__isnull", False)),
                fields=["tenant", "batch_id", "state"],
                name="notifications_outbox_batch",
            ),
        ),
        migrations.AddField(
            model_name="messageswitch",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AddField(
            model_name="messagetemplate",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.tenant",
            ),
        ),
        migrations.AddConstraint(
            model_name="messageswitch",
            constraint=models.UniqueConstraint(fields=("tenant", "kind"), name="notifications_switch_once"),
        ),
        migrations.AddConstraint(
            model_name="messagetemplate",
            constraint=models.UniqueConstraint(
                fields=("tenant", "text", "language"), name="notifications_template_once"
            ),
        ),
        BuildWalls("messageswitch", "messagetemplate", referenced=()),
    ]
