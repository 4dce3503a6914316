"""What the importer may choose about completion records (T-24, T-30, T-45). Public: `ImportOptions`, `CONSEQUENCES`."""

from typing import Any, Final

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certifications.choices import Action

# One sentence of consequence each.
CONSEQUENCES: Final[dict[Action, Any]] = {
    Action.HISTORY: _("Records go to the history; nobody's current certification changes."),
    Action.CERTIFY_UNCERTIFIED: _(
        "Who is not certified, or has expired, becomes certified; the rest goes to the history."
    ),
    Action.CERTIFY_IF_MORE_RECENT: _(
        "Who is not certified, has expired, or has an older current record becomes certified; the rest goes to the history."
    ),
}


def _word_action(action: Action) -> str:
    parts = {"action": action.label, "consequence": CONSEQUENCES[action]}
    return gettext("%(action)s: %(consequence)s") % parts


_word_lazily = lazy(_word_action, str)


class ImportOptions(forms.Form):
    """Import action, evidence, and how references are compared."""

    action = forms.ChoiceField(
        label=_("Import action"),
        choices=[(action.value, _word_lazily(action)) for action in CONSEQUENCES],
        widget=forms.RadioSelect,
        help_text=_(
            "What the newest record of each person and certification does. Older records go to the history, and "
            "whoever does not have the certification yet is assigned."
        ),
    )
    evidence = forms.BooleanField(
        label=_("Create evidence where no certification is found"),
        required=False,
        help_text=_(
            "Careful: a typing error in a short name or ID number then becomes other evidence instead of an error. The "
            "review lists every such name with the nearest certification before anything is written."
        ),
    )
    ignore_case = forms.BooleanField(
        label=_("Ignore upper and lower case in short names"),
        required=False,
        help_text=_("“cert1” then finds “CERT1”; ID numbers are compared in the same way."),
    )
