"""What an import of offline records is for: activity, user domain, identifier (S-06, S-08, S-10). Public: `ChoiceForm`."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.core.text import match_key
from lms.people.domains import NO_DOMAIN_CODE, find_domain
from lms.people.models import PeopleDomain
from offline_records.choices import Identifier
from offline_records.models import OfflineActivity


class ActivityField(forms.Field):
    """An offline activity by its code (text) or its id (number); cleans to the id, None for no answer."""

    widget = forms.HiddenInput
    default_error_messages = {"unknown": _("There is no offline activity with the code %(value)s.")}

    def clean(self, value: Any) -> int | None:
        """Return the id; archived activities are found too, and refused row by row."""
        if value in (None, ""):
            return None
        activities = OfflineActivity.objects.all()
        found = (
            activities.filter(pk=value) if isinstance(value, int) else activities.filter(code_key=match_key(str(value)))
        )
        activity_id: int | None = found.values_list("pk", flat=True).first()
        if activity_id is None:
            raise ValidationError(self.error_messages["unknown"], params={"value": value})
        return activity_id

    def prepare_value(self, value: Any) -> Any:
        """Show an id as its code: a text that comes back is a code."""
        if isinstance(value, int):
            return OfflineActivity.objects.filter(pk=value).values_list("code", flat=True).first() or ""
        return value


class DomainField(forms.Field):
    """A user domain by its short name (text) or its id (number); cleans to the id, None for no answer."""

    widget = forms.HiddenInput
    default_error_messages = {"unknown": _("There is no user domain with the short name %(value)s.")}

    def clean(self, value: Any) -> int | None:
        """Return the id; "(none)" is `NO_DOMAIN`."""
        if value in (None, ""):
            return None
        if isinstance(value, int):
            found = find_domain(value)
            if found is not None:
                return found.id
        elif match_key(str(value)) == NO_DOMAIN_CODE:
            return 0
        else:
            for pk, slug in PeopleDomain.objects.values_list("pk", "slug"):
                if match_key(slug) == match_key(str(value)):
                    return int(pk)
        raise ValidationError(self.error_messages["unknown"], params={"value": value})

    def prepare_value(self, value: Any) -> Any:
        """Show an id as its short name: a text that comes back is one."""
        found = find_domain(value) if isinstance(value, int) else None
        return found.code if found else "" if isinstance(value, int) else value


class ChoiceForm(forms.Form):
    """The three choices of an upload. None of them is needed: what is open is asked on the upload page."""

    activity = ActivityField(label=_("Offline activity"), required=False)
    domain = DomainField(label=_("User domain"), required=False)
    identifier = forms.ChoiceField(
        label=_("People found by"),
        required=False,
        choices=[("", ""), *Identifier.choices],
        widget=forms.HiddenInput,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        # What is chosen, in words: an import's page says its options.
        activity_id, domain_id = initial.get("activity"), initial.get("domain")
        if data is None and isinstance(activity_id, int):
            found = OfflineActivity.objects.filter(pk=activity_id).first()
            self.fields["activity"].choices = [(activity_id, f"{found.code} {found.name}")] if found else []  # type: ignore[attr-defined]
        if data is None and isinstance(domain_id, int):
            domain = find_domain(domain_id)
            self.fields["domain"].choices = [(domain_id, domain.name)] if domain else []  # type: ignore[attr-defined]
