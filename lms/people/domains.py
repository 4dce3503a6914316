"""User domains: for which of them an actor may act, and over whom (S-01, S-08, S-09).

People without a user domain are a part of the organisation like any other: their domain has the id `NO_DOMAIN` here and
the code `NO_DOMAIN_CODE` in files. Public: these two, `Domain`, `domains_in_reach`, `find_domain`, `people_of_grant`,
`people_in_own_domain`, `narrow_to_domain`.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lms.people.models import TEAM_ROLES, PeopleDomain, Promotion, User
from lms.people.permissions import Permission, role_may
from lms.people.selectors import members_below, reaches_everybody

NO_DOMAIN: Final = 0
NO_DOMAIN_CODE: Final = "(none)"  # no short name of a domain can look like this


@dataclass(frozen=True, slots=True)
class Domain:
    """A user domain as one chooses it: `id` may be `NO_DOMAIN`."""

    id: int
    code: str
    name: str


def domains_in_reach(actor: User, *, permission: Permission) -> list[Domain]:
    """Return the user domains for which the actor has the permission, by name; people without one come last.

    Owners and administrators: all. Team roles: those that a promotion of theirs names whose role has the permission.
    In an organisation without user domains everybody is without one, and no promotion has to name anything.
    """
    domains = [Domain(pk, slug, name) for pk, slug, name in _listed()]
    if reaches_everybody(actor):
        return [*domains, _nobody_s(has_others=bool(domains))] if _has_people_without() else domains
    granted = {name for _promotion, name in _grants(actor, permission=permission)}
    if not domains:
        return [_nobody_s(has_others=False)] if granted else []
    return [domain for domain in domains if domain.id in granted]


def find_domain(domain_id: int) -> Domain | None:
    """Return a user domain of the open tenant by its id, `NO_DOMAIN` included; None if it is gone."""
    if domain_id == NO_DOMAIN:
        return _nobody_s(has_others=PeopleDomain.objects.exists())
    found = PeopleDomain.objects.filter(pk=domain_id).first()
    return Domain(found.pk, found.slug, found.name) if found else None


def people_of_grant(actor: User, *, permission: Permission, domain_id: int) -> QuerySet[User]:
    """Return the people over whom the actor has the permission for this user domain, whatever their own domain is.

    Owners and administrators: everybody. Team roles: members of the teams (and those below) of the promotions that
    have the permission and name the domain.
    """
    if reaches_everybody(actor):
        return User.objects.all()
    needs_name = PeopleDomain.objects.exists()
    grants = _grants(actor, permission=permission)
    promotions = {promotion for promotion, name in grants if name == domain_id or not needs_name}
    return members_below(_teams_of(promotions))


def people_in_own_domain(actor: User, *, permission: Permission) -> QuerySet[User]:
    """Return the people over whom the actor has the permission for the user domain they are in themselves.

    Owners and administrators: everybody. Team roles: of each promotion that has the permission, the members of its teams
    who are in a user domain that it names; whoever is in none only where the organisation has no user domains.
    """
    if reaches_everybody(actor):
        return User.objects.all()
    grants = _grants(actor, permission=permission)
    if not PeopleDomain.objects.exists():
        return members_below(_teams_of({promotion for promotion, _name in grants}))
    promotions: dict[int, set[int]] = defaultdict(set)  # user domain -> promotions that name it
    for promotion, name in grants:
        if name is not None:
            promotions[name].add(promotion)
    domains: dict[frozenset[int], list[int]] = defaultdict(list)  # mostly all promotions name the same
    for name, naming in promotions.items():
        domains[frozenset(naming)].append(name)
    reach = Q(pk__in=[])
    for named_by, names in domains.items():
        reach |= Q(pk__in=members_below(_teams_of(named_by)).values("pk"), domain_id__in=names)
    return User.objects.filter(reach)


def narrow_to_domain(people: QuerySet[User], *, domain_id: int) -> QuerySet[User]:
    """Return those of `people` who are in this user domain; `NO_DOMAIN`: those who are in none."""
    return people.filter(domain__isnull=True) if domain_id == NO_DOMAIN else people.filter(domain_id=domain_id)


def _teams_of(promotions: Collection[int]) -> list[int]:
    return list(Promotion.objects.filter(pk__in=promotions).values_list("team_id", flat=True))


def _listed() -> list[tuple[int, str, str]]:
    return list(PeopleDomain.objects.order_by("name", "pk").values_list("pk", "slug", "name"))


def _has_people_without() -> bool:
    return User.objects.filter(domain__isnull=True).exists()


def _nobody_s(*, has_others: bool) -> Domain:
    words = _("People without a user domain") if has_others else _("Everybody (no user domains are set up)")
    return Domain(NO_DOMAIN, NO_DOMAIN_CODE, words)


def _grants(actor: User, *, permission: Permission) -> set[tuple[int, int | None]]:
    """Return (promotion, domain it names) of the promotions whose team role has the permission; None: it names none."""
    if not actor.is_active or actor.role not in TEAM_ROLES:
        return set()
    found = Promotion.objects.filter(person_id=actor.pk).values_list("pk", "role", "domains__domain_id")
    allowed = {role: role_may(role, permission) for _pk, role, _domain in found}
    return {(pk, domain) for pk, role, domain in found if allowed[role]}
