"""Mails on their way and failed ones may go out again too: they are found by recipient as those that wait (U3)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_consequences")]

    operations = [
        migrations.RemoveIndex(model_name="outboxmessage", name="notifications_outbox_open"),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "held", "sending", "failed"])),
                fields=["tenant", "recipient_id"],
                name="notifications_outbox_open",
            ),
        ),
    ]
