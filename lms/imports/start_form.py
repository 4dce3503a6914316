"""What the start page of a kind may ask about a file before anybody has looked at it: how it is read, and its dates.

An importer subclasses `StartForm` and returns it from `Importer.start_form`; the page then also asks for all options of
the kind. Public: `StartForm`.
"""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

_OPEN: Final = "auto"  # to be found out from the file
_DELIMITERS: Final[dict[str, tuple[str | None, Any]]] = {
    _OPEN: (None, _("Find out from the file")),
    "comma": (",", _("Comma ( , )")),
    "semicolon": (";", _("Semicolon ( ; )")),
    "tab": ("\t", _("Tab")),
    "colon": (":", _("Colon ( : )")),
    "bar": ("|", _("Vertical bar ( | )")),
}
_QUOTES: Final[dict[str, tuple[str | None, Any]]] = {
    _OPEN: (None, _("Find out from the file")),
    "double": ('"', _('Double quotation marks ( " )')),
    "single": ("'", _("Single quotation marks ( ' )")),
    "none": ("", _("Nothing")),
}
_ENCODINGS: Final[dict[str, Any]] = {
    _OPEN: _("UTF-8, unless the file turns out otherwise"),
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": _("Windows-1252, Western Europe"),
    "iso-8859-1": _("ISO 8859-1, Western Europe"),
    "iso-8859-15": _("ISO 8859-15, Western Europe with €"),
    "cp850": _("DOS 850, Western Europe"),
    "mac-roman": _("Macintosh, Western Europe"),
    "cp1250": _("Windows-1250, Central Europe"),
    "iso-8859-2": _("ISO 8859-2, Central Europe"),
    "cp1251": _("Windows-1251, Cyrillic"),
    "koi8-r": _("KOI8-R, Cyrillic"),
    "cp1253": _("Windows-1253, Greek"),
    "cp1254": _("Windows-1254, Turkish"),
    "cp1255": _("Windows-1255, Hebrew"),
    "cp1256": _("Windows-1256, Arabic"),
    "cp1257": _("Windows-1257, Baltic"),
    "shift_jis": _("Shift JIS, Japanese"),
    "euc_jp": _("EUC-JP, Japanese"),
    "gb18030": _("GB 18030, Chinese"),
    "big5": _("Big5, Chinese"),
    "euc_kr": _("EUC-KR, Korean"),
}


class StartForm(forms.Form):
    """How a text file is read (T-11); workbooks say it themselves."""

    delimiter = forms.ChoiceField(
        label=_("Values are separated by"),
        choices=[(name, words) for name, (_sign, words) in _DELIMITERS.items()],
    )
    quote = forms.ChoiceField(
        label=_("Text is quoted with"),
        choices=[(name, words) for name, (_sign, words) in _QUOTES.items()],
    )
    encoding = forms.ChoiceField(label=_("Encoding of the text"), choices=list(_ENCODINGS.items()))

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any]) -> None:
        """Show what was chosen last: `initial` holds delimiter, quote and encoding as reading options name them."""
        super().__init__(
            data,
            initial={
                "delimiter": _name_of(initial.get("delimiter"), _DELIMITERS),
                "quote": _name_of(initial.get("quote"), _QUOTES),
                "encoding": initial.get("encoding") or _OPEN,
            },
        )

    def read_options(self) -> dict[str, Any]:
        """Return the reading options that were chosen; what is left open is not among them."""
        chosen = {
            "delimiter": _DELIMITERS[self.cleaned_data["delimiter"]][0],
            "quote": _QUOTES[self.cleaned_data["quote"]][0],
            "encoding": None if self.cleaned_data["encoding"] == _OPEN else self.cleaned_data["encoding"],
        }
        return {name: value for name, value in chosen.items() if value is not None}

    def date_format(self) -> str:
        """Return the name of the date format that was chosen; empty: the format of the person's profile."""
        return ""


def _name_of(sign: str | None, choices: Mapping[str, tuple[str | None, Any]]) -> str:
    return next((name for name, (known, _words) in choices.items() if known == sign), _OPEN)
