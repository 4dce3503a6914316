"""Sign-in inside a tenant: by username without regard to case, in the open tenant scope."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from lms.core.text import match_key
from lms.people.models import User


class TenantBackend(BaseBackend):
    """Finds people of the open tenant only; the wall makes everybody else not there."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Return the active person with this username and password, or None; takes the same time for unknown names."""
        user = User.objects.filter(username_key=match_key(username or "")).first()
        if user is None:
            make_password(password)
            return None
        if not user.check_password(password or "") or not user.is_active:
            return None
        return user

    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session if still active (S32)."""
        return User.objects.filter(pk=user_id, is_active=True).select_related("domain").first()
