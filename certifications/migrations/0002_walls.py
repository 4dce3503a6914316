"""The tenant's walls around certifications."""

from django.db import migrations

from lms.tenancy.walls import BuildWalls


class Migration(migrations.Migration):
    dependencies = [("certifications", "0001_initial"), ("people", "0002_walls")]

    operations = [
        BuildWalls(
            "certification",
            "certificationassignment",
            "teamcertification",
            "certificationrecord",
            "certificationstatus",
            "statuschange",
            "evidence",
            "sighting",
            referenced=("certification", "certificationrecord", "evidence"),
            # Checked through the record they show (docs/decisions/foreign-keys.md).
            unchecked=(
                "certificationstatus.person",
                "certificationstatus.certification",
                "statuschange.person",
                "statuschange.certification",
            ),
        ),
    ]
