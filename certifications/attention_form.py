"""What the list of people and their certifications can be narrowed down by."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certifications.attention import Group
from certifications.selectors import usable_certifications
from lms.people.models import User
from lms.people.selectors import list_team_paths


class AttentionFilterForm(forms.Form):
    """By words, state, certification and team; only what the person can see is offered."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, username, e-mail, employee id")}),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Group.choices])
    certification = forms.ChoiceField(label=_("Certification"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = usable_certifications(actor).filter(is_active=True).order_by("name", "pk").values_list("pk", "name")
        self.fields["certification"].choices = [  # type: ignore[attr-defined]
            ("", _("Any certification")),
            *((str(pk), name) for pk, name in usable),
        ]
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            ("", _("Any team")),
            *((str(place.team.pk), place.indented) for place in list_team_paths(actor)),
        ]

    def answers(self) -> dict[str, str]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
