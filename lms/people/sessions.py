"""Session engine: Django's database sessions, with the tenant and the person beside the data."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

TENANT = "tenant_id"


class SessionStore(DatabaseStore):
    """Stores tenant and person as columns, so that sessions of a person can be ended without reading their data."""

    @classmethod
    def get_model_class(cls) -> type[Any]:
        """The table of sessions."""
        from lms.people.models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row for `data`, with tenant and person."""
        row: Any = super().create_model_instance(data)
        row.tenant_id = data.get(TENANT)
        user_id = data.get("_auth_user_id")
        row.user_id = int(user_id) if user_id else None
        return row
