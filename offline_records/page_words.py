"""The engine's sentences as they read for offline records. Public: `PAGE_WORDS`, `PROBLEM_WORDS`, `PROBLEM_TITLES`."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.imports.kind_words import KindWords, Until
from lms.imports.problems import ProblemWords

PAGE_WORDS: Final = KindWords(
    until=Until.EXPIRES,
    last_step=_("Create records"),
    looking_up=_("Looking up people"),
    writing=lambda n: ngettext("Writing %(n)s record", "Writing %(n)s records", n),
    created=_("Created"),
    will_create=_("Will be created"),
    will_fail=_("Has errors"),
    planned=lambda n: ngettext("%(n)s record will be created", "%(n)s records will be created", n),
    failing=lambda n: ngettext("%(n)s row has errors", "%(n)s rows have errors", n),
    all_fine=lambda n: ngettext("%(n)s record is ready.", "All %(n)s records are ready.", n),
    foot=lambda n: ngettext("%(n)s record will be created", "%(n)s records will be created", n),
    done=lambda n: ngettext("%(n)s offline record created", "%(n)s offline records created", n),
    nothing_to_do=_("There is no record to create."),
    nothing_done=_("No record was created."),
    button=lambda n: ngettext("Create %(n)s record", "Create %(n)s records", n),
    check_and_go=_("Check and create records"),
    ask=lambda n: ngettext("Create %(n)s record now?", "Create %(n)s records now?", n),
    ask_and_send=lambda n: ngettext(
        "Create %(n)s record and send messages?", "Create %(n)s records and send messages?", n
    ),
    ask_silently=lambda n: ngettext(
        "Create %(n)s record now, without messages?", "Create %(n)s records now, without messages?", n
    ),
    stopped=lambda n: ngettext(
        "Nothing was saved: %(n)s of %(rows)s rows has errors, and offline records are created only when every row is right.",
        "Nothing was saved: %(n)s of %(rows)s rows have errors, and offline records are created only when every row is right.",
        n,
    ),
    why_stopped=_("Offline records are created only when every row is right."),
    undone=_("Offline records removed: %(removed)s. Kept, because a person has corrected them since: %(kept)s."),
    restored=lambda n: ngettext("%(n)s offline record comes back.", "%(n)s offline records come back.", n),
)

# R-code -> (what is wrong, what to do), where the engine's words do not fit.
PROBLEM_WORDS: Final[dict[str, ProblemWords]] = {
    "R103": (_('%(n)s people match "%(value)s".'), _("Choose another identifier, such as the username.")),
    "R108": (
        _('"%(value)s"%(own)s is not in the user domain %(domain)s.'),
        _("Leave the row out, or move the person first."),
    ),
    "R202": (
        _("You may not record for this offline activity."),
        _("Choose another one, or ask an administrator."),
    ),
    "R206": (_('"%(value)s" is archived and takes no records.'), _("Open it again, or choose another one.")),
    "R304": (_("%(date)s is too early: records begin on %(a)s."), _("Correct the date.")),
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
