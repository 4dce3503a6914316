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
    """The defaults speak of records."""

    until: Until = Until.EXPIRES  # in results files
    looking_up: Words = _("Looking up people and what the rows are about")
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
