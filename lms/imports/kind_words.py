"""Sentences of the engine's pages that name what a kind of import writes (screens: one word per object).

An importer that writes something with a name of its own says them all anew (`Importer.words`). Public: `KindWords`, `Until`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.core.components import Words

CountWords = Callable[[int], str]  # the words after or around a number; %(n)s stays to be filled in


class Until(StrEnum):
    """What a kind calls the day on which something ends: one word per object."""

    COMPLIANT = "compliant until"
    EXPIRES = "expires"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """The defaults speak of rows that are imported, and of records where something is theirs."""

    until: Until = Until.EXPIRES  # in results files
    last_step: Words = _("Import")  # of the wizard, above its pages
    looking_up: Words = _("Looking up people and what the rows are about")
    # While an all-or-nothing import is written, without percent (E-63).
    writing: CountWords = lambda n: ngettext("Writing %(n)s row", "Writing %(n)s rows", n)
    # Outcome `created`, done and planned, also as the name of a number; what cannot be imported.
    created: Words = _("Imported")
    will_create: Words = _("Will be imported")
    will_fail: Words = _("Cannot be imported")
    # Behind the totals of the check (W6); in the foot of the review; behind the import.
    planned: CountWords = lambda n: ngettext("%(n)s will be imported", "%(n)s will be imported", n)
    failing: CountWords = lambda n: ngettext("%(n)s cannot be imported", "%(n)s cannot be imported", n)
    all_fine: CountWords = lambda n: ngettext("All %(n)s row can be imported.", "All %(n)s rows can be imported.", n)
    foot: CountWords = lambda n: ngettext("%(n)s row will be imported", "%(n)s rows will be imported", n)
    done: CountWords = lambda n: ngettext("%(n)s row imported", "%(n)s rows imported", n)
    nothing_to_do: Words = _("There is nothing to import.")
    nothing_done: Words = _("Nothing was imported.")
    # The buttons that import: on the review (L-83), and on the mapping page (E-70).
    button: CountWords = lambda n: ngettext("Import %(n)s row", "Import %(n)s rows", n)
    check_and_go: Words = _("Check and import")
    # What pressing it means (W11): nobody has chosen yet about messages, with messages, without.
    ask: CountWords = lambda n: ngettext("Import %(n)s row now?", "Import %(n)s rows now?", n)
    ask_and_send: CountWords = lambda n: ngettext(
        "Import %(n)s row and send messages?", "Import %(n)s rows and send messages?", n
    )
    ask_silently: CountWords = lambda n: ngettext(
        "Import %(n)s row now, without messages?", "Import %(n)s rows now, without messages?", n
    )
    # Bad rows in an import of all or nothing (W19, S-20): what is the matter, and why it cannot go on.
    stopped: CountWords = lambda n: ngettext(
        "Nothing was saved: %(n)s of %(rows)s rows has errors, and nothing is imported as long as any row is bad.",
        "Nothing was saved: %(n)s of %(rows)s rows have errors, and nothing is imported as long as any row is bad.",
        n,
    )
    why_stopped: Words = _("Nothing is imported as long as any row is bad.")
    # Outcome `updated`, done and planned.
    updated: Words = _("Imported, replaced the current record")
    will_update: Words = _("Will replace the current record")
    # Behind a number of rows, on the review.
    becomes_current: CountWords = lambda n: ngettext(
        "becomes the current record of its person", "become the current record of their person", n
    )
    takes_place: CountWords = lambda n: ngettext(
        "of these takes the place of another current record",
        "of these take the place of another current record",
        n,
    )
    change_of_current: Words = _("current record: %(a)s → %(b)s")
    # The brake: a number that has to be typed.
    many_changes: Words = _("This changes %(n)s current records, a large share of all. Type %(n)s to confirm:")
    why_confirm: Words = _(
        "This page comes only when messages go out or many current records change. Messages wait until the import has "
        "ended, and can be withdrawn on its page until they go out."
    )
    # Undo: before and after.
    restored: CountWords = lambda n: ngettext(
        "%(n)s current record gets back what it was before.", "%(n)s current records get back what they were before.", n
    )
    undone: Words = _(
        "%(removed)s records were removed, %(restored)s current records got back what they were before, %(kept)s stayed "
        "because something newer happened."
    )
