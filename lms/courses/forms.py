"""Forms of the course list, of one course, and of the courses of a team."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.core.text import clean_text, find_control_character, match_key
from lms.courses.models import Course


class CourseFilterForm(forms.Form):
    """What narrows the course list down."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name or code")}),
    )
    active = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Active")), ("no", _("Archived")), ("all", _("All"))]
    )

    def answers(self) -> dict[str, str]:
        """Return the usable answers; a wrong one counts as not given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class CourseForm(forms.ModelForm):  # type: ignore[type-arg]
    """A course and its code (L-20, L-21)."""

    class Meta:
        model = Course
        fields = ("name", "code", "open_for_import")
        help_texts: ClassVar = {
            "code": _("Files name the course by it. Upper and lower case are the same."),
            "open_for_import": _("Otherwise rows for this course fail."),
        }
        widgets: ClassVar = {"code": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("Files name the course by it. Leave it empty and one is made.")

    def clean_code(self) -> str:
        code = clean_text(self.cleaned_data["code"])
        if (found := find_control_character(code)) is not None:
            raise forms.ValidationError(
                _("The code holds an invisible character (%(character)s at position %(position)s)."),
                params={"character": found[0], "position": found[1]},
            )
        same = Course.objects.filter(code_key=match_key(code)).exclude(pk=self.instance.pk).first()
        if code and same is not None:
            raise forms.ValidationError(
                _('"%(name)s" already has this code; upper and lower case are the same.'), params={"name": same.name}
            )
        return code


class ChooseCoursesForm(forms.Form):
    """Courses to assign to a team."""

    courses = forms.TypedMultipleChoiceField(
        label=_("Courses"), coerce=int, error_messages={"required": _("Choose at least one course.")}
    )

    def __init__(self, *args: Any, courses: list[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["courses"].choices = [(course.pk, course.name) for course in courses]  # type: ignore[attr-defined]
