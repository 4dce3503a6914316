"""A file of 2,500 rows, 150 days, a real SMTP server: every mail exactly where the rules put it (E-22, E-61, E-71, U2).

Two organisations import the same file; one sends, one does not. The expected mails come from a naive model of the
written rules, person by person and day by day; it shares nothing with the product but `Period`.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine

from completions.kinds import DUE_REMINDER, NON_COMPLIANT, OVERDUE, RETAKE_OPEN
from lms.core.periods import Period
from lms.courses.models import Course, CourseAssignment
from lms.daily.services import run_daily
from lms.embedded.mailcatcher import MailCatcher
from lms.notifications.delivery import deliver_due
from lms.notifications.models import Notice, OutboxMessage
from lms.people.models import Role, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

TODAY = dt.datetime.now(tz=dt.UTC).date()  # the row log has partitions for the days around now
NOON = dt.datetime.combine(TODAY, dt.time(12), tzinfo=dt.UTC)
ONE = dt.timedelta(days=1)
PEOPLE, MAILS_EVERY, ROWS = 200, 8, 2_500
DAYS = 150  # every course's whole series fits: the longest takes 61 days, from the opening on

# What is told: day, kind, username.
Message = tuple[dt.date, str, str]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Terms:
    """Settings of a course, as an administrator says them."""

    compliant_for: str = ""
    retake_days: int | None = None
    due_within: str = ""
    remind_days_before: int | None = None
    remind_every: str = ""
    remind_at_most: int = 1


COURSES = {
    "YEAR": Terms("365 days", 30, remind_every="1 week", remind_at_most=3),
    "MONTHS": Terms("12 months", 60),
    "QUARTER": Terms("90 days", remind_every="2 weeks", remind_at_most=2),
    "EVER": Terms(),
    "DUE": Terms("2 years", 14, "30 days", 7, "2 days", 4),
}


def days_told(first: dt.date, every: str, at_most: int) -> Iterator[dt.date]:
    """Count a series day by day."""
    for number in range(at_most if every else 1):
        yield first + dt.timedelta(days=Period.parse(every).days * number if every else 0)


def expect(completed: dict[Pair, dt.date], assigned: dict[Pair, dt.date], *, sends: bool) -> set[Message]:
    """Follow the written rules: one message of a kind per person and day, about the past only what the import sends."""
    told: set[Message] = set()
    for (person, code), day in completed.items():
        terms = COURSES[code]
        if not terms.compliant_for:
            continue
        until = Period.parse(terms.compliant_for).add(day)
        opens = None if terms.retake_days is None else until - dt.timedelta(days=terms.retake_days)
        told |= {
            (at, NON_COMPLIANT, person)
            for at in days_told(until + ONE, terms.remind_every, terms.remind_at_most)
            if at > TODAY
        }
        if opens is not None and opens > TODAY:
            told.add((opens, RETAKE_OPEN, person))
        if sends and until < TODAY:
            told.add((TODAY, NON_COMPLIANT, person))
        elif sends and opens is not None and opens <= TODAY:
            told.add((TODAY, RETAKE_OPEN, person))
    for (person, code), day in assigned.items():
        if (person, code) in completed:
            continue
        terms = COURSES[code]
        due = Period.parse(terms.due_within).add(day)
        first = due - dt.timedelta(days=terms.remind_days_before or 0)
        told |= {
            (at, DUE_REMINDER, person)
            for at in days_told(first, terms.remind_every, terms.remind_at_most)
            if at > TODAY
        }
        if due + ONE > TODAY:
            told.add((due + ONE, OVERDUE, person))
    return {message for message in told if message[0] <= TODAY + DAYS * ONE}


def username(number: int) -> str:
    """The person of a number; some have an address."""
    return f"p{number:04d}"


def has_address(name: str) -> bool:
    """Whether a person gets mails beside notices."""
    return int(name[1:]) % MAILS_EVERY == 0


def make_rows(chance: random.Random) -> list[tuple[str, str, dt.date]]:
    """Rows of the last three years; several of one person and course, none twice."""
    rows: set[tuple[str, str, dt.date]] = set()
    while len(rows) < ROWS:
        day = TODAY - dt.timedelta(days=chance.randrange(1_100))
        rows.add((username(chance.randrange(PEOPLE)), chance.choice(sorted(COURSES)), day))
    return sorted(rows, key=lambda _: chance.random())


def furnish(tenant: Tenant, assigned: dict[Pair, dt.date]) -> None:
    """Write people, courses and assignments with their due dates."""
    with tenant_scope(tenant.pk):
        people = []
        for number in range(PEOPLE):
            name = username(number)
            address = f"{name}@{tenant.slug}.example" if has_address(name) else ""
            person = User(tenant=tenant, username=name, email=address, role=Role.LEARNER, password="!")
            person.fill_keys()
            people.append(person)
        ids = {person.username: person.pk for person in User.objects.bulk_create(people)}
        courses = {}
        for code, terms in COURSES.items():
            courses[code] = Course.objects.create(
                tenant=tenant,
                code=code,
                name=f"Course {code}",
                compliant_for=terms.compliant_for or None,
                retake_days=terms.retake_days,
                due_within=terms.due_within or None,
                remind_days_before=terms.remind_days_before,
                remind_every=terms.remind_every or None,
                remind_at_most=terms.remind_at_most,
            ).pk
        CourseAssignment.objects.bulk_create(
            CourseAssignment(
                tenant=tenant,
                person_id=ids[person],
                course_id=courses[code],
                assigned_on=day,
                due_on=Period.parse(COURSES[code].due_within).add(day),
            )
            for (person, code), day in assigned.items()
        )
    Tenant.objects.filter(pk=tenant.pk).update(
        message_hold_minutes=0, mails_per_minute=32_000, message_threshold=1_000_000, time_zone="UTC", reminder_hour=8
    )


def read_told(tenant: Tenant) -> tuple[set[Message], list[Message], list[str]]:
    """Return the notices and the mails as (day, kind, username), and the Message-IDs of the mails."""
    with tenant_scope(tenant.pk):
        names = dict(User.objects.values_list("pk", "username"))
        mails = OutboxMessage.objects.filter(kind__in=KINDS, state="sent").values_list(
            "created_at", "kind", "recipient_id", "message_id"
        )
        notices = Notice.objects.filter(kind__in=KINDS).values_list("created_at", "kind", "person_id")
        return (
            {(at.date(), kind, names[person]) for at, kind, person in notices},
            sorted((at.date(), kind, names[person]) for at, kind, person, _ in mails if person is not None),
            [message_id for *_, message_id in mails],
        )


KINDS = (DUE_REMINDER, OVERDUE, RETAKE_OPEN, NON_COMPLIANT)


def import_file(imports: Imports, content: str, *, as_: str, messages: str) -> Imported:
    """Import with the box on and this choice."""
    checked = imports.run("completions", content, as_=as_, check_only=True, options={"opens_retakes": True})
    return imports.confirm(checked, as_=as_, messages=messages)


@pytest.mark.parametrize("seed", [7])
def test_E22_E61_E71_L56_every_mail_of_150_days_is_where_the_rules_put_it(
    cast: Cast, imports: Imports, mail_catcher: MailCatcher, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same rows every time
    rows = make_rows(chance)
    completed: dict[Pair, dt.date] = {}
    for person, code, day in rows:
        completed[person, code] = max(day, completed.get((person, code), day))
    assigned = {
        (username(number), "DUE"): TODAY - dt.timedelta(days=chance.randrange(60)) for number in range(0, PEOPLE, 2)
    }
    content = "username,course code,completion date\n"
    content += "".join(f"{person},{code},{day.isoformat()}\n" for person, code, day in rows)
    tenants = {"send": (cast.acme, "adam"), "suppress": (cast.zebra, "charlie")}

    with time_machine.travel(NOON, tick=True) as clock:
        for messages, (tenant, actor) in tenants.items():
            furnish(tenant, assigned)
            done = import_file(imports, content, as_=actor, messages=messages)
            now = {message for message in expect(completed, assigned, sends=True) if message[0] == TODAY}
            shown = done.summary["messages"]
            assert (done.state, shown["emails"]) == ("completed", sum(has_address(name) for _, _, name in now))
            while deliver_due().sent:
                pass
            notices, mails, ids = read_told(tenant)
            assert notices == (now if messages == "send" else set())
            assert len(mails) == len(set(ids)) == (shown["emails"] if messages == "send" else 0)
        for days in range(1, DAYS + 1):
            clock.move_to(NOON + days * ONE)
            for tenant, _ in tenants.values():
                run_daily(Tenant.objects.get(pk=tenant.pk), as_of=TODAY + days * ONE)
            while deliver_due().sent:
                pass

    sent_ids: list[str] = []
    for messages, (tenant, _) in tenants.items():
        expected = expect(completed, assigned, sends=messages == "send")
        assert {kind for day, kind, _ in expected if day > TODAY + DAYS // 2 * ONE} == {RETAKE_OPEN, NON_COMPLIANT}
        assert {kind for day, kind, _ in expected if day > TODAY} == set(KINDS)
        notices, mails, ids = read_told(tenant)
        assert notices == expected
        assert mails == sorted(message for message in expected if has_address(message[2]))
        sent_ids += ids
    caught = [caught.message["Message-ID"] for caught in mail_catcher.caught]
    assert sorted(caught) == sorted(sent_ids)
