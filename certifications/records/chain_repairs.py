"""What the record editor does to the chain of changes of a current certification (E-34, T-72).

Undoing an import gives back what stood before its link. So a link must never bring back a record that a person has deleted,
nor dates that a person has corrected. Public: `Picture`, `Base`, `picture_of`, `find_base`, `take_new_dates`,
`drop_from_chain`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from certifications.choices import Basis, State
from certifications.models import CertificationRecord, CertificationStatus, StatusChange
from certifications.rules import find_inconsistencies


@dataclass(frozen=True, slots=True)
class Picture:
    """What a current certification shows; an empty state says that there is none."""

    state: str = ""
    record_id: int | None = None
    completed_on: date | None = None
    window_opens_on: date | None = None
    expires_on: date | None = None
    messages_suppressed_through: date | None = None

    def as_fields(self, *, prefix: str = "") -> dict[str, Any]:
        """Return it as columns: of a status, or with a prefix of a link."""
        return {prefix + name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(found.name for found in fields(Picture))


@dataclass(frozen=True, slots=True)
class Base:
    """The earlier expiry that a record counts from, and its window; none for history."""

    expires_on: date | None = None
    window_opens_on: date | None = None


def picture_of(status: CertificationStatus | None) -> Picture:
    """Return what a current certification shows."""
    return Picture(**{name: getattr(status, name) for name in _NAMES}) if status else Picture()


def find_base(
    record: CertificationRecord, *, links: Sequence[StatusChange], records: Mapping[int, CertificationRecord]
) -> Base:
    """Return the earlier expiry on top of which a record first became current (T-54), as it is recorded now.

    Dates that contradicted each other are no base (T-52); of a record that is gone, what this one keeps of it.
    """
    made = next((link for link in links if link.after_record_id == record.pk != link.before_record_id), None)
    earlier = records.get(made.before_record_id or 0) if made else None
    if made is None or earlier is None:
        keeps = record.basis in {Basis.PREVIOUS, Basis.KEPT}
        return Base(record.anchor_on) if keeps else Base()
    found = find_inconsistencies(
        state=made.before_state,
        completed_on=made.before_completed_on,
        window_opens_on=made.before_window_opens_on,
        expires_on=made.before_expires_on,
        record=(earlier.completed_on, earlier.expires_on),
    )
    return Base() if found else Base(earlier.expires_on, earlier.window_opens_on)


def take_new_dates(links: Sequence[StatusChange], *, record: CertificationRecord) -> None:
    """Let the links that would bring a corrected record back bring it back with its new dates."""
    for link in links:
        if (
            link.before_record_id != record.pk
            or link.after_record_id == record.pk
            or link.before_state == State.EXPIRED
        ):
            continue
        link.before_completed_on = record.completed_on
        link.before_window_opens_on = record.window_opens_on
        link.before_expires_on = record.expires_on
        link.save()


def drop_from_chain(links: Sequence[StatusChange], *, record_id: int) -> None:
    """Let the links that would bring a deleted record back bring back what stood before it."""
    base = Picture()
    for link in links:
        if link.before_record_id != record_id:
            if link.after_record_id == record_id:
                base = Picture(**{name: getattr(link, f"before_{name}") for name in _NAMES})
            continue
        if link.after_record_id == record_id:
            continue
        for name, value in base.as_fields(prefix="before_").items():
            setattr(link, name, value)
        link.save()
