"""Forms of the people list and of one person."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.core.text import clean_text, find_control_character, match_key
from lms.people.models import PeopleDomain, Role, Team, User
from lms.people.roles import roles_in_gift
from lms.people.selectors import list_team_paths


class PeopleFilterForm(forms.Form):
    """What narrows the people list down."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, username, e-mail, employee id")}),
    )
    active = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Active")), ("no", _("Deactivated")), ("all", _("All"))],
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("Any role")), *Role.choices])
    team = forms.ChoiceField(label=_("Team"), required=False)
    domain = forms.ChoiceField(label=_("User domain"), required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [  # type: ignore[attr-defined]
            ("", _("Any team")),
            *((str(place.team.pk), place.indented) for place in list_team_paths(actor)),
        ]
        domains = PeopleDomain.objects.order_by("name").values_list("pk", "name")
        self.fields["domain"].choices = [("", _("Any user domain")), *((str(pk), name) for pk, name in domains)]  # type: ignore[attr-defined]
        if not domains:
            del self.fields["domain"]

    def answers(self) -> dict[str, str]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """One person, as owners and administrators see them. The role can be at most the actor's own (S26)."""

    teams = forms.MultipleChoiceField(
        label=_("Teams"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": "8"}),
        help_text=_("Hold Ctrl (on a Mac: Command) to choose several."),
    )
    send_invitation = forms.BooleanField(
        label=_("Mail a link to set the password"),
        required=False,
        initial=True,
        help_text=_("Without it nobody can sign in with this username yet."),
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "employee_id", "domain", "role", "is_active")
        help_texts: ClassVar = {
            "username": _("Must be unique here; files name people by it."),
            "email": _("May be empty or shared."),
            "employee_id": _("May be empty or shared. Leading zeros count."),
            "is_active": _("Deactivated people cannot sign in; their records stay."),
        }
        widgets: ClassVar = {
            "username": forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
        }

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.fields["domain"].queryset = PeopleDomain.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["domain"].empty_label = _("None")  # type: ignore[attr-defined]
        self.fields["role"].choices = [(role.value, role.label) for role in roles_in_gift(actor)]  # type: ignore[attr-defined]
        self.fields["teams"].choices = [  # type: ignore[attr-defined]
            (str(place.team.pk), place.indented) for place in list_team_paths(actor)
        ]
        if self.instance.pk is None:
            del self.fields["is_active"]
        else:
            del self.fields["send_invitation"]
            self.fields["teams"].initial = [
                str(pk) for pk in self.instance.memberships.values_list("team_id", flat=True)
            ]
        if self.instance.pk == actor.pk:
            # Nobody shuts themselves out or changes their own rights.
            self.fields["role"].disabled = self.fields["is_active"].disabled = True

    def clean_username(self) -> str:
        username = clean_text(self.cleaned_data["username"])
        if (found := find_control_character(username)) is not None:
            raise forms.ValidationError(
                _("The username holds an invisible character (%(character)s at position %(position)s)."),
                params={"character": found[0], "position": found[1]},
            )
        same = User.objects.filter(username_key=match_key(username)).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(
                _("Somebody here already has this username; upper and lower case are the same.")
            )
        return username

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if answers.get("send_invitation") and not answers.get("email"):
            self.add_error("email", _("The link needs an e-mail address. Enter one, or do not mail a link now."))
        return answers

    def chosen_teams(self) -> list[Team]:
        """Return the chosen teams; the choices were checked against the actor's reach."""
        return list(Team.objects.filter(pk__in=self.cleaned_data["teams"]))
