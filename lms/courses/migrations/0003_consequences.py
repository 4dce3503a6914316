"""Compliance and due-date settings, due dates of assignments."""

from django.conf import settings
from django.db import migrations, models

import lms.core.period_fields


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_walls"),
        ("tenancy", "0003_consequences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="course",
            name="compliant_for",
            field=lms.core.period_fields.PeriodField(
                blank=True, max_length=20, null=True, verbose_name="compliant for"
            ),
        ),
        migrations.AddField(
            model_name="course",
            name="due_on",
            field=models.DateField(blank=True, null=True, verbose_name="due on"),
        ),
        migrations.AddField(
            model_name="course",
            name="due_within",
            field=lms.core.period_fields.PeriodField(blank=True, max_length=20, null=True, verbose_name="due within"),
        ),
        migrations.AddField(
            model_name="course",
            name="message_switches",
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="course",
            name="remind_at_most",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="at most"),
        ),
        migrations.AddField(
            model_name="course",
            name="remind_days_before",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="first reminder, days before"),
        ),
        migrations.AddField(
            model_name="course",
            name="remind_every",
            field=lms.core.period_fields.PeriodField(blank=True, max_length=20, null=True, verbose_name="repeat every"),
        ),
        migrations.AddField(
            model_name="course",
            name="retake_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="retake opens, days before"),
        ),
        migrations.AddField(
            model_name="courseassignment",
            name="due_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="courseassignment",
            name="messages_suppressed_through",
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name="courseassignment",
            index=models.Index(
                condition=models.Q(("due_on__isnull", False)),
                fields=["tenant", "due_on"],
                name="courses_assignment_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_within__isnull", True), ("due_on__isnull", True), _connector="OR"),
                name="courses_course_one_due",
            ),
        ),
    ]
