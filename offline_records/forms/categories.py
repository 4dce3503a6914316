"""The form of a category of offline activities: its name and its place in the tree (S-04, S-05)."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.core.text import clean_text, match_key
from offline_records.categories import list_places
from offline_records.models import Category
from offline_records.selectors import categories_below


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and place of a category."""

    parent = forms.TypedChoiceField(
        label=_("Part of"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Who searches in a category also finds what is in its sub-categories."),
    )

    class Meta:
        model = Category
        fields: ClassVar = ("name",)

    field_order = ("name", "parent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = set(categories_below(self.instance.pk)) if self.instance.pk else set()
        here = self.instance.parent_id
        places = [
            place
            for place in list_places()
            if place.category.pk not in own and (place.category.is_active or place.category.pk == here)
        ]
        choices = [(str(place.category.pk), place.indented) for place in places]
        self.fields["parent"].choices = [("", _("Nothing: at the top")), *choices]  # type: ignore[attr-defined]
        self.fields["parent"].initial = here

    def clean_name(self) -> str:
        """Refuse a name of which nothing is left."""
        name = clean_text(self.cleaned_data["name"])
        if not name:
            raise ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse a second category of the same name in the same place."""
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        if "parent" in answers:
            self.instance.parent_id = answers["parent"]
        if "name" in answers and "parent" in answers:
            same = Category.objects.filter(name_key=match_key(answers["name"]), parent_id=answers["parent"])
            if same.exclude(pk=self.instance.pk).exists():
                self.add_error("name", _("There is already a category with this name in the same place."))
        return answers
