"""Active periods of a day each, counted from a due date of long ago, are more than a small number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("certifications", "0002_walls"),
    ]

    operations = [
        migrations.AlterField(
            model_name="certificationrecord",
            name="steps",
            field=models.IntegerField(),
        ),
    ]
