"""Mails with a link to set a password. The link stands on the tenant's own host, whatever the request said (S41).

Public surface: `PasswordMail`, `build_password_mail`, `send_soon`.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum

from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from lms.people.models import User
from lms.tenancy.languages import page_language
from lms.tenancy.links import build_link
from lms.tenancy.models import Tenant

_log = logging.getLogger("rollbook.mail")
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="password-mail")


class PasswordMail(StrEnum):
    """Why somebody is mailed a link."""

    RESET = "reset"
    INVITATION = "invitation"


def build_password_link(person: User, *, tenant: Tenant) -> str:
    """Return the address at which the person can set a password, once and for three days."""
    key = urlsafe_base64_encode(force_bytes(person.pk))
    token = default_token_generator.make_token(person)
    return build_link(tenant, reverse("password_set", kwargs={"uidb64": key, "token": token}))


def build_password_mail(person: User, *, tenant: Tenant, why: PasswordMail) -> EmailMessage:
    """Return the mail in the person's language."""
    context = {"person": person, "tenant": tenant, "link": build_password_link(person, tenant=tenant)}
    with translation.override(page_language(person.language, tenant.language)):
        subject = render_to_string(f"people/mail/{why}_subject.txt", context)
        body = render_to_string(f"people/mail/{why}.txt", context)
    return EmailMessage(subject=" ".join(subject.split()), body=body, to=[person.email])


def send_soon(mails: list[EmailMessage]) -> Future[None]:
    """Send mails from a thread of their own, so that an answer takes as long for an unknown address as for a known one.

    Nothing is retried: who gets no mail asks again. Needs no database.
    """
    return _sender.submit(_send, mails)


def _send(mails: list[EmailMessage]) -> None:
    if not mails:
        return
    try:
        get_connection().send_messages(mails)
    except OSError:  # SMTP errors are OSErrors too
        _log.exception("password mails could not be sent: %d", len(mails))
