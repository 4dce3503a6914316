"""What a list of offline records can be narrowed down by."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lms.core.form_fields import day_field
from lms.people.domains import NO_DOMAIN
from lms.people.models import User
from lms.people.selectors import narrow_people
from offline_records.choices import Result
from offline_records.models import OfflineActivity
from offline_records.records.lists import Selection, domains_seen, name_few, seen_activities
from offline_records.states import State

COUNTING: Final = "counting"
_LARGEST_NUMBER: Final = 2_000_000_000


class RecordFilterForm(forms.Form):
    """By person, activity, result, state, day, user domain and import; only what the person can see is offered."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, username, e-mail, employee id")}),
    )
    activity = forms.ChoiceField(label=_("Offline activity"), required=False)
    result = forms.ChoiceField(label=_("Result"), required=False, choices=[("", _("All")), *Result.choices])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *State.choices])
    newest = forms.ChoiceField(
        label=pgettext_lazy("offline records", "Records"),
        required=False,
        choices=[("", _("All")), (COUNTING, _("Those that count now"))],
    )
    first_day = day_field(_("Completed from"), required=False)
    last_day = day_field(_("Completed to"), required=False)
    domain = forms.ChoiceField(label=_("User domain"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, actor: User, activity: OfflineActivity | None = None
    ) -> None:
        super().__init__(data)
        self._actor, self._activity = actor, activity
        if activity is not None:
            del self.fields["activity"]
        else:
            seen = seen_activities(actor).order_by("name", "pk").values_list("pk", "name", "code")
            self._offer("activity", _("Any activity"), [(str(pk), f"{name} ({code})") for pk, name, code in seen])
        domains = domains_seen(actor)
        if domains:
            listed = [(str(pk), name) for pk, name in domains]
            self._offer("domain", _("Any user domain"), [*listed, (str(NO_DOMAIN), gettext("Without a user domain"))])
        else:
            del self.fields["domain"]
        # A word of Python, so it cannot stand above.
        self.fields["import"] = forms.IntegerField(
            label=_("Import"), required=False, min_value=1, max_value=_LARGEST_NUMBER
        )

    def _offer(self, name: str, everything: Any, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = [("", everything), *choices]  # type: ignore[attr-defined]

    def answers(self) -> dict[str, Any]:
        """Return the usable answers; a wrong one counts as not given."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    def as_selection(self, *, today: date) -> Selection:
        """Return what is asked for."""
        answers = self.answers()
        activity_id = int(answers["activity"]) if "activity" in answers else None
        return Selection(
            today=today,
            people=name_few(narrow_people(self._actor, query=answers.get("q", ""))),
            activity_id=self._activity.pk if self._activity else activity_id,
            result=answers.get("result", ""),
            state=answers.get("state", ""),
            first_day=answers.get("first_day"),
            last_day=answers.get("last_day"),
            domain_id=int(answers["domain"]) if "domain" in answers else None,
            number=answers.get("import"),
            counting_only=answers.get("newest") == COUNTING,
        )
