"""A file of 1,200 records, 150 days, a real SMTP server: every mail exactly where the rules put it (T-68, T-69, T-71).

Two organisations import the same file; one sends, one does not. The expected mails come from a naive model of the
written rules, person by person; it shares nothing with the product but `Period`.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
import time_machine

from certifications.kinds import (
    CERTIFICATION_ASSIGNED,
    CERTIFICATION_COMPLETED,
    CERTIFICATION_EXPIRED,
    EXPIRING_SOON,
    KINDS,
    WINDOW_OPENS,
)
from certifications.models import Certification
from lms.core.periods import Period
from lms.daily.services import run_daily
from lms.embedded.mailcatcher import MailCatcher
from lms.notifications.delivery import deliver_due
from lms.notifications.models import MessageSwitch, Notice, OutboxMessage
from lms.people.models import Role, User
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imports

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

TODAY = dt.datetime.now(tz=dt.UTC).date()  # the row log has partitions for the days around now
NOON = dt.datetime.combine(TODAY, dt.time(12), tzinfo=dt.UTC)
ONE = dt.timedelta(days=1)
PEOPLE, MAILS_EVERY, ROWS = 160, 4, 1_200
DAYS = 150  # every certification's whole series fits: the longest takes 92 days from the window to the expiry

# What is told: day, kind, username, short names.
Message = tuple[dt.date, str, str, frozenset[str]]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Terms:
    """Settings of a certification, as an administrator says them."""

    method: str
    active: str
    window: str
    expiring_days: int = 30
    departs: Mapping[str, bool] = field(default_factory=dict)


CERTIFICATIONS = {
    "YEAR": Terms("completion_date", "12 months", "1 month", 10),
    "HALF": Terms("expiry_date", "6 months", "6 weeks", 14, {CERTIFICATION_ASSIGNED: False}),
    "SOON": Terms("completion_date", "1 year", "2 weeks", 60, {CERTIFICATION_COMPLETED: True}),  # soon with the window
    "MUTE": Terms("completion_date", "9 months", "1 month", 7, {EXPIRING_SOON: False, CERTIFICATION_EXPIRED: False}),
    "LOUD": Terms("expiry_date", "18 months", "3 months", 45, dict.fromkeys(KINDS, True)),
}
# What the organisation switches; the others are as shipped: assigned and completed off.
SWITCHED = {CERTIFICATION_ASSIGNED: True, CERTIFICATION_EXPIRED: True}
ON = {CERTIFICATION_ASSIGNED, WINDOW_OPENS, EXPIRING_SOON, CERTIFICATION_EXPIRED}


def is_on(kind: str, terms: Terms) -> bool:
    """Whether a certification sends a kind."""
    return terms.departs.get(kind, kind in ON)


def series_of(completed: dt.date, due: dt.date | None, terms: Terms) -> list[tuple[dt.date, str]]:
    """The days of the three events that are told at all; of two on one day the later chapter alone."""
    in_time = due is not None and completed <= due
    base = due if due is not None and in_time and terms.method == "expiry_date" else completed
    expires = Period.parse(terms.active).add(base)
    opens = Period.parse(terms.window).subtract(expires)
    soon = max(opens, expires - terms.expiring_days * ONE)
    events = [(opens, WINDOW_OPENS), (soon, EXPIRING_SOON), (expires + ONE, CERTIFICATION_EXPIRED)]
    return list({day: (day, kind) for day, kind in events if is_on(kind, terms)}.values())


def expect(newest: Mapping[Pair, tuple[dt.date, dt.date | None]], *, sends: bool) -> set[Message]:
    """Follow the written rules: one message of a kind per person and day, about the past only what the import sends."""
    told: dict[tuple[dt.date, str, str], set[str]] = defaultdict(set)
    for (person, short_name), (completed, due) in newest.items():
        terms = CERTIFICATIONS[short_name]
        events = series_of(completed, due, terms)
        for day, kind in events:
            if day > TODAY:
                told[day, kind, person].add(short_name)
        if not sends:
            continue
        for kind in (CERTIFICATION_ASSIGNED, CERTIFICATION_COMPLETED):
            if is_on(kind, terms):
                told[TODAY, kind, person].add(short_name)
        reached = [kind for day, kind in events if day <= TODAY]
        if reached:
            told[TODAY, reached[-1], person].add(short_name)
    last = TODAY + DAYS * ONE
    return {(*about, frozenset(names)) for about, names in told.items() if about[0] <= last}


def username(number: int) -> str:
    """The person of a number; some have an address."""
    return f"p{number:04d}"


def has_address(name: str) -> bool:
    """Whether a person gets mails beside notices."""
    return int(name[1:]) % MAILS_EVERY == 0


def make_rows(chance: random.Random) -> dict[tuple[str, str, dt.date], dt.date | None]:
    """Completions of the last two years with their due dates, if any; several of one person and certification."""
    rows: dict[tuple[str, str, dt.date], dt.date | None] = {}
    while len(rows) < ROWS:
        day = TODAY - dt.timedelta(days=chance.randrange(730))
        due = chance.choice([None, day + chance.randrange(-40, 60) * ONE])
        rows[username(chance.randrange(PEOPLE)), chance.choice(sorted(CERTIFICATIONS)), day] = due
    return rows


def furnish(tenant: Tenant) -> None:
    """Write people, certifications and switches."""
    with tenant_scope(tenant.pk):
        for number in range(PEOPLE):
            name = username(number)
            address = f"{name}@{tenant.slug}.example" if has_address(name) else ""
            User(tenant=tenant, username=name, email=address, role=Role.LEARNER, password="!").save()
        for short_name, terms in CERTIFICATIONS.items():
            Certification.objects.create(
                tenant=tenant,
                short_name=short_name,
                name=f"Certification {short_name}",
                method=terms.method,
                active_period=Period.parse(terms.active),
                recertification_window=Period.parse(terms.window),
                expiring_days=terms.expiring_days,
                message_switches=dict(terms.departs),
            )
        for kind, on in SWITCHED.items():
            MessageSwitch.objects.create(tenant=tenant, kind=kind, is_on=on)
    Tenant.objects.filter(pk=tenant.pk).update(
        message_hold_minutes=0, mails_per_minute=32_000, message_threshold=1_000_000, time_zone="UTC", reminder_hour=8
    )


def read_told(tenant: Tenant) -> tuple[set[Message], list[Message], list[str]]:
    """Return the notices and the mails as messages, and the Message-IDs of the mails."""
    with tenant_scope(tenant.pk):
        names = dict(User.objects.values_list("pk", "username"))
        mails = list(OutboxMessage.objects.filter(kind__in=KINDS, state="sent"))
        notices = list(Notice.objects.filter(kind__in=KINDS))
    assert len(notices) == len({(notice.created_at.date(), notice.kind, notice.person_id) for notice in notices})

    def read(message: Notice | OutboxMessage, person: int) -> Message:
        items = message.params["items"]
        about = frozenset(item["short_name"] for item in items)
        assert len(about) == len(items)  # nothing is said twice in one message
        return message.created_at.date(), message.kind, names[person], about

    return (
        {read(notice, notice.person_id) for notice in notices},
        [read(mail, mail.recipient_id or 0) for mail in mails],
        [mail.message_id for mail in mails],
    )


@pytest.mark.parametrize("seed", [7])
def test_T68_T69_T71_every_mail_of_150_days_is_where_the_rules_put_it(
    cast: Cast, imports: Imports, mail_catcher: MailCatcher, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same rows every time
    rows = make_rows(chance)
    newest: dict[Pair, tuple[dt.date, dt.date | None]] = {}
    for (person, short_name, day), due in sorted(rows.items(), key=lambda row: row[0][2]):
        newest[person, short_name] = (day, due)
    lines = [f"{person},{name},,{day},{due or ''}\n" for (person, name, day), due in rows.items()]
    content = "username,certificationshortname,certificationidnumber,completiondate,duedate\n" + "".join(lines)
    tenants = {"send": (cast.acme, "adam"), "suppress": (cast.zebra, "charlie")}

    with time_machine.travel(NOON, tick=True) as clock:
        for messages, (tenant, actor) in tenants.items():
            furnish(tenant)
            options = {"action": "certify_if_more_recent"}
            checked = imports.run("certifications", content, as_=actor, check_only=True, options=options)
            done = imports.confirm(checked, as_=actor, messages=messages)
            now = {message for message in expect(newest, sends=True) if message[0] == TODAY}
            shown = done.summary["messages"]
            assert (done.state, shown["emails"]) == ("completed", sum(has_address(name) for _, _, name, _ in now))
            while deliver_due().sent:
                pass
            notices, mails, _ = read_told(tenant)
            assert notices == (now if messages == "send" else set())
            assert len(mails) == (shown["emails"] if messages == "send" else 0)
        for days in range(1, DAYS + 1):
            clock.move_to(NOON + days * ONE)
            for tenant, _ in tenants.values():
                run_daily(Tenant.objects.get(pk=tenant.pk), as_of=TODAY + days * ONE)
            while deliver_due().sent:
                pass

    sent_ids: list[str] = []
    for messages, (tenant, _) in tenants.items():
        expected = expect(newest, sends=messages == "send")
        assert {kind for day, kind, _, _ in expected if day > TODAY} == set(KINDS[2:])
        assert {kind for _, kind, _, _ in expected} == (set(KINDS) if messages == "send" else set(KINDS[2:]))
        notices, mails, ids = read_told(tenant)
        assert notices == expected
        assert sorted(mails, key=repr) == sorted((message for message in expected if has_address(message[2])), key=repr)
        sent_ids += ids
    caught = [caught.message["Message-ID"] for caught in mail_catcher.caught]
    assert sorted(caught) == sorted(sent_ids)
