"""The statements of the daily job against the pure rules: any dates, switches and missed days (T-48, E-71, E-72)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from certifications.choices import Basis, Origin, State
from certifications.daily import run_certifications
from certifications.kinds import EVENT_KINDS, OBLIGATIONS
from certifications.models import Certification, CertificationRecord, CertificationStatus
from certifications.rules import latest_event, state_on
from certifications.selectors import load_terms
from lms.core.periods import Period
from lms.daily.parts import DailyContext
from lms.notifications.models import MessageSwitch, Notice
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

DAY: Final = dt.timedelta(days=1)
FIRST: Final = dt.date(2026, 2, 20)  # the first run; everything happens around it
YEAR: Final = Period.parse("12 months")
Told = set[tuple[str, int, int]]  # (kind, person, certification)
Standing = tuple[str, dt.date | None, dt.date | None, dt.date | None]


@dataclass(frozen=True, slots=True)
class Held:
    """A certification that somebody holds, as stored; numbers are days from FIRST. Dates may contradict each other."""

    person: int
    state: str
    window: int | None
    expires: int | None
    settled: int | None
    expiring_days: int
    switches: dict[str, bool]
    is_certification_active: bool


near = st.integers(-6, 12)  # narrow, so that days meet
held = st.builds(
    Held,
    person=st.integers(0, 3),
    state=st.sampled_from([State.CERTIFIED, State.CERTIFIED, State.WINDOW_OPEN, State.EXPIRED]),
    window=near | near | near | st.none(),
    expires=near | near | near | st.none(),
    settled=st.none() | st.none() | near,
    expiring_days=st.integers(0, 8),
    switches=st.dictionaries(st.sampled_from(OBLIGATIONS), st.booleans(), max_size=2),
    is_certification_active=st.sampled_from([True, True, True, False]),
)


def shift(days: int | None) -> dt.date | None:
    return None if days is None else FIRST + days * DAY


def write(cast: Cast, written: Sequence[Held], *, off: Collection[str], came_back: int) -> None:
    """Replace what acme has by these, each with a certification of its own."""
    for model in (Notice, CertificationStatus, CertificationRecord, MessageSwitch, Certification):
        model.objects.all().delete()
    people = [cast.bob, cast.ben, cast.carl, cast.lea]
    User.objects.filter(pk=cast.carl.pk).update(is_active=False)
    User.objects.filter(pk=cast.lea.pk).update(active_since=shift(came_back))
    MessageSwitch.objects.bulk_create(MessageSwitch(tenant=cast.acme, kind=kind, is_on=False) for kind in off)
    for number, one in enumerate(written):
        certification = Certification.objects.create(
            tenant=cast.acme,
            short_name=f"P-{number}",
            name=f"Certification {number}",
            active_period=YEAR,
            recertification_window=Period.parse("1 month"),
            expiring_days=one.expiring_days,
            message_switches=one.switches,
            is_active=one.is_certification_active,
        )
        about: dict[str, Any] = {"tenant": cast.acme, "person": people[one.person], "certification": certification}
        completed_on = FIRST - 365 * DAY
        record = CertificationRecord.objects.create(
            **about,
            completed_on=completed_on,
            expires_on=FIRST,
            window_opens_on=FIRST,
            basis=Basis.COMPLETED,
            anchor_on=completed_on,
            steps=1,
            active_period=YEAR,
            origin=Origin.MANUAL,
            recorded_at=timezone.now(),
        )
        CertificationStatus.objects.create(
            **about,
            state=one.state,
            record=record,
            completed_on=completed_on,
            window_opens_on=shift(one.window),
            expires_on=shift(one.expires),
            messages_suppressed_through=shift(one.settled),
            updated_at=timezone.now(),
        )


def expect(as_of: dt.date, *, previous: dt.date) -> tuple[Told, dict[int, Standing]]:
    """Return who is to be told what by a run, and how all stand after it, from what is stored, by the pure rules alone."""
    told: Told = set()
    standings: dict[int, Standing] = {}
    terms = load_terms(Certification.objects.values_list("pk", flat=True))
    for status in CertificationStatus.objects.select_related("person"):
        says, person = terms[status.certification_id], status.person
        window, expires = status.window_opens_on, status.expires_on
        state = state_on(as_of, state=status.state, window_opens_on=window, expires_on=expires)
        standings[status.pk] = (state.value, status.completed_on, window, expires)
        if state == State.EXPIRED != status.state:
            standings[status.pk] = (state.value, None, None, None)
        if window is None or expires is None or status.state == State.EXPIRED:
            continue
        on = frozenset(event for event, kind in EVENT_KINDS.items() if kind in says.sends)
        events = says.renewal_events(window_opens_on=window, expires_on=expires)
        latest = latest_event(events, today=as_of, told=on)
        if not (says.is_active and person.is_active) or latest is None or latest[0] <= previous:
            continue
        settled, back = status.messages_suppressed_through, person.active_since
        if (settled is None or latest[0] > settled) and (back is None or latest[0] >= back):
            told.add((EVENT_KINDS[latest[1]], person.pk, says.certification_id))
    return told, standings


def told_on(day: dt.date) -> Told:
    """Return what the notices of a run say."""
    notices = Notice.objects.filter(dedup_key__endswith=f":day:{day}")
    return {
        (notice.kind, notice.person_id, item["certification_id"])
        for notice in notices
        for item in notice.params["items"]
    }


def all_standings() -> dict[int, Standing]:
    rows = CertificationStatus.objects.values_list("pk", "state", "completed_on", "window_opens_on", "expires_on")
    return {pk: (state, completed, window, expires) for pk, state, completed, window, expires in rows}


K1 = Held(0, State.CERTIFIED, 1, 9, None, 4, {}, True)  # noqa: FBT003
SETTLED = Held(1, State.CERTIFIED, 1, 9, 1, 4, {}, True)  # noqa: FBT003


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    written=st.lists(held, min_size=4, max_size=12),
    gaps=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    off=st.sets(st.sampled_from(OBLIGATIONS), max_size=1),
    came_back=near,
)
@example(written=[K1, SETTLED], gaps=[1, 4, 4, 1], off=set(), came_back=0)
@example(written=[K1], gaps=[12], off=set(), came_back=0)
def test_T48_E72_every_run_moves_and_tells_what_the_rules_say(
    cast: Cast, written: list[Held], gaps: list[int], off: set[str], came_back: int
) -> None:
    with tenant_scope(cast.acme.pk):
        write(cast, written, off=off, came_back=came_back)
        previous = FIRST
        for gap in gaps:
            as_of = previous + gap * DAY
            before = all_standings()
            expected, standings = expect(as_of, previous=previous)
            context = DailyContext(tenant=cast.acme, as_of=as_of, previous=previous, now=timezone.now())
            counts = dict(run_certifications(context))
            assert told_on(as_of) == expected
            assert all_standings() == standings
            moved = [after[0] for pk, after in standings.items() if after[0] != before[pk][0]]
            assert counts == {
                "assigned": 0,
                "windows_opened": moved.count(State.WINDOW_OPEN),
                "expired": moved.count(State.EXPIRED),
            } | {kind: len({person for told, person, _ in expected if told == kind}) for kind in OBLIGATIONS}
            previous = as_of
