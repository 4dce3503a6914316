"""Signing in and out, and passwords, at the host of one tenant (S31, S37, S41)."""

import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from lms.core.text import match_key
from lms.people.access import PersonRequest, log_security
from lms.people.forms.sign_in import PasswordForgottenForm, SignInForm
from lms.people.limits import (
    WINDOW,
    count_try,
    forget_tries,
    is_exhausted,
    remember_browser,
    reset_limits,
    sign_in_limits,
)
from lms.people.mails import PasswordMail, build_password_mail, send_soon
from lms.people.middleware import SEEN, SIGNED_IN
from lms.people.models import User
from lms.people.services import end_sessions
from lms.people.sessions import TENANT
from lms.tenancy.middleware import TenantRequest


def safe_next(request: HttpRequest, *, default: str) -> str:
    """Return where to go on after signing in: the page that was asked for if it is one of this host (G-06)."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed and urlsplit(wanted).path.startswith("/") else default


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: TenantRequest) -> HttpResponse:
    """Sign in; says the same, after the same time, whether the name, the password or the person is the trouble."""
    destination = safe_next(request, default=reverse(settings.LOGIN_REDIRECT_URL))
    if request.user.is_authenticated:
        return redirect(destination)
    form = SignInForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            username = form.cleaned_data["username"]
            limits = sign_in_limits(request, username)
            if is_exhausted(limits):
                log_security("sign-in throttled", request=request)
                return _refuse_for_now(request, form, destination=destination)
            person = authenticate(request, username=username, password=form.cleaned_data["password"])
            if isinstance(person, User):
                forget_tries(limits)
                _open_session(request, person)
                response = redirect(destination)
                remember_browser(response, tenant=request.tenant, username=username)
                return response
            count_try(limits)
            log_security("sign-in failed", request=request)
            form.add_error(
                None, _("That username and password do not fit together. Check both; capitals count in the password.")
            )
    return render(request, "people/sign_in.html", {"form": form, "next": destination}, status=status)


def _refuse_for_now(request: TenantRequest, form: SignInForm, *, destination: str) -> HttpResponse:
    minutes = int(WINDOW.total_seconds() // 60)
    form.add_error(
        None,
        _("Too many tries. Wait %(minutes)d minutes, then try again, or set a new password.") % {"minutes": minutes},
    )
    response = render(request, "people/sign_in.html", {"form": form, "next": destination}, status=429)
    response.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return response


def _open_session(request: TenantRequest, person: User) -> None:
    login(request, person)
    now = int(time.time())
    request.session[TENANT] = request.tenant.pk
    request.session[SEEN] = request.session[SIGNED_IN] = now
    log_security("signed in", request=request)


@require_POST
def sign_out(request: PersonRequest) -> HttpResponse:
    """End the session."""
    log_security("signed out", request=request)
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("sign_in")


@login_not_required
@require_http_methods(["GET", "POST"])
def password_forgotten(request: TenantRequest) -> HttpResponse:
    """Mail a link to every active person with this address; says the same if there is nobody."""
    form = PasswordForgottenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        limits = reset_limits(request, email)
        mails = []
        if not is_exhausted(limits):
            count_try(limits)
            people = User.objects.filter(email_key=match_key(email), is_active=True).order_by("pk")[:20]
            mails = [build_password_mail(person, tenant=request.tenant, why=PasswordMail.RESET) for person in people]
        send_soon(mails)
        return redirect("password_forgotten_sent")
    status = 422 if form.errors else 200
    return render(request, "people/password_forgotten.html", {"form": form}, status=status)


@login_not_required
def password_forgotten_sent(request: TenantRequest) -> HttpResponse:
    """What to do now."""
    return render(request, "people/password_forgotten_sent.html")


class PasswordSetView(PasswordResetConfirmView):
    """Sets a password by the link of a mail. The token leaves the address before the form is shown."""

    template_name = "people/password_set.html"
    success_url = reverse_lazy("sign_in")

    def get_user(self, uidb64: str) -> Any:
        """The person of the link, if of this tenant and active."""
        person = super().get_user(uidb64)
        return person if person is not None and person.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password; whoever was signed in as this person is not any more."""
        end_sessions(form.user)
        log_security("password set by link", request=self.request, of=form.user.pk)  # type: ignore[arg-type]
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show what is wrong with it."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password_change(request: PersonRequest) -> HttpResponse:
    """Change one's own password; other sessions of the same person end."""
    form = PasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        log_security("password changed", request=request)
        messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
        return redirect("profile")
    status = 422 if form.errors else 200
    return render(request, "people/password_change.html", {"form": form}, status=status)
