"""The engine's sentences as they read for course completions. Public: `PAGE_WORDS`."""

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.imports.kind_words import KindWords, Until

PAGE_WORDS: Final = KindWords(
    until=Until.COMPLIANT,
    looking_up=_("Looking up people and courses"),
    updated=_("Imported, replaced the current completion"),
    will_update=_("Will replace the current completion"),
    becomes_current=lambda n: ngettext(
        "becomes the current completion of its person and course",
        "become the current completion of their person and course",
        n,
    ),
    takes_place=lambda n: ngettext(
        "of these takes the place of another current completion",
        "of these take the place of another current completion",
        n,
    ),
    change_of_current=_("current completion: %(a)s → %(b)s"),
    many_changes=_("This changes %(n)s current completions, a large share of all. Type %(n)s to confirm:"),
    why_confirm=_(
        "This page comes only when messages go out or many current completions change. Messages wait until the import "
        "has ended, and can be withdrawn on its page until they go out."
    ),
    restored=lambda n: ngettext(
        "%(n)s current completion gets back what it was before.",
        "%(n)s current completions get back what they were before.",
        n,
    ),
    undone=_(
        "%(removed)s records were removed, %(restored)s current completions got back what they were before, %(kept)s "
        "stayed because something newer happened."
    ),
)
