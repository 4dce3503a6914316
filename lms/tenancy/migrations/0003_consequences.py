"""When and how many messages an organisation sends."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="mails_per_minute",
            field=models.PositiveSmallIntegerField(default=600, verbose_name="mails per minute at most"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="message_hold_minutes",
            field=models.PositiveSmallIntegerField(
                default=2,
                help_text="Until then they can be withdrawn.",
                verbose_name="minutes that messages of an import are held",
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="message_threshold",
            field=models.PositiveIntegerField(default=1000, verbose_name="number of messages to confirm by typing"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="reminder_hour",
            field=models.PositiveSmallIntegerField(
                default=8,
                help_text="The daily job runs at this hour, in your time zone.",
                verbose_name="hour at which reminders go out",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("reminder_hour__lte", 23)), name="tenancy_tenant_reminder_hour"
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("mails_per_minute__gte", 1)), name="tenancy_tenant_mails_per_minute"
            ),
        ),
    ]
