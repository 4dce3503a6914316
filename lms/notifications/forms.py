"""Forms: an organisation's own words (L-75, L-76), and whether the messages of a change go out (E-60)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from lms.core.text import clean_text
from lms.notifications.choices import MessageChoice
from lms.notifications.kinds import MessageKind
from lms.notifications.templates import Words, allowed_placeholders, find_foreign

SUBJECT_CHARACTERS: Final = 255
BODY_CHARACTERS: Final = 5_000
ONE: Final = "one"
SEVERAL: Final = "several"


class WordsForm(forms.Form):
    """Subject and text of one message in one language; a placeholder that does not belong to it is refused by name."""

    subject = forms.CharField(label=_("Subject"), max_length=SUBJECT_CHARACTERS)
    body = forms.CharField(
        label=_("Text"),
        max_length=BODY_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_(
            'An empty line begins a paragraph; lines that begin with "- " become a list. Names in braces are filled in.'
        ),
    )
    sample = forms.ChoiceField(
        label=_("Show it with"),
        required=False,
        help_text=_("For the preview and the test mail; one mail lists everything of its kind."),
    )

    def __init__(self, *args: Any, kind: MessageKind, has_several: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind
        if has_several:
            self.fields["sample"].choices = list(zip((ONE, SEVERAL), kind.sample_sizes, strict=True))  # type: ignore[attr-defined]
        else:
            del self.fields["sample"]

    def clean_subject(self) -> str:
        """Keep it one line, and within its placeholders."""
        value = clean_text(self.cleaned_data["subject"])
        if len(value.splitlines()) > 1:
            raise ValidationError(_("The subject has to be one line."))
        self._refuse_foreign(value)
        return value

    def clean_body(self) -> str:
        """Keep it within its placeholders."""
        value = "\n".join(line.rstrip() for line in clean_text(self.cleaned_data["body"]).splitlines())
        self._refuse_foreign(value)
        return value

    def words(self, language: str) -> Words:
        """Return what was typed, after validation."""
        return Words(self.cleaned_data["subject"], self.cleaned_data["body"], language, is_own=True)

    @property
    def is_long(self) -> bool:
        """Whether the sample has several items."""
        return bool(self.cleaned_data.get("sample") == SEVERAL)

    def _refuse_foreign(self, value: str) -> None:
        foreign = find_foreign(value, self._kind)
        if not foreign:
            return
        message = ngettext(
            "%(names)s does not belong to this message. Allowed: %(allowed)s.",
            "%(names)s do not belong to this message. Allowed: %(allowed)s.",
            len(foreign),
        )
        raise ValidationError(
            message % {"names": _in_braces(foreign), "allowed": _in_braces(self.allowed_names())}, code="foreign"
        )

    def allowed_names(self) -> list[str]:
        """Return the names that may stand in braces."""
        return [placeholder.name for placeholder in allowed_placeholders(self._kind)]


def make_departure_field(kind: MessageKind, *, is_on: bool, departs: bool | None) -> forms.ChoiceField:
    """Return the question whether something sends a kind as the organisation, which has it on or off, or departs (E-72)."""
    usual = _("As the organisation: on") if is_on else _("As the organisation: off")
    return forms.ChoiceField(
        label=kind.label,  # type: ignore[arg-type]
        required=False,
        choices=[("", usual), ("on", pgettext_lazy("switch", "On")), ("off", pgettext_lazy("switch", "Off"))],
        initial="" if departs is None else "on" if departs else "off",
    )


class MessageChoiceForm(forms.Form):
    """Whether the messages go out; nothing is chosen beforehand (E-60). Without messages there is no question."""

    messages = forms.ChoiceField(
        label=_("Messages"),
        choices=MessageChoice.choices,
        widget=forms.RadioSelect,
        # Under both choices, so it says which of them it is about.
        help_text=_(
            "If you do not send them, nobody is mailed about anything that is already past today, "
            "not now and not by a later nightly run."
        ),
        error_messages={"required": _("Choose whether the messages are sent.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, asks_messages: bool, may_send: bool = True) -> None:
        super().__init__(data)
        self._question = self.fields["messages"]
        if not may_send:
            self._question.choices = [(MessageChoice.SUPPRESS.value, MessageChoice.SUPPRESS.label)]  # type: ignore[attr-defined]
        if not asks_messages:
            del self.fields["messages"]

    def ask_messages(self) -> None:
        """Ask after all: what was answered turns out to tell somebody something."""
        self.fields["messages"] = self._question
        self.add_error("messages", self._question.error_messages["required"])

    def clean(self) -> dict[str, Any]:
        """Where there is no question, the answer is empty."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        answers.setdefault("messages", "")
        return answers


def _in_braces(names: list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
