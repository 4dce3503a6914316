"""The choice about the messages of an import: send at once, send at an hour, or do not send (E-21, E-60)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.imports.messaging.choosing import SEND_WITHIN
from lms.notifications.choices import MessageChoice
from lms.tenancy.models import Tenant

LATER: Final = "send_later"
SENDS: Final = (MessageChoice.SEND.value, LATER)
_CHOICES: Final = [
    (MessageChoice.SEND.value, gettext_lazy("Send, at once")),
    (LATER, gettext_lazy("Send, on a date and hour")),
    (MessageChoice.SUPPRESS.value, gettext_lazy("Do not send")),
]


class MessageForm(forms.Form):
    """What the review asks before messages go out. There is no default."""

    messages = forms.ChoiceField(
        label=gettext_lazy("Messages"),
        choices=_CHOICES,
        widget=forms.RadioSelect,
        # Stands under "do not send" (W10).
        help_text=gettext_lazy(
            "Nobody is mailed about anything that is already past today, not now and not by a later nightly run."
        ),
        error_messages={"required": gettext_lazy("Choose whether the messages are sent.")},
    )
    send_on = forms.DateField(
        label=gettext_lazy("Date"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", "form": "confirm-form"}, format="%Y-%m-%d"),
    )
    send_hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        widget=forms.Select(attrs={"form": "confirm-form"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, tenant: Tenant, may_send: bool) -> None:
        tomorrow = timezone.now().astimezone(tenant.zone).date() + dt.timedelta(days=1)
        super().__init__(data, initial={"send_on": tomorrow, "send_hour": tenant.reminder_hour})
        self.tenant = tenant
        if not may_send:
            # A forged "send" is not a choice then.
            self.fields["messages"].choices = _CHOICES[2:]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse an hour that has passed, or lies months ahead."""
        cleaned = super().clean() or {}
        if cleaned.get("messages") == LATER and not self.errors:
            at = self._moment(cleaned)
            if at is None:
                self.add_error("send_on", _("Choose the date on which the messages go out."))
            elif at <= timezone.now():
                self.add_error("send_on", _("This hour has passed already."))
            elif at > timezone.now() + SEND_WITHIN:
                self.add_error("send_on", _("Choose a date within the next %(n)s days.") % {"n": SEND_WITHIN.days})
        return cleaned

    def _moment(self, cleaned: Mapping[str, Any]) -> dt.datetime | None:
        day, hour = cleaned.get("send_on"), cleaned.get("send_hour")
        if day is None or hour is None:
            return None
        return dt.datetime.combine(day, dt.time(hour), tzinfo=self.tenant.zone)

    @property
    def is_sending(self) -> bool:
        """Whether the valid answer sends something."""
        return self.cleaned_data.get("messages") in SENDS

    @property
    def send_at(self) -> dt.datetime | None:
        """The chosen hour in the organisation's time zone, or None for at once."""
        return self._moment(self.cleaned_data) if self.cleaned_data.get("messages") == LATER else None

    def answers(self) -> dict[str, Any]:
        """Return what a confirmation needs: "messages" as stored on the batch, and "send_at" as an ISO moment."""
        choice = MessageChoice.SEND if self.is_sending else MessageChoice.SUPPRESS
        return {"messages": choice.value, "send_at": self.send_at.isoformat() if self.send_at else None}
