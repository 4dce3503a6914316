"""What the columns and options of certifications may hold, with their words. No tables."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Method(TextChoices):
    """From which date an expiry is counted (T-38, T-39)."""

    COMPLETION_DATE = "completion_date", _("Use certification completion date")
    EXPIRY_DATE = "expiry_date", _("Use certification expiry date")
    FIXED_DATE = "fixed_date", _("Use fixed expiry date")


class State(TextChoices):
    """The current certification of a person; who is assigned and was never certified has none."""

    CERTIFIED = "certified", _("Certified")
    WINDOW_OPEN = "window_open", _("Certified, recertification window open")
    EXPIRED = "expired", _("Expired")


class Action(TextChoices):
    """What an import does to the current certification (T-45)."""

    HISTORY = "history", _("Save to history")
    CERTIFY_UNCERTIFIED = "certify_uncertified", _("Certify uncertified users")
    CERTIFY_IF_MORE_RECENT = "certify_if_more_recent", _("Certify if more recent")


class Basis(TextChoices):
    """Which date decided an expiry (T-40, T-81)."""

    COMPLETED = "completed", _("the completion date")
    DUE = "due", _("the due date")
    PREVIOUS = "previous", _("the previous expiry")
    KEPT = "kept", _("the previous expiry, unchanged")  # completed before the window opened
    ENTERED = "entered", _("entered by hand")


class Origin(TextChoices):
    """Where a record or an evidence came from."""

    IMPORT = "import", _("imported")
    MANUAL = "manual", _("entered by hand")
