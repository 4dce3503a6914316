"""The fixed cast of the tests: two organisations, their people, teams and courses. The one shared place for it.

    acme   Alice (owner), Adam (administrator), Lea (leader of "Ward A"),
           Bob (learner in "Ward A"), Ben (learner in "Nights" below "Ward A"), Carl (learner in "Ward B")
           SAFE-1 (assigned to "Ward A"), FIRE-2, OLD-9 (archived), SHUT-3 (closed for imports)
    zebra  Charlie (owner), Zoe (learner in "ZZB Herd"); course SAFE-1 "ZZB Safety"; every name begins with ZZB

Team courses are not expanded into assignments of persons: who needs that calls `lms.courses.services`.
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from lms.courses.models import Course, TeamCourse
from lms.people.middleware import SEEN, SIGNED_IN
from lms.people.models import Membership, PeopleDomain, Promotion, Role, Team, User
from lms.people.sessions import TENANT
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope

PASSWORD = "correct-horse-battery-staple"
JOINED = dt.date(2020, 1, 1)
ASSIGNED = dt.date(2021, 1, 1)


@dataclass(frozen=True)
class Cast:
    """Who and what there is; objects are as they were written, read again what a test may have changed."""

    acme: Tenant
    zebra: Tenant
    alice: User
    adam: User
    lea: User
    bob: User
    ben: User
    carl: User
    charlie: User
    zoe: User
    clinical: PeopleDomain
    ward_a: Team
    nights: Team
    ward_b: Team
    herd: Team
    safe: Course
    fire: Course
    old: Course
    shut: Course
    zebra_safe: Course

    def host_of(self, person: User) -> str:
        """The host name of a person's organisation."""
        return (self.acme if person.tenant_id == self.acme.pk else self.zebra).host


@lru_cache(maxsize=1)
def hashed_password() -> str:
    """The cast's password, hashed once for a test run: hashing is slow on purpose."""
    return make_password(PASSWORD)


def make_person(tenant: Tenant, username: str, *, role: Role = Role.LEARNER, **fields: object) -> User:
    """Return a person with match keys, not written yet."""
    values: dict[str, object] = {
        "first_name": username.capitalize(),
        "last_name": "Example",
        "email": f"{username.lower()}@{tenant.slug}.example",
        "password": hashed_password(),
    } | fields
    person = User(tenant=tenant, username=username, role=role, **values)
    person.fill_keys()
    return person


def add_person(tenant: Tenant, username: str, *, role: Role = Role.LEARNER, **fields: object) -> User:
    """Write one person in the open scope."""
    person = make_person(tenant, username, role=role, **fields)
    person.save()
    return person


def make_course(tenant: Tenant, code: str, name: str, **fields: object) -> Course:
    """Return a course with its match key, not written yet."""
    course = Course(tenant=tenant, code=code, name=name, **fields)
    course.fill_keys()
    return course


def add_course(tenant: Tenant, code: str, name: str, **fields: object) -> Course:
    """Write one course in the open scope."""
    course = make_course(tenant, code, name, **fields)
    course.save()
    return course


def make_member(person: User, team: Team) -> Membership:
    """Return a membership, not written yet."""
    return Membership(tenant_id=person.tenant_id, team=team, person=person, joined_on=JOINED)


def add_member(person: User, team: Team) -> None:
    """Put a person into a team, without expanding the team's courses."""
    make_member(person, team).save()


@pytest.fixture
def cast(db: None) -> Cast:  # noqa: ARG001 - the rows need a database
    """The two organisations, freshly written, in few statements: almost every test waits for them."""
    acme, zebra = Tenant.objects.bulk_create(
        [
            Tenant(
                slug="acme",
                name="Acme Hospitals",
                host=f"acme.{settings.BASE_DOMAIN}",
                contact="Maria Keller, training office",
                contact_email="training@acme.example",
            ),
            Tenant(slug="zebra", name="ZZB Zebra", host=f"zebra.{settings.BASE_DOMAIN}", contact="ZZB desk"),
        ]
    )
    with tenant_scope(acme.pk):
        clinical = PeopleDomain.objects.create(tenant=acme, slug="clinical", name="Clinical")
        ward_a = Team.objects.create(tenant=acme, name="Ward A")
        nights, ward_b = Team.objects.bulk_create(
            [Team(tenant=acme, name="Nights", parent=ward_a), Team(tenant=acme, name="Ward B")]
        )
        alice, adam, lea, bob, ben, carl = User.objects.bulk_create(
            [
                make_person(acme, "alice", role=Role.OWNER, last_name="Owner"),
                make_person(acme, "adam", role=Role.ADMINISTRATOR, last_name="Admin"),
                make_person(acme, "lea", role=Role.TEAM_LEADER, last_name="Leader"),
                make_person(acme, "bob", last_name="O'Connor", employee_id="000123", domain=clinical),
                make_person(acme, "ben", last_name="Müller", employee_id="000124", domain=clinical),
                make_person(acme, "carl", last_name="Outside", employee_id="000125"),
            ]
        )
        Membership.objects.bulk_create(make_member(*pair) for pair in ((bob, ward_a), (ben, nights), (carl, ward_b)))
        Promotion.objects.create(tenant=acme, team=ward_a, person=lea, role=Role.TEAM_LEADER)
        safe, fire, old, shut = Course.objects.bulk_create(
            [
                make_course(acme, "SAFE-1", "Safety Basics"),
                make_course(acme, "FIRE-2", "Fire Safety Awareness"),
                make_course(acme, "OLD-9", "Fire Safety 2014", is_active=False),
                make_course(acme, "SHUT-3", "Closed for Imports", open_for_import=False),
            ]
        )
        TeamCourse.objects.create(tenant=acme, team=ward_a, course=safe, assigned_on=ASSIGNED)
    with tenant_scope(zebra.pk):
        herd = Team.objects.create(tenant=zebra, name="ZZB Herd")
        charlie, zoe = User.objects.bulk_create(
            [
                make_person(zebra, "charlie", role=Role.OWNER, first_name="ZZB Charlie", last_name="ZZB Owner"),
                make_person(zebra, "zoe", first_name="ZZB Zoe", last_name="ZZB Learner"),
            ]
        )
        add_member(zoe, herd)
        zebra_safe = add_course(zebra, "SAFE-1", "ZZB Safety")
    return Cast(
        acme=acme,
        zebra=zebra,
        alice=alice,
        adam=adam,
        lea=lea,
        bob=bob,
        ben=ben,
        carl=carl,
        charlie=charlie,
        zoe=zoe,
        clinical=clinical,
        ward_a=ward_a,
        nights=nights,
        ward_b=ward_b,
        herd=herd,
        safe=safe,
        fire=fire,
        old=old,
        shut=shut,
        zebra_safe=zebra_safe,
    )


def sign_in_as(client: Client, person: User) -> None:
    """Open a session of a person in a browser, as the sign-in page does."""
    with tenant_scope(person.tenant_id):
        client.force_login(person, backend="lms.people.backends.TenantBackend")
    session = client.session
    session[TENANT] = person.tenant_id
    session[SEEN] = session[SIGNED_IN] = int(time.time())
    session.save()


@pytest.fixture
def client_for(cast: Cast) -> Callable[[User], Client]:
    """Return a browser that is signed in as the person, at the host of the person's organisation."""

    def open_browser(person: User) -> Client:
        client = Client(headers={"host": cast.host_of(person)})
        sign_in_as(client, person)
        return client

    return open_browser


@pytest.fixture
def anonymous_client(cast: Cast) -> Client:
    """A browser at the host of acme where nobody is signed in."""
    return Client(headers={"host": cast.acme.host})
