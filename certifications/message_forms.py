"""The form of a certification's messages (T-70)."""

from collections.abc import Mapping
from typing import Any

from django import forms

from certifications.message_settings import message_kinds
from lms.notifications.forms import make_departure_field


class DeparturesForm(forms.Form):
    """Whether a certification sends each kind of message as the organisation, or departs from it."""

    def __init__(
        self, *args: Any, organisation_sends: frozenset[str], departures: Mapping[str, bool], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for kind in message_kinds():
            is_on = kind.key in organisation_sends
            field = make_departure_field(kind, is_on=is_on, departs=departures.get(kind.key))
            field.widget.attrs["aria-label"] = kind.label  # the row says it to those who see the table
            self.fields[kind.key] = field

    def departures(self) -> dict[str, bool]:
        """Return the answers that depart, after validation."""
        return {key: answer == "on" for key, answer in self.cleaned_data.items() if answer}
