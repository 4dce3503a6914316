"""Writing people, teams and what team roles may do. Runs in the open tenant scope; commits nothing.

Who is in a team and which courses follow from that is `lms.courses.memberships`.
Public surface: `save_person`, `end_sessions`, `is_last_owner`, `save_team`, `promote`, `set_promotion_domains`, `demote`,
`save_permissions`, `save_domain`.
"""

from collections.abc import Collection, Mapping

from lms.audit.services import record_event
from lms.people.models import PeopleDomain, Promotion, PromotionDomain, Role, RolePermission, Session, Team, User
from lms.people.permissions import DEFAULTS, Permission
from lms.tenancy.clock import today


def is_last_owner(person: User) -> bool:
    """Return whether nobody else is an active Account Owner: such a person stays one, or nobody could change settings."""
    owners = User.objects.filter(role=Role.OWNER, is_active=True)
    return owners.filter(pk=person.pk).exists() and not owners.exclude(pk=person.pk).exists()


def save_person(person: User, *, actor: User | None, changed: Collection[str] = ()) -> None:
    """Create or change a person; deactivating somebody ends their sessions at once (S32).

    Who comes back is told nothing about the time away: their `active_since` is today (E-19).
    `changed` names the fields that differ; the audit history keeps the names of fields, not what stood in them.
    """
    is_new = person.pk is None
    if is_new and not person.password:
        person.set_unusable_password()
    if person.is_active and User.objects.filter(pk=person.pk, is_active=False).exists():
        person.active_since = today(person.tenant)
    person.save()
    if not person.is_active:
        end_sessions(person)
    record_event(
        "people.person.created" if is_new else "people.person.changed",
        actor=actor,
        subject_kind="person",
        subject_id=person.pk,
        subject_label=person.full_name,
        person_id=person.pk,
        details={"fields": sorted(changed), "role": person.role, "active": person.is_active},
    )


def end_sessions(person: User) -> int:
    """End all sessions of a person; return their number."""
    return Session.objects.filter(user_id=person.pk).delete()[0]


def save_team(team: Team, *, actor: User) -> None:
    """Create or change a team. Moving one changes which courses its people take: the caller expands them."""
    is_new = team.pk is None
    team.save()
    record_event(
        "people.team.created" if is_new else "people.team.changed",
        actor=actor,
        subject_kind="team",
        subject_id=team.pk,
        subject_label=team.name,
        details={"parent": team.parent_id, "active": team.is_active},
    )


def promote(
    people: Collection[User], *, team: Team, role: Role, actor: User, domains: Collection[PeopleDomain] = ()
) -> list[User]:
    """Make people leaders or administrators of a team (on screen: team role); return those who had to get the role.

    A learner's profile role becomes the team role too: a team role means nothing to somebody whose profile says
    Learner. Higher profile roles stay. The role names the user domains given here beside those it names already (S-01).
    """
    raised = []
    for person in people:
        promotion, _is_new = Promotion.objects.update_or_create(
            tenant_id=team.tenant_id, team=team, person=person, defaults={"role": role}
        )
        if person.role == Role.LEARNER:
            person.role = role
            person.save(update_fields=["role"])
            raised.append(person)
        record_event(
            "people.person.promoted",
            actor=actor,
            subject_kind="team",
            subject_id=team.pk,
            subject_label=team.name,
            person_id=person.pk,
            details={"team_role": role.value},
        )
        if domains:
            set_promotion_domains(promotion, domains={*_named_by(promotion), *domains}, actor=actor)
    return raised


def set_promotion_domains(promotion: Promotion, *, domains: Collection[PeopleDomain], actor: User) -> None:
    """Let a team role name exactly these user domains: for them its holder may upload offline records (S-01, S-08)."""
    before, after = set(_named_by(promotion)), set(domains)
    if before == after:
        return
    PromotionDomain.objects.filter(promotion=promotion, domain__in=before - after).delete()
    PromotionDomain.objects.bulk_create(
        PromotionDomain(tenant_id=promotion.tenant_id, promotion=promotion, domain=domain) for domain in after - before
    )
    record_event(
        "people.promotion.domains_changed",
        actor=actor,
        subject_kind="team",
        subject_id=promotion.team_id,
        subject_label=promotion.team.name,
        person_id=promotion.person_id,
        details={
            "before": sorted(domain.slug for domain in before),
            "after": sorted(domain.slug for domain in after),
        },
    )


def _named_by(promotion: Promotion) -> list[PeopleDomain]:
    return [row.domain for row in PromotionDomain.objects.filter(promotion=promotion).select_related("domain")]


def demote(person: User, *, team: Team, actor: User) -> None:
    """Take a person's role in one team away; the profile role and other teams stay. Acts at the next request (S27)."""
    removed, _ = Promotion.objects.filter(team=team, person=person).delete()
    if removed:
        record_event(
            "people.person.demoted",
            actor=actor,
            subject_kind="team",
            subject_id=team.pk,
            subject_label=team.name,
            person_id=person.pk,
        )


def save_permissions(answers: Mapping[tuple[Role, Permission], bool], *, actor: User) -> int:
    """Store what team roles may do; only answers that differ from the shipped table are kept. Return how many changed."""
    before = {
        (row.role, row.permission): row for row in RolePermission.objects.filter(role__in={role for role, _ in answers})
    }
    changed = 0
    for (role, permission), allowed in answers.items():
        shipped = permission in DEFAULTS[role]
        row = before.get((role, permission))
        if (row.allowed if row else shipped) == allowed:
            continue
        changed += 1
        if allowed == shipped:
            RolePermission.objects.filter(role=role, permission=permission).delete()
        else:
            RolePermission.objects.update_or_create(
                tenant_id=actor.tenant_id, role=role, permission=permission, defaults={"allowed": allowed}
            )
        record_event(
            "people.permission.changed",
            actor=actor,
            subject_kind="role",
            subject_label=role.value,
            details={"permission": permission.value, "allowed": allowed},
        )
    return changed


def save_domain(domain: PeopleDomain, *, actor: User) -> None:
    """Create or rename a user domain."""
    is_new = domain.pk is None
    domain.save()
    record_event(
        "people.domain.created" if is_new else "people.domain.changed",
        actor=actor,
        subject_kind="domain",
        subject_id=domain.pk,
        subject_label=domain.name,
    )
