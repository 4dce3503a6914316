"""The form of the page that asks before changed settings reach people (L-92)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from completions.pushing import PushPreview
from lms.notifications.choices import total_messages
from lms.notifications.forms import MessageChoiceForm


class PushForm(MessageChoiceForm):
    """Whether people who have completed the course are changed too (L-52), and whether anybody is told."""

    to_completed = forms.BooleanField(
        label=_("Apply to people who already completed"),
        required=False,
        help_text=_("Their dates are counted again from the day of completion. Otherwise they keep what they have."),
    )

    field_order = ("to_completed", "messages")

    def __init__(self, data: Mapping[str, Any] | None = None, *, preview: PushPreview, asks_completed: bool) -> None:
        super().__init__(data, asks_messages=preview.count_messages(to_completed=asks_completed) > 0)
        self.preview = preview
        if not asks_completed:
            del self.fields["to_completed"]
        if "messages" in self.fields and not total_messages(preview.assigned.messages):
            self.fields["messages"].label = _("Messages, if you tick the box")
            self.fields["messages"].required = False

    def clean(self) -> dict[str, Any]:
        """Insist on a choice where the tick decides whether something would be sent; fill in what is not asked."""
        answers = super().clean()
        answers.setdefault("to_completed", False)
        if not self.preview.count_messages(to_completed=answers["to_completed"]):
            answers["messages"] = ""
        elif not answers["messages"] and not self.has_error("messages"):
            self.add_error("messages", self.fields["messages"].error_messages["required"])
        return answers
