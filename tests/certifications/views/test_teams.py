"""What a team holds, on its page: seen by its leader, changed by administrators (T-70)."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from certifications.models import TeamCertification
from lms.audit.models import AuditEvent
from lms.notifications.models import OutboxMessage
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import assignments, certification, give_team, record
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def actions(cast: Cast) -> list[str]:
    with tenant_scope(cast.acme.pk):
        return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_a_team_gets_certifications_after_the_numbers_were_shown_and_gives_them_back(
    cast: Cast, client_for: SignIn
) -> None:
    found = certification(cast.acme)
    old, foreign = certification(cast.acme, "OLD", is_active=False), certification(cast.zebra)
    client, choose = client_for(cast.adam), reverse("team_add_certifications", args=[cast.ward_a.pk])
    assert client.get(choose).context["certifications"] == [found]
    for wrong in ({}, {"certifications": [foreign.pk]}, {"certifications": [old.pk]}):
        assert client.post(choose, wrong).status_code == 422, wrong
    asked = client.post(choose, {"certifications": [found.pk]})
    assert "2 people get something new." in words(asked)
    assert "No messages would be sent." in words(asked)
    assert assignments(cast.acme) == []
    done = client.post(choose, {"certifications": [found.pk], "step": "assign"})
    assert done.headers["Location"] == reverse("team", args=[cast.ward_a.pk])
    day = today(cast.acme)
    assert assignments(cast.acme) == [("ben", "ILS", day, "team"), ("bob", "ILS", day, "team")]
    assert client.get(choose).context["certifications"] == []

    record(cast.ben, found, "2026-02-01")
    remove = reverse("team_remove_certification", args=[cast.ward_a.pk, found.pk])
    assert client_for(cast.lea).post(remove).status_code == 403
    assert client_for(cast.charlie).post(remove).status_code == 404
    assert "People with a record keep it." in words(client.post(remove, follow=True))
    assert assignments(cast.acme) == [("ben", "ILS", day, "team")]
    assert actions(cast) == ["certifications.team.assigned", "certifications.team.withdrawn"]


def test_E60_the_messages_of_a_team_are_counted_and_asked_about(cast: Cast, client_for: SignIn) -> None:
    found = certification(cast.acme, message_switches={"certification_assigned": True})
    client, choose = client_for(cast.adam), reverse("team_add_certifications", args=[cast.ward_a.pk])
    page = client.post(choose, {"certifications": [found.pk]})
    assert [count.messages for count in page.context["preview"].messages] == [2]
    assert client.post(choose, {"certifications": [found.pk], "step": "assign"}).status_code == 422
    assert assignments(cast.acme) == []
    client.post(choose, {"certifications": [found.pk], "step": "assign", "messages": "send"})
    with tenant_scope(cast.acme.pk):
        assert OutboxMessage.objects.count() == 2
        assert TeamCertification.objects.count() == 1


def test_the_page_of_a_team_lists_what_it_holds_and_from_where(cast: Cast, client_for: SignIn) -> None:
    found = certification(cast.acme)
    give_team(cast.ward_a, found)
    nights, ward = (reverse("team", args=[team.pk]) for team in (cast.nights, cast.ward_a))
    remove = reverse("team_remove_certification", args=[cast.ward_a.pk, found.pk])
    overview = reverse("certification", args=[found.pk])
    to_leader, to_administrator = (words(client_for(person).get(ward)) for person in (cast.lea, cast.adam))
    assert (overview in to_leader, remove in to_leader) == (True, False)
    assert (overview in to_administrator, remove in to_administrator) == (True, True)
    assert reverse("team_add_certifications", args=[cast.ward_a.pk]) not in to_leader
    below = words(client_for(cast.adam).get(nights))
    assert (overview in below, "from Ward A" in below, remove in below) == (True, True, False)


def test_S25_only_teams_in_reach_get_any(cast: Cast, client_for: SignIn) -> None:
    own, foreign = (reverse("team_add_certifications", args=[team.pk]) for team in (cast.ward_a, cast.herd))
    assert client_for(cast.adam).get(own).status_code == 200
    assert client_for(cast.adam).get(foreign).status_code == 404
    assert client_for(cast.charlie).get(foreign).status_code == 200
    assert client_for(cast.lea).get(own).status_code == 403
