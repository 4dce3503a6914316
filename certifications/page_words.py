"""The engine's sentences as they read for completion records of certifications. Public: `PAGE_WORDS`."""

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lms.imports.kind_words import KindWords, Until

PAGE_WORDS: Final = KindWords(
    until=Until.EXPIRES,
    looking_up=_("Looking up people and certifications"),
    updated=_("Imported, replaced the current certification"),
    will_update=_("Will replace the current certification"),
    becomes_current=lambda n: ngettext(
        "becomes the current certification of its person",
        "become the current certifications of their people",
        n,
    ),
    takes_place=lambda n: ngettext(
        "of these takes the place of another current certification",
        "of these take the place of other current certifications",
        n,
    ),
    change_of_current=_("current certification: completed %(b)s instead of %(a)s"),
    many_changes=_("This changes %(n)s current certifications, a large share of all. Type %(n)s to confirm:"),
    why_confirm=_(
        "This page comes only when messages go out or many current certifications change. Messages wait until the "
        "import has ended, and can be withdrawn on its page until they go out."
    ),
    restored=lambda n: ngettext(
        "%(n)s current certification gets back what it was before.",
        "%(n)s current certifications get back what they were before.",
        n,
    ),
    undone=_(
        "%(removed)s records were removed, %(restored)s current certifications got back what they were before, %(kept)s "
        "stayed because something newer happened."
    ),
)
