"""The list over all activities is read in the order of days, a page at a time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("offline_records", "0002_walls")]

    operations = [
        migrations.AddIndex(
            model_name="offlinerecord",
            index=models.Index(fields=["tenant", "-completed_on", "-id"], name="offline_record_day"),
        ),
    ]
