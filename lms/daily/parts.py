"""The parts of the daily job: each app registers its own. Public: `DailyContext`, `DailyPart`, `register_part`, `all_parts`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lms.tenancy.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyContext:
    """What a part gets. It answers for every event after `previous`, up to and with `as_of` (spec: dates)."""

    tenant: Tenant
    as_of: date  # the day of this run, in the tenant's time zone
    previous: date  # the day of the run before; the day before `as_of` at the first run
    now: datetime  # when the run began

    @property
    def group(self) -> str:
        """The occasion of the messages of this run."""
        return f"day:{self.as_of.isoformat()}"


# Runs in the transaction of the run: commits nothing, counts what it did.
DailyPart = Callable[[DailyContext], Mapping[str, int]]

_registry: Final[dict[str, DailyPart]] = {}


def register_part(name: str, run: DailyPart) -> None:
    """Add a part under a new name; parts run in the order of registration, which is that of `INSTALLED_APPS`."""
    if _registry.get(name, run) is not run:
        message = f"there is already a part {name!r} of the daily job"
        raise ValueError(message)
    _registry[name] = run


def all_parts() -> dict[str, DailyPart]:
    """Return the parts by name, in their order."""
    return dict(_registry)
