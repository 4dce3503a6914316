"""Writing people."""

import datetime as dt

import time_machine

from lms.audit.models import AuditEvent
from lms.people.models import PeopleDomain, Promotion, PromotionDomain, Role, User
from lms.people.services import demote, promote, save_person, set_promotion_domains
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

EVENING = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)  # the first of July in London


def test_E19_who_comes_back_is_active_since_that_day_in_the_tenants_zone(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk), time_machine.travel(EVENING, tick=False):
        cast.bob.is_active = False
        save_person(cast.bob, actor=cast.alice, changed=["is_active"])
        away = User.objects.get(pk=cast.bob.pk).active_since
        cast.bob.is_active = True
        save_person(cast.bob, actor=cast.alice, changed=["is_active"])
        back = User.objects.get(pk=cast.bob.pk).active_since
    assert (away, back) == (None, dt.date(2026, 7, 1))


def test_who_was_never_away_has_no_such_day(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        save_person(cast.ben, actor=cast.alice, changed=["first_name"])
        new = User(tenant=cast.acme, username="nora")
        save_person(new, actor=cast.alice)
        assert set(User.objects.values_list("active_since", flat=True)) == {None}


def named(person: User) -> list[str]:
    found = PromotionDomain.objects.filter(promotion__person=person).order_by("domain__slug")
    return list(found.values_list("domain__slug", flat=True))


def test_S01_a_team_role_names_user_domains_and_the_history_keeps_them(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        support = PeopleDomain.objects.create(tenant=cast.acme, slug="support", name="Support")
        promote([cast.bob, cast.ben], team=cast.ward_b, role=Role.TEAM_LEADER, actor=cast.alice, domains=[support])
        assert named(cast.bob) == named(cast.ben) == ["support"]
        # promoted again, the role names these as well; set, exactly these
        promote([cast.bob], team=cast.ward_b, role=Role.TEAM_ADMIN, actor=cast.alice, domains=[cast.clinical])
        promote([cast.bob], team=cast.ward_b, role=Role.TEAM_ADMIN, actor=cast.alice)
        assert named(cast.bob) == ["clinical", "support"]
        promotion = Promotion.objects.get(person=cast.bob)
        set_promotion_domains(promotion, domains=[cast.clinical], actor=cast.alice)
        set_promotion_domains(promotion, domains=[cast.clinical], actor=cast.alice)
        assert (named(cast.bob), named(cast.ben)) == (["clinical"], ["support"])
        events = AuditEvent.objects.filter(action="people.promotion.domains_changed", person_id=cast.bob.pk)
        assert list(events.order_by("pk").values_list("subject_label", "details")) == [
            ("Ward B", {"before": [], "after": ["support"]}),
            ("Ward B", {"before": ["support"], "after": ["clinical", "support"]}),
            ("Ward B", {"before": ["clinical", "support"], "after": ["clinical"]}),
        ]
        demote(cast.bob, team=cast.ward_b, actor=cast.alice)
        assert (named(cast.bob), PromotionDomain.objects.count()) == ([], 1)
