"""What columns and settings of offline activities may hold, with their words. No tables."""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KIND: Final = "offline_records"  # the importer, as imports name their kind


class Result(TextChoices):
    """How an offline activity ended for a person (S-31)."""

    PASSED = "passed", _("Passed")
    FAILED = "failed", pgettext_lazy("result", "Failed")
    ATTENDED = "attended", _("Attended")


class Field(TextChoices):
    """What a record can carry besides person, activity and day; an activity says which its template has (S-31, S-45)."""

    RESULT = "result", _("Result")
    SCORE = "score", _("Score")
    HOURS = "hours", _("Hours")
    CPD_POINTS = "cpd_points", _("CPD points")
    PROVIDER = "provider", _("Provider")
    LOCATION = "location", _("Location")
    CERTIFICATE_NUMBER = "certificate_number", _("Certificate number")
    EXPIRES_ON = "expires_on", _("Valid until")
    NOTES = "notes", _("Notes")


class Need(TextChoices):
    """Whether a template has a field, and whether its cell may be empty."""

    OPTIONAL = "optional", _("Optional")
    REQUIRED = "required", _("Required")


class Kind(TextChoices):
    """What a custom field holds."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice from a list")


class Identifier(TextChoices):
    """By what a file names its people (S-10)."""

    USERNAME = "username", _("Username")
    EMAIL = "email", _("E-mail address")
    EMPLOYEE_ID = "employee_id", _("Employee id")


class Origin(TextChoices):
    """Where a record came from."""

    IMPORT = "import", _("imported")
    MANUAL = "manual", _("entered by hand")


# Further spellings of a result in a file, beside its key and its word in both languages.
RESULT_SPELLINGS: Final[dict[Result, tuple[str, ...]]] = {
    Result.PASSED: ("passed", "pass", "p", "bestanden", "erfolgreich"),
    Result.FAILED: ("failed", "fail", "f", "nicht bestanden", "durchgefallen"),
    Result.ATTENDED: ("attended", "present", "a", "teilgenommen", "anwesend"),
}
LONGEST: Final[dict[Field, int]] = {
    Field.PROVIDER: 200,
    Field.LOCATION: 200,
    Field.CERTIFICATE_NUMBER: 100,
    Field.NOTES: 2_000,
}
