"""When a deactivated person came back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="active_since",
            field=models.DateField(null=True),
        ),
    ]
