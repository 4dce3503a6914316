"""Forms of teams: the team itself, who to add, user domains, what team roles may do."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.people.models import TEAM_ROLES, PeopleDomain, Role, Team, User
from lms.people.permissions import EDITABLE, Permission
from lms.people.selectors import list_team_paths, team_and_below

MEMBER = "member"


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and place of a team in the tree."""

    parent = forms.TypedChoiceField(
        label=_("Part of"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Who leads a team also reaches the teams below it."),
    )

    class Meta:
        model = Team
        fields = ("name", "is_active")

    field_order = ("name", "parent", "is_active")

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = set(team_and_below(self.instance.pk)) if self.instance.pk else set()
        self.fields["parent"].choices = [  # type: ignore[attr-defined]
            ("", _("Nothing: at the top")),
            *((str(place.team.pk), place.indented) for place in list_team_paths(actor) if place.team.pk not in own),
        ]
        self.fields["parent"].initial = self.instance.parent_id
        if self.instance.pk is None:
            del self.fields["is_active"]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or self.cleaned_data
        if "parent" in answers:
            self.instance.parent_id = answers["parent"]
        same = Team.objects.filter(name=answers.get("name"), parent_id=answers.get("parent")).exclude(
            pk=self.instance.pk
        )
        if same.exists():
            self.add_error("name", _("There is already a team with this name in the same place."))
        return answers


def _make_domains_field() -> forms.ModelMultipleChoiceField:  # type: ignore[type-arg]
    """Return the user domains that a team role may name (S-01)."""
    return forms.ModelMultipleChoiceField(
        PeopleDomain.objects.order_by("name", "pk"),
        label=_("User domains"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Team roles upload offline records for the people of these user domains, if their role may do it."),
    )


class AddPeopleForm(forms.Form):
    """Chosen people, and what they become in the team."""

    become = forms.ChoiceField(
        label=_("Add them as"),
        choices=[(MEMBER, _("Members")), *((role.value, role.label) for role in TEAM_ROLES)],
        initial=MEMBER,
    )
    people = forms.TypedMultipleChoiceField(
        label=_("People"), coerce=int, error_messages={"required": _("Choose at least one person.")}
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(person.pk, person.full_name) for person in people]  # type: ignore[attr-defined]
        if PeopleDomain.objects.exists():
            self.fields["domains"] = _make_domains_field()


class RoleDomainsForm(forms.Form):
    """The user domains that one team role names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domains"] = _make_domains_field()


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]
    """A user domain."""

    class Meta:
        model = PeopleDomain
        fields = ("name", "slug")
        help_texts = {"slug": _("Files name the user domain by it. Letters, digits and hyphens.")}

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower()
        if PeopleDomain.objects.filter(slug=slug).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another user domain has this short name."))
        return slug


class RolePermissionsForm(forms.Form):
    """What team roles may do: one box for each role and editable permission (L-06)."""

    def __init__(self, *args: Any, allowed: set[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role in TEAM_ROLES:
            for permission in EDITABLE:
                label = f"{permission.label}: {role.label}"
                initial = (role.value, permission.value) in allowed
                self.fields[f"{role.value}-{permission.value}"] = forms.BooleanField(
                    label=label, required=False, initial=initial
                )

    def table(self) -> list[tuple[Permission, list[tuple[Role, forms.BoundField]]]]:
        """Return the boxes as rows of permissions with one box a role."""
        return [
            (permission, [(role, self[f"{role.value}-{permission.value}"]) for role in TEAM_ROLES])
            for permission in EDITABLE
        ]

    def answers(self) -> dict[tuple[Role, Permission], bool]:
        """Return the cleaned boxes by role and permission."""
        return {
            (role, permission): self.cleaned_data[f"{role.value}-{permission.value}"]
            for role in TEAM_ROLES
            for permission in EDITABLE
        }
