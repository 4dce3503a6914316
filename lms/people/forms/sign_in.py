"""Forms of somebody who is signing in, and of their own profile."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from lms.people.models import User
from lms.tenancy.models import DateFormat

# Longer passwords are refused before they are hashed (S38).
PASSWORD_CHARACTERS = 128


class SignInForm(forms.Form):
    """Username and password; whether they fit is not this form's business, so that it says the same to everybody."""

    username = forms.CharField(
        label=_("Username"),
        max_length=100,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_CHARACTERS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForgottenForm(forms.Form):
    """Where the reset link is to go."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The address your organisation has on record for you."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


def time_zone_choices(*, empty: object) -> list[tuple[str, object]]:
    """Return all time zones by name, with `empty` for "no choice of my own" before them."""
    zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("", empty), ("UTC", "UTC"), *((name, name.replace("_", " ")) for name in zones)]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What everybody may change of themselves; names and identifiers are the organisation's (S26)."""

    date_format = forms.ChoiceField(
        label=_("Date format"),
        required=False,
        choices=[("", _("As in the organisation")), *DateFormat.choices],
        help_text=_("Dates in files you import are read this way, and templates show it."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=lambda: time_zone_choices(empty=_("As in the organisation"))
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As in the organisation")), *settings.MAIL_LANGUAGES],
        help_text=_(
            "The pages speak English and German. Mails come in your language if your organisation has written them in it."
        ),
    )

    class Meta:
        model = User
        fields = ("date_format", "time_zone", "language")
