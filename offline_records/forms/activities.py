"""Forms of the list of offline activities and of one activity with its settings (S-18, S-19, S-31, S-45)."""

from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.core.form_fields import refuse_control_characters
from lms.core.text import clean_text, match_key
from lms.people.models import PeopleDomain
from offline_records.categories import list_active_places, list_places
from offline_records.choices import Field, Need
from offline_records.models import ActivityDomain, OfflineActivity
from offline_records.rules import ANY_SCORE

_DAYS_AT_MOST: Final = 3_650
_NEED: Final = "need_"
_NEEDS: Final = [("", _("Left out")), *Need.choices]
# What a new activity begins with.
_USUAL_FIELDS: Final = {Field.RESULT.value: Need.OPTIONAL.value, Field.NOTES.value: Need.OPTIONAL.value}


class ActivityFilterForm(forms.Form):
    """What narrows the list of activities down."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, code or provider")}),
    )
    category = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int, empty_value=None)
    active = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Active")), ("no", _("Archived")), ("all", _("All"))]
    )

    def __init__(self, *args: Any, may_manage: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = list_places() if may_manage else list_active_places()
        choices = [(str(place.category.pk), place.indented) for place in places]
        self.fields["category"].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]
        if not may_manage:
            del self.fields["active"]

    def answers(self) -> dict[str, Any]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class NeedSelect(forms.RadioSelect):
    """The three answers about one field, side by side in a table whose heads name them for the eye alone."""

    def __init__(self, field_label: Any) -> None:
        super().__init__()
        self.field_label = field_label

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Name the answer for who hears the page."""
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        option["attrs"]["aria-label"] = f"{self.field_label}: {option['label']}"
        return option


class ActivityForm(forms.ModelForm):  # type: ignore[type-arg]
    """An activity: how files name it, how long a record counts, what a record carries, to whom it is open."""

    category = forms.TypedChoiceField(label=_("Category"), coerce=int)
    opening = forms.ChoiceField(
        label=_("Open to"),
        choices=[("all", _("Everybody")), ("some", _("People of these user domains only"))],
        widget=forms.RadioSelect,
    )
    domains = forms.ModelMultipleChoiceField(
        PeopleDomain.objects.none(), label=_("User domains"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = OfflineActivity
        fields: ClassVar = (
            "name",
            "code",
            "description",
            "provider",
            "location",
            "validity",
            "expiring_days",
            "score_minimum",
            "score_maximum",
            "earliest_date",
        )
        labels: ClassVar = {"expiring_days": _("“Expires soon” is sent, days before the expiry")}
        help_texts: ClassVar = {
            "code": _("Files name the activity by it. Upper and lower case are the same."),
            "provider": _("Of records that name no provider of their own."),
            "location": _("Of records that name no location of their own."),
            "validity": _("How long a record counts; the last day included. Empty: for ever."),
            "earliest_date": _("Completions before this day are refused."),
        }
        widgets: ClassVar = {
            "code": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "description": forms.Textarea(attrs={"rows": 3}),
            "earliest_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer_categories()
        self._offer_domains()
        days = self.fields["expiring_days"]
        days.min_value, days.max_value = 1, _DAYS_AT_MOST  # type: ignore[attr-defined]
        days.widget.attrs |= {"min": 1, "max": _DAYS_AT_MOST, "inputmode": "numeric"}
        for name in ("score_minimum", "score_maximum"):
            limit = self.initial.get(name)
            self.initial[name] = None if limit is None else format(limit.normalize(), "f")
        chosen = self.instance.fields if self.instance.pk else _USUAL_FIELDS
        for name in Field:
            self.fields[_NEED + name] = forms.ChoiceField(
                label=name.label,
                required=False,
                choices=_NEEDS,
                initial=chosen.get(name.value, ""),
                widget=NeedSelect(name.label),
            )

    def _offer_categories(self) -> None:
        """Offer the active categories, and the own one even if it is archived."""
        places = [
            place
            for place in list_places()
            if place.category.is_active or place.category.pk == self.instance.category_id
        ]
        choices = [(str(place.category.pk), place.indented) for place in places]
        self.fields["category"].choices = [("", _("Choose a category")), *choices]  # type: ignore[attr-defined]
        if self.instance.category_id is not None:
            self.initial["category"] = self.instance.category_id

    def _offer_domains(self) -> None:
        """Ask to whom it is open only where the organisation has user domains."""
        domains = PeopleDomain.objects.order_by("name", "pk")
        self.has_domains = domains.exists()
        if not self.has_domains:
            del self.fields["opening"], self.fields["domains"]
            return
        self.fields["domains"].queryset = domains  # type: ignore[attr-defined]
        self.initial["opening"] = "all" if self.instance.is_open_to_all else "some"
        if self.instance.pk is not None:
            opened = ActivityDomain.objects.filter(activity=self.instance)
            self.initial["domains"] = list(opened.values_list("domain_id", flat=True))

    @property
    def needs(self) -> list[forms.BoundField]:
        """One row of three answers for each field a template can have."""
        return [self[_NEED + name] for name in Field]

    def clean_code(self) -> str:
        """Refuse what no file could name, and what another activity is named by."""
        code = clean_text(self.cleaned_data["code"])
        if not code:
            raise ValidationError(self.fields["code"].error_messages["required"])
        refuse_control_characters(code)
        same = OfflineActivity.objects.filter(code_key=match_key(code)).exclude(pk=self.instance.pk).first()
        if same is not None:
            raise ValidationError(
                _("“%(name)s” already has it; upper and lower case are the same."), params={"name": same.name}
            )
        return code

    def clean_expiring_days(self) -> int:
        """Hold the days against what makes sense at all."""
        days: int = self.cleaned_data["expiring_days"]
        if not 1 <= days <= _DAYS_AT_MOST:
            raise ValidationError(
                _("Give a number of days from 1 to %(most)s."), params={"most": _DAYS_AT_MOST}, code="range"
            )
        return days

    def clean(self) -> dict[str, Any]:
        """Refuse settings that no record could fulfil, or that say nothing."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        low, high = answers.get("score_minimum"), answers.get("score_maximum")
        if high is not None and high < (ANY_SCORE[0] if low is None else low):
            self.add_error("score_maximum", _("It must not be below the lowest score."))
        if self.has_domains:
            is_open_to_all = answers.get("opening") != "some"
            if not is_open_to_all and not answers.get("domains") and "domains" in answers:
                self.add_error("domains", _("Choose at least one user domain, or open it to everybody."))
            self.instance.is_open_to_all = is_open_to_all
        if answers.get("category"):
            self.instance.category_id = answers["category"]
        return answers

    def chosen_fields(self) -> dict[Field, str]:
        """Return which fields the template is to have, and whether they are required."""
        answers = {name: self.cleaned_data.get(_NEED + name, "") for name in Field}
        return {name: need for name, need in answers.items() if need}

    def chosen_domains(self) -> list[PeopleDomain]:
        """Return the user domains to which it is to be open, where it is not open to all."""
        return list(self.cleaned_data.get("domains", ()))
