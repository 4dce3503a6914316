"""For which user domains somebody may act, and over whom: roles, permissions, and the other organisation (S-01, S-08, S-09)."""

import pytest

from lms.people.domains import (
    NO_DOMAIN,
    NO_DOMAIN_CODE,
    Domain,
    domains_in_reach,
    find_domain,
    people_in_own_domain,
    people_of_grant,
)
from lms.people.models import PeopleDomain, Promotion, PromotionDomain, Role, RolePermission, Team, User
from lms.people.permissions import Permission
from lms.people.services import promote
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_member

UPLOAD = Permission.IMPORT_OFFLINE_RECORDS
SUPPORT = "support"


@pytest.fixture
def support(cast: Cast) -> PeopleDomain:
    """A second user domain, with Carl in it; a domain of the other organisation beside it."""
    with tenant_scope(cast.zebra.pk):
        PeopleDomain.objects.create(tenant=cast.zebra, slug="clinical", name="ZZB Clinical")
    with tenant_scope(cast.acme.pk):
        made = PeopleDomain.objects.create(tenant=cast.acme, slug=SUPPORT, name="Support")
        cast.carl.domain = made
        cast.carl.save()
    return made


def allow(cast: Cast, role: Role, *, allowed: bool = True) -> None:
    """An owner's answer for a team role."""
    RolePermission.objects.update_or_create(
        tenant=cast.acme, role=role, permission=UPLOAD, defaults={"allowed": allowed}
    )


def name_domain(promotion: Promotion, domain: PeopleDomain) -> None:
    PromotionDomain.objects.create(tenant_id=promotion.tenant_id, promotion=promotion, domain=domain)


def codes(actor: User) -> list[str]:
    return [domain.code for domain in domains_in_reach(actor, permission=UPLOAD)]


def granted(actor: User, domain: PeopleDomain | None) -> list[str]:
    found = people_of_grant(actor, permission=UPLOAD, domain_id=domain.pk if domain else NO_DOMAIN)
    return sorted(found.values_list("username", flat=True))


def test_S01_S08_tenant_roles_have_every_user_domain_of_their_own_organisation(
    cast: Cast, support: PeopleDomain
) -> None:
    with tenant_scope(cast.acme.pk):
        assert codes(cast.alice) == codes(cast.adam) == ["clinical", SUPPORT, NO_DOMAIN_CODE]
        assert domains_in_reach(cast.adam, permission=UPLOAD)[-1].name == "People without a user domain"
        assert granted(cast.adam, support) == ["adam", "alice", "ben", "bob", "carl", "lea"]
        # nobody is without one: then that part is not on offer
        User.objects.filter(domain=None).update(domain=support)
        assert codes(cast.adam) == ["clinical", SUPPORT]
        for person in (cast.bob, cast.lea):  # a learner, and a team role that names nothing
            assert codes(person) == granted(person, cast.clinical) == []
        cast.adam.is_active = False
        assert codes(cast.adam) == granted(cast.adam, cast.clinical) == []
    with tenant_scope(cast.zebra.pk):
        assert [domain.name for domain in domains_in_reach(cast.charlie, permission=UPLOAD)] == [
            "ZZB Clinical",
            "People without a user domain",
        ]
        assert granted(cast.charlie, None) == ["charlie", "zoe"]


def test_S01_a_team_role_has_what_a_promotion_names_if_its_role_may(cast: Cast, support: PeopleDomain) -> None:
    with tenant_scope(cast.acme.pk):
        promotion = Promotion.objects.get(person=cast.lea)
        name_domain(promotion, cast.clinical)
        assert (codes(cast.lea), granted(cast.lea, cast.clinical)) == ([], [])  # off as shipped (G-01)
        allow(cast, Role.TEAM_LEADER)
        assert (codes(cast.lea), granted(cast.lea, cast.clinical)) == (["clinical"], ["ben", "bob"])
        assert granted(cast.lea, support) == granted(cast.lea, None) == []
        # another permission is another answer
        assert [
            domain.code for domain in domains_in_reach(cast.lea, permission=Permission.MANAGE_OFFLINE_ACTIVITIES)
        ] == []
        allow(cast, Role.TEAM_LEADER, allowed=False)
        assert (codes(cast.lea), granted(cast.lea, cast.clinical)) == ([], [])


def test_S01_each_team_role_counts_for_its_own_team_and_domains(cast: Cast, support: PeopleDomain) -> None:
    with tenant_scope(cast.acme.pk):
        name_domain(Promotion.objects.get(person=cast.lea), cast.clinical)
        allow(cast, Role.TEAM_LEADER)
        promote([cast.lea], team=cast.ward_b, role=Role.TEAM_ADMIN, actor=cast.alice, domains=[support])
        # the administrator of Ward B may not: neither the domain nor the people of that team come along
        assert (codes(cast.lea), granted(cast.lea, support)) == (["clinical"], [])
        assert granted(cast.lea, cast.clinical) == ["ben", "bob"]
        allow(cast, Role.TEAM_ADMIN)
        assert codes(cast.lea) == ["clinical", SUPPORT]
        assert granted(cast.lea, support) == ["carl"]
        # whoever is in the team but in another user domain is of the grant, and of no row
        add_member(cast.carl, cast.ward_a)
        assert granted(cast.lea, cast.clinical) == ["ben", "bob", "carl"]
        own = people_in_own_domain(cast.lea, permission=UPLOAD)
        assert sorted(own.values_list("username", flat=True)) == ["ben", "bob", "carl"]
        Promotion.objects.filter(team=cast.ward_b).delete()
        own = people_in_own_domain(cast.lea, permission=UPLOAD)
        assert sorted(own.values_list("username", flat=True)) == ["ben", "bob"]
        # somebody whose profile is raised reaches everybody, somebody whose profile is lowered nobody
        cast.lea.role = Role.LEARNER
        assert codes(cast.lea) == granted(cast.lea, cast.clinical) == []
        cast.lea.role = Role.ADMINISTRATOR
        assert codes(cast.lea) == ["clinical", SUPPORT, NO_DOMAIN_CODE]


def test_S08_without_user_domains_nothing_has_to_be_named(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.update(domain=None)
        PeopleDomain.objects.all().delete()
        everybody = [Domain(NO_DOMAIN, NO_DOMAIN_CODE, "Everybody (no user domains are set up)")]
        assert domains_in_reach(cast.adam, permission=UPLOAD) == everybody
        assert codes(cast.lea) == []
        allow(cast, Role.TEAM_LEADER)
        assert domains_in_reach(cast.lea, permission=UPLOAD) == everybody
        assert granted(cast.lea, None) == ["ben", "bob"]
        own = people_in_own_domain(cast.lea, permission=UPLOAD)
        assert sorted(own.values_list("username", flat=True)) == ["ben", "bob"]


def test_S09_a_user_domain_of_another_organisation_is_not_there(cast: Cast, support: PeopleDomain) -> None:
    with tenant_scope(cast.zebra.pk):
        foreign = PeopleDomain.objects.get()
    with tenant_scope(cast.acme.pk):
        assert find_domain(support.pk) == Domain(support.pk, SUPPORT, "Support")
        assert find_domain(NO_DOMAIN) == Domain(NO_DOMAIN, NO_DOMAIN_CODE, "People without a user domain")
        assert find_domain(foreign.pk) is None
        allow(cast, Role.TEAM_LEADER)
        assert granted(cast.lea, foreign) == []
        assert Team.objects.filter(pk=cast.herd.pk).exists() is False
    with tenant_scope(cast.zebra.pk):
        assert find_domain(support.pk) is None
