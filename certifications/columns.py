"""The five columns of a certification file (T-07), named as they stand in its header. Public: `COLUMNS`."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from certifications.references import ID_NUMBER_CHARACTERS, SHORT_NAME_CHARACTERS
from lms.imports.columns import COMPLETION_DATE_NAMES, Column, make_person_column

COLUMNS: Final = (
    make_person_column(header="username"),
    Column(
        key="certificationshortname",
        header="certificationshortname",
        label=_("Short name of the certification"),
        kind="item",
        required=True,
        max_length=SHORT_NAME_CHARACTERS,
        sample="FIRST-AID",
        help=_("As on the certification's Overview tab. One of short name and ID number is enough; both must fit."),
        aliases=(
            "certification",
            "certification short name",
            "short name",
            "shortname",
            "certificate",
            "zertifizierung",
            "zertifikat",
            "kurzname",
            "kurzname der zertifizierung",
            "kurzbezeichnung",
        ),
    ),
    Column(
        key="certificationidnumber",
        header="certificationidnumber",
        label=_("ID number of the certification"),
        kind="item",
        required=True,
        max_length=ID_NUMBER_CHARACTERS,
        sample="FA-001",
        help=_("As on the certification's Overview tab. The cell may be empty if the short name is given."),
        aliases=(
            "certification id number",
            "certification id",
            "certification number",
            "id number",
            "idnumber",
            "certificate number",
            "zertifizierungsnummer",
            "zertifikatsnummer",
            "id-nummer",
            "id-nummer der zertifizierung",
        ),
    ),
    Column(
        key="completiondate",
        header="completiondate",
        label=_("Completion date"),
        kind="date",
        required=True,
        help=_("The day on which the person completed the certification."),
        aliases=COMPLETION_DATE_NAMES,
    ),
    Column(
        key="duedate",
        header="duedate",
        label=_("Due date"),
        kind="date",
        required=True,
        unreadable="R305",
        absent_label=_("My file has no due dates: leave empty for all rows"),
        absent_option="no_due_dates",
        help=_(
            "By when the certification was due as the person completed it. This is not the expiry date: the expiry is "
            "counted by Rollbook. The cell may be empty."
        ),
        aliases=(
            "due date",
            "due",
            "due on",
            "date due",
            "deadline",
            "fällig am",
            "fällig",
            "fälligkeit",
            "fälligkeitsdatum",
            "frist",
        ),
    ),
)
