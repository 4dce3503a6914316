"""The one kind of message that is about the product itself: an import has ended (L-75, E-69).

Its words can be replaced where everything went as usual; what went wrong, or was cancelled, is said by `wording`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lms.core.wording import say_date, say_number
from lms.imports.importer import find_words
from lms.notifications.kinds import Item, Lead, MessageKind, Placeholder, Text, register_kind

IMPORT_FINISHED: Final = "import_finished"
# The text where rows have failed; the other has the kind's own name.
ROWS_FAILED: Final = "import_finished_failed"

Items = Sequence[Item]


def register_own_kinds() -> None:
    """Make the kind known; called when the app is ready."""
    register_kind(
        MessageKind(
            key=IMPORT_FINISHED,
            label=gettext_lazy("Import finished"),
            help=gettext_lazy(
                "To whoever has uploaded a file: if rows failed, if numbers differ from the check, or if it ran longer "
                "than a minute."
            ),
            texts=[
                Text(
                    key=IMPORT_FINISHED,
                    label=gettext_lazy("Everything was imported"),
                    subject=gettext_lazy("Import {number} finished: {imported} imported"),
                    body=gettext_lazy(
                        "File: {file}\n\n{imported_rows}\n\n{changed}\n\nYou can undo this import until {undo_until}."
                        "\n\n{link}"
                    ),
                ),
                Text(
                    key=ROWS_FAILED,
                    label=gettext_lazy("Rows have failed"),
                    subject=gettext_lazy("Import {number} finished: {imported} imported, {failed} failed"),
                    body=gettext_lazy(
                        "File: {file}\n\n{imported} rows imported, {failed} failed. Download the failed rows, correct "
                        "them and upload that file: only these rows are imported.\n\n{changed}\n\n"
                        "You can undo this import until {undo_until}.\n\n{link}"
                    ),
                ),
            ],
            placeholders=[
                Placeholder("number", gettext_lazy("number of the import")),
                Placeholder("file", gettext_lazy("name of the file")),
                Placeholder("imported", gettext_lazy("number of rows imported")),
                Placeholder("imported_rows", gettext_lazy("a sentence with the number of rows imported")),
                Placeholder("failed", gettext_lazy("number of rows that failed")),
                Placeholder(
                    "changed",
                    gettext_lazy("a sentence if rows turned out differently from the check; otherwise nothing"),
                ),
                Placeholder("undo_until", gettext_lazy("last day on which the import can be undone")),
            ],
            fill=_fill,
            choose=lambda items, _today: ROWS_FAILED if items[0].get("failed") else IMPORT_FINISHED,
            describe=lambda _items, _today: (),  # its notice has words of its own
            lead=_lead,
            sample=_make_sample,
            reason=gettext_lazy("You get it because of this import."),
            is_switchable=False,
        )
    )


def _fill(items: Items, _today: date) -> Mapping[str, str]:
    params = items[0]
    imported, changed = params["imported"], params.get("changed", 0)
    undo_until = params.get("undo_until")
    return {
        "number": str(params["number"]),
        "file": " ".join(str(params.get("file_name", "")).split()),
        "imported": say_number(imported),
        "imported_rows": say_imported(params),
        "failed": say_number(params["failed"]),
        "changed": ngettext(
            "%(n)s row turned out differently from the check.",
            "%(n)s rows turned out differently from the check.",
            changed,
        )
        % {"n": say_number(changed)}
        if changed
        else "",
        "undo_until": say_date(date.fromisoformat(undo_until)) if undo_until else "",
    }


def say_imported(params: Item) -> str:
    """Return how much an import has brought in, as its kind says it: "5 offline records created"."""
    done = find_words(params.get("kind", "")).done(params["imported"])
    return f"{done % {'n': say_number(params['imported'])}}."


def _lead(items: Items, _person_id: int) -> Lead:
    return Lead(gettext_lazy("See the import"), reverse("imports:batch", args=[items[0]["number"]]))


def _make_sample(text: str, today: date) -> list[Item]:
    """Return a made-up import; there is never more than one in a mail."""
    failed = 1_057 if text == ROWS_FAILED else 0
    return [
        {
            "number": 41,
            "file_name": _("completions.csv"),
            "imported": 46_902,
            "failed": failed,
            "changed": 14,
            "undo_until": (today + timedelta(days=30)).isoformat(),
        }
    ]
