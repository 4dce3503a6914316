"""Database router: reads and writes go to the application role; only the owner role migrates."""

from typing import Any

from django.conf import settings


class OwnerMigratesRouter:
    """`migrate --database owner` builds the tables; `default` is refused as soon as an owner is configured."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner" if "owner" in settings.DATABASES else True
