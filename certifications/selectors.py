"""Which certifications an actor may use, and what they say.

Public: `usable_certifications`, `search_certifications`, `load_terms`, `read_terms`.
"""

from collections.abc import Collection
from typing import cast

from django.db.models import Q, QuerySet

from certifications.models import Certification, TeamCertification
from certifications.references import folded
from certifications.switches import kinds_on
from certifications.terms import CertificationTerms
from lms.core.periods import Period
from lms.notifications.selectors import switched_on
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import reaches_everybody, teams_above, teams_in_reach


def usable_certifications(actor: User, *, permission: Permission | None = None) -> QuerySet[Certification]:
    """Return the certifications the actor may target (T-01).

    Owners and administrators: every one. Team roles: those assigned to a team in reach or to an ancestor of one.
    """
    if reaches_everybody(actor):
        return Certification.objects.all()
    teams = teams_above(teams_in_reach(actor, permission=permission))
    assigned = TeamCertification.objects.filter(team_id__in=teams).values("certification_id")
    return Certification.objects.filter(pk__in=assigned) if teams else Certification.objects.none()


def search_certifications(certifications: QuerySet[Certification], query: str) -> QuerySet[Certification]:
    """Return those of `certifications` where every word of `query` is in the name, the short name or the ID number."""
    for word in query.split()[:5]:
        key = folded(word)
        certifications = certifications.filter(
            Q(short_name_key__contains=key) | Q(id_number_key__contains=key) | Q(name__icontains=word)
        )
    return certifications


def load_terms(certification_ids: Collection[int]) -> dict[int, CertificationTerms]:
    """Return what these certifications say about dates and messages. Two queries."""
    sends = switched_on()
    certifications = Certification.objects.filter(pk__in=sorted(certification_ids))
    return {found.pk: read_terms(found, sends=sends) for found in certifications}


def read_terms(certification: Certification, *, sends: frozenset[str] = frozenset()) -> CertificationTerms:
    """Return what one certification says, where the organisation sends the kinds `sends` (T-70, E-72)."""
    return CertificationTerms(
        certification_id=certification.pk,
        short_name=certification.short_name,
        id_number=certification.id_number,
        name=certification.name,
        is_active=certification.is_active,
        method=certification.method,
        active_period=cast("Period", certification.active_period),  # the columns are never empty
        recertification_window=cast("Period", certification.recertification_window),
        minimum_active_period=certification.minimum_active_period,
        expiring_days=certification.expiring_days,
        sends=kinds_on(sends, certification.message_switches),
    )
