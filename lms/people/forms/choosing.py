"""Choosing people to give something to: ticked in a list, or by pasted usernames."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lms.core.text import match_key
from lms.people.models import User

_NAMED = 20


class ChoosePeopleForm(forms.Form):
    """Whom to assign: ticked in the list, or pasted as usernames, one on each line."""

    people = forms.TypedMultipleChoiceField(label=_("People"), coerce=int, required=False)
    usernames = forms.CharField(
        label=_("Usernames"),
        required=False,
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_("One on each line."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, candidates: QuerySet[User], chosen: Sequence[int] = ()
    ) -> None:
        super().__init__(data)
        self.candidates = candidates
        there = candidates.filter(pk__in=chosen).values_list("pk", flat=True)
        self.fields["people"].choices = [(pk, pk) for pk in there]  # type: ignore[attr-defined]

    def clean_usernames(self) -> list[int]:
        """Return the ids of the people named; name those that nobody in reach has (L-07)."""
        wanted = {match_key(line): line.strip() for line in self.cleaned_data["usernames"].splitlines() if line.strip()}
        found = dict(self.candidates.filter(username_key__in=wanted).values_list("username_key", "pk"))
        unknown = [name for key, name in wanted.items() if key not in found]
        if unknown:
            more = len(unknown) - _NAMED
            names = ", ".join(f"“{name}”" for name in unknown[:_NAMED]) + (f" (+{more})" if more > 0 else "")
            raise forms.ValidationError(
                _("No active person with these usernames among the people you manage: %(names)s."),
                params={"names": names},
            )
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        """Join both ways of naming people."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {*answers.get("people", []), *answers.get("usernames", [])}
        if not chosen and not self.errors:
            raise forms.ValidationError(_("Choose people in the list, or paste their usernames."))
        answers["chosen"] = sorted(chosen)
        return answers
