"""The engine's sentences as they read for offline records. Public: `PAGE_WORDS`, `PROBLEM_WORDS`, `PROBLEM_TITLES`."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.imports.kind_words import KindWords, Until
from lms.imports.problems import ProblemWords

PAGE_WORDS: Final = KindWords(
    until=Until.EXPIRES,
    looking_up=_("Looking up people"),
    undone=_("%(removed)s offline records were removed, %(kept)s stayed because a person has corrected them since."),
    restored=lambda n: ngettext("%(n)s offline record comes back.", "%(n)s offline records come back.", n),
)

# R-code -> (what is wrong, what to do), where the engine's words do not fit.
PROBLEM_WORDS: Final[dict[str, ProblemWords]] = {
    "R108": (_('"%(value)s" is not in the user domain %(domain)s.'), _("Leave the row out, or move the person first.")),
    "R202": (
        _("You may not record for this offline activity."),
        _("Choose another one, or ask an administrator."),
    ),
    "R206": (_('"%(value)s" is archived and takes no records.'), _("Open it again, or choose another one.")),
    "R401": (_("Already recorded on %(date)s."), _("Leave the row out.")),
    "R403": (_("Same person and day as row %(n)s."), _("Delete one of the two rows.")),
    "R405": (_("No longer valid since %(date)s."), ""),
}
PROBLEM_TITLES: Final[dict[str, Any]] = {
    "R108": _("Not in the user domain"),
    "R206": _("Archived activity"),
    "R209": _("Another activity or user domain"),
    "R210": _("Activity not open to the user domain"),
    "R401": _("Already recorded"),
    "R403": _("Twice in the file"),
    "R405": _("No longer valid on arrival"),
    "R506": _("Required cells are empty"),
    "R507": _("Valid until a day before the completion"),
}
