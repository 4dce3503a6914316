"""Write the certifications of an organisation, in the open scope: the catalogue, who holds them since when, evidence.

Each completion is recorded as if on its day: the expiry before it counts as it would have then. What is current is in the
state that it had a week before the loading; the nights of the demo's history bring it to today.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final

from certifications.choices import Origin, State
from certifications.memberships import expand_team_certifications
from certifications.models import (
    Certification,
    CertificationAssignment,
    CertificationRecord,
    CertificationStatus,
    Evidence,
    TeamCertification,
)
from certifications.references import exact, folded
from certifications.rules import CertificationDates, state_on
from certifications.terms import CertificationTerms
from lms.demo.bulk import insert_rows
from lms.demo.organisation import DemoCertification, Organisation, PastCertification, loading_day

CREATED_AT: Final = datetime(2008, 9, 1, 8, tzinfo=UTC)
ASSIGNED_ON: Final = date(2008, 9, 1)
_ASSIGNED_BEFORE: Final = timedelta(days=45)
_A_WEEK: Final = timedelta(days=7)
_CERTIFICATION: Final = (
    *("short_name", "short_name_key", "id_number", "id_number_key", "name", "method", "active_period"),
    *("recertification_window", "minimum_active_period", "is_active", "created_at"),
)
_RECORD: Final = (
    *("person_id", "certification_id", "completed_on", "due_on", "expires_on", "window_opens_on", "basis", "anchor_on"),
    *("steps", "active_period", "origin", "date_text", "due_text", "recorded_by_id", "recorded_at"),
)
_STATUS: Final = (
    *("person_id", "certification_id", "state", "record_id", "completed_on", "window_opens_on", "expires_on"),
    "updated_at",
)
_EVIDENCE: Final = (
    *("person_id", "short_name", "short_name_key", "id_number", "id_number_key", "completed_on", "due_on", "origin"),
    *("date_text", "due_text", "recorded_by_id", "recorded_at"),
)


@dataclass(frozen=True, slots=True)
class _Completion:
    """A completion with the dates that followed from it."""

    person_id: int
    certification_id: int
    day: date
    due_on: date | None
    dates: CertificationDates
    period: str


def load_certifications(organisation: Organisation, *, teams: Mapping[str, int], people: Mapping[str, int]) -> None:
    """Write everything an organisation has of certifications."""
    insert_rows(Certification, _CERTIFICATION, map(_write_certification, organisation.certifications))
    ids = dict(Certification.objects.values_list("short_name", "id"))
    assigned = ((teams[made.team], ids[made.short_name], ASSIGNED_ON) for made in organisation.team_certifications)
    insert_rows(TeamCertification, ("team_id", "certification_id", "assigned_on"), assigned)
    expand_team_certifications()
    recorder = people.get(organisation.recorder)
    completions = list(_follow_all(organisation, ids=ids, people=people))
    _load_assignments(organisation, ids=ids, people=people)
    insert_rows(CertificationRecord, _RECORD, (_write_record(made, recorder) for made in completions))
    _load_statuses(completions)
    insert_rows(
        Evidence,
        _EVIDENCE,
        (
            (
                *(people[made.username], exact(made.short_name), folded(made.short_name), exact(made.id_number)),
                *(folded(made.id_number), made.completed_on, made.due_on, Origin.MANUAL.value, "", "", recorder),
                _moment(made.completed_on),
            )
            for made in organisation.evidence
        ),
    )


def make_terms(certification: DemoCertification) -> CertificationTerms:
    """Return what a certification of the demo says about dates."""
    return CertificationTerms(
        method=certification.method,
        active_period=certification.active_period,
        recertification_window=certification.recertification_window,
        minimum_active_period=certification.minimum_active_period,
        is_active=certification.is_active,
    )


def _write_certification(made: DemoCertification) -> tuple[Any, ...]:
    return (
        *(exact(made.short_name), folded(made.short_name), exact(made.id_number), folded(made.id_number), made.name),
        *(str(made.method), str(made.active_period), str(made.recertification_window)),
        str(made.minimum_active_period) if made.minimum_active_period else None,
        *(made.is_active, CREATED_AT),
    )


def follow_completions(
    completions: list[PastCertification], *, terms: CertificationTerms
) -> list[tuple[PastCertification, CertificationDates]]:
    """Return the completions of one person and certification, oldest first, each with the dates that followed from it."""
    found: list[tuple[PastCertification, CertificationDates]] = []
    before: CertificationDates | None = None
    for made in sorted(completions, key=lambda one: one.completed_on or date.max):
        if made.completed_on is None:
            continue
        before = terms.dates(
            made.completed_on,
            due_on=made.due_on,
            previous_expires_on=before.expires_on if before else None,
            previous_window_opens_on=before.window_opens_on if before else None,
        )
        found.append((made, before))
    return found


def _follow_all(
    organisation: Organisation, *, ids: Mapping[str, int], people: Mapping[str, int]
) -> Iterator[_Completion]:
    terms = {made.short_name: make_terms(made) for made in organisation.certifications}

    def pair(made: PastCertification) -> tuple[str, str]:
        return made.username, made.short_name

    for (username, short_name), group in groupby(sorted(organisation.certified, key=pair), key=pair):
        for made, dates in follow_completions(list(group), terms=terms[short_name]):
            yield _Completion(
                people[username],
                ids[short_name],
                made.completed_on or dates.anchor_on,
                made.due_on,
                dates,
                str(terms[short_name].active_period),
            )


def _load_assignments(organisation: Organisation, *, ids: Mapping[str, int], people: Mapping[str, int]) -> None:
    """Assign one by one who completed or is to complete what no team brings them."""
    there = set(CertificationAssignment.objects.values_list("person_id", "certification_id"))
    first: dict[tuple[int, int], date] = {}
    for made in organisation.certified:
        pair = (people[made.username], ids[made.short_name])
        day = (made.completed_on or loading_day()) - _ASSIGNED_BEFORE
        first[pair] = min(day, first.get(pair, day))
    rows = ((*pair, day, "manual") for pair, day in first.items() if pair not in there)
    insert_rows(CertificationAssignment, ("person_id", "certification_id", "assigned_on", "origin"), rows)


def _write_record(made: _Completion, recorder: int | None) -> tuple[Any, ...]:
    dates = made.dates
    return (
        *(made.person_id, made.certification_id, made.day, made.due_on, dates.expires_on, dates.window_opens_on),
        *(str(dates.basis), dates.anchor_on, dates.steps, made.period, Origin.MANUAL.value, "", "", recorder),
        _moment(made.day),
    )


def _load_statuses(completions: list[_Completion]) -> None:
    """Let the last completion of each person be the current one, in the state it had a week ago."""
    last = {(made.person_id, made.certification_id): made for made in completions}
    records = {
        (person, certification, day): pk
        for pk, person, certification, day in CertificationRecord.objects.values_list(
            "id", "person_id", "certification_id", "completed_on"
        )
    }

    def write_status(made: _Completion) -> tuple[Any, ...]:
        dates = made.dates
        window, expires = dates.window_opens_on, dates.expires_on
        state = state_on(loading_day() - _A_WEEK, state=State.CERTIFIED, window_opens_on=window, expires_on=expires)
        shown = (None, None, None) if state == State.EXPIRED else (made.day, window, expires)
        record = records[made.person_id, made.certification_id, made.day]
        return (made.person_id, made.certification_id, state.value, record, *shown, _moment(made.day))

    insert_rows(CertificationStatus, _STATUS, map(write_status, last.values()))


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(16), tzinfo=UTC)
