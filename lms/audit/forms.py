"""The filters of the audit history (G-04)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.audit.actions import name_action
from lms.audit.selectors import EventFilter, list_actions
from lms.imports.models import ImportBatch


class EventFilterForm(forms.Form):
    """Person, actor, import, kind and date."""

    person = forms.CharField(label=_("About (username)"), required=False, max_length=100)
    actor = forms.CharField(label=_("By (name)"), required=False, max_length=100)
    subject = forms.CharField(label=_("On"), required=False, max_length=100)
    number = forms.IntegerField(label=_("Import number"), required=False, min_value=1, max_value=2_000_000_000)
    action = forms.ChoiceField(label=_("What"), required=False)
    first_day = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(action, name_action(action)) for action in list_actions()]
        self.fields["action"].choices = [("", _("everything")), *choices]  # type: ignore[attr-defined]

    def as_filter(self) -> EventFilter:
        """Return what the valid form asks for; an import number that does not exist finds nothing."""
        data = self.cleaned_data
        batch_id = None
        if data["number"]:
            batch_id = ImportBatch.objects.filter(number=data["number"]).values_list("pk", flat=True).first() or 0
        return EventFilter(
            person=data["person"],
            actor=data["actor"],
            subject=data["subject"],
            batch_id=batch_id,
            action=data["action"],
            first_day=data["first_day"],
            last_day=data["last_day"],
        )
