"""What becomes of the messages of an import."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0003_row_log"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="messages",
            field=models.CharField(blank=True, choices=[("send", "Send"), ("suppress", "Do not send")], max_length=10),
        ),
        migrations.AddField(
            model_name="importbatch",
            name="send_at",
            field=models.DateTimeField(null=True),
        ),
    ]
