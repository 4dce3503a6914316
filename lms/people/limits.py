"""Limits: failed sign-ins and reset mails by account and by address, against guessing (S37, S40); test mails (L-78).

Nobody can lock somebody else out: tries from a browser that this person has signed in with before are counted apart
(it carries a signed cookie), and everybody else's tries are counted per account and address first. Only digests are
stored. Public surface: `Limit`, `sign_in_limits`, `reset_limits`, `trial_mail_limits`, `is_exhausted`, `count_try`,
`forget_tries`, `client_address`, `remember_browser`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from lms.core.text import match_key
from lms.people.models import SignInAttempt, User
from lms.tenancy.middleware import TenantRequest
from lms.tenancy.models import Tenant

WINDOW: Final = timedelta(minutes=15)
_LONGEST_WINDOW: Final = timedelta(days=1)
_BROWSER_COOKIE: Final = "known_browser"
_BROWSER_DAYS: Final = 180
_SALT: Final = "lms.people.limits"


@dataclass(frozen=True)
class Limit:
    """At most `tries` in the window for what `bucket` (a digest) stands for."""

    bucket: str
    tries: int
    window: timedelta = WINDOW


def client_address(request: HttpRequest) -> str:
    """Return the address of the browser: from the proxy's header only as many hops back as the operator trusts (S40)."""
    hops = settings.TRUSTED_PROXY_HOPS
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def sign_in_limits(request: TenantRequest, username: str) -> tuple[Limit, ...]:
    """Return the limits that a try to sign in as `username` counts against."""
    account = f"{request.tenant.pk}:{match_key(username)}"
    address = client_address(request)
    if _knows_browser(request, account):
        return (Limit(_digest("browser", account, request.COOKIES[_BROWSER_COOKIE]), 10),)
    return (
        Limit(_digest("account at address", account, address), 5),
        Limit(_digest("account", account), 50),
        Limit(_digest("address", address), 100),
    )


def reset_limits(request: TenantRequest, email: str) -> tuple[Limit, ...]:
    """Return the limits of reset mails: a few per mailbox, more per address."""
    return (
        Limit(_digest("reset", str(request.tenant.pk), match_key(email)), 3),
        Limit(_digest("reset from", client_address(request)), 30),
    )


def trial_mail_limits(person: User) -> tuple[Limit, ...]:
    """Return the limits of test mails that somebody sends to themselves (L-78)."""
    key = f"{person.tenant_id}:{person.pk}"
    return (
        Limit(_digest("test mails an hour", key), 10, timedelta(hours=1)),
        Limit(_digest("test mails a day", key), 50, _LONGEST_WINDOW),
    )


def is_exhausted(limits: Sequence[Limit]) -> bool:
    """Return whether one of the limits has been reached."""
    now = timezone.now()
    since = now - max(limit.window for limit in limits)
    counted = SignInAttempt.objects.filter(bucket__in=[limit.bucket for limit in limits], at__gte=since)
    tries = list(counted.values_list("bucket", "at"))
    return any(
        sum(bucket == limit.bucket and at >= now - limit.window for bucket, at in tries) >= limit.tries
        for limit in limits
    )


def count_try(limits: Sequence[Limit]) -> None:
    """Count one try, and forget those of the same buckets that are too old to matter."""
    for limit in limits:
        SignInAttempt.objects.filter(bucket=limit.bucket, at__lt=timezone.now() - limit.window).delete()
    SignInAttempt.objects.bulk_create(SignInAttempt(bucket=limit.bucket) for limit in limits)


def forget_tries(limits: Sequence[Limit]) -> None:
    """Forget the tries of the narrowest limit, after somebody has got in; the address keeps its count."""
    SignInAttempt.objects.filter(bucket=limits[0].bucket).delete()


def delete_old_tries() -> int:
    """Delete what no limit looks at any more; return the number of rows. For the daily clean-up."""
    return SignInAttempt.objects.filter(at__lt=timezone.now() - _LONGEST_WINDOW).delete()[0]


def remember_browser(response: HttpResponse, *, tenant: Tenant, username: str) -> None:
    """Let this browser's later tries for the same account be counted apart from everybody else's."""
    account = f"{tenant.pk}:{match_key(username)}"
    response.set_signed_cookie(
        _BROWSER_COOKIE,
        _digest("known", account),
        salt=_SALT,
        max_age=_BROWSER_DAYS * 86_400,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _knows_browser(request: HttpRequest, account: str) -> bool:
    try:
        value = request.get_signed_cookie(_BROWSER_COOKIE, salt=_SALT, max_age=_BROWSER_DAYS * 86_400)
    except (KeyError, signing.BadSignature):
        return False
    return value == _digest("known", account)


def _digest(*parts: str) -> str:
    return salted_hmac(_SALT, "\0".join(parts), algorithm="sha256").hexdigest()
