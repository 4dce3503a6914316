"""The help pages: everybody may read them, and their examples are those of the rules."""

from collections.abc import Callable
from datetime import date

from django.test import Client
from django.urls import reverse

from lms.dashboard.help import CERTIFICATIONS, COMPLIANCE, DUE
from lms.people.models import User
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def test_L81_G02_everybody_can_read_it_at_the_address_of_its_name(cast: Cast, client_for: SignIn) -> None:
    address = reverse("help_due_dates")
    people = (cast.alice, cast.adam, cast.lea, cast.bob)
    assert address == "/help/due-dates-and-compliance/"
    assert [client_for(person).get(address).status_code for person in people] == [200] * 4
    assert Client(headers={"host": cast.acme.host}).get(address).status_code == 302


def test_L81_its_examples_are_worked_out_by_the_rules(cast: Cast, client_for: SignIn) -> None:
    shown = [(*example.dates, example.over_from) for example in COMPLIANCE]
    assert shown == [
        (date(2026, 4, 1), date(2026, 3, 2), date(2026, 4, 2)),
        (date(2027, 1, 10), date(2026, 12, 11), date(2027, 1, 11)),
        (date(2027, 2, 28), None, date(2027, 3, 1)),
        (date(2029, 1, 10), None, date(2029, 1, 11)),
    ]
    assert (DUE.due_on, DUE.overdue_from) == (date(2026, 2, 4), date(2026, 2, 5))
    assert DUE.reminders == [date(2026, 1, 28), date(2026, 1, 30), date(2026, 2, 1), date(2026, 2, 3)]
    page = client_for(cast.bob).get(reverse("help_due_dates")).content.decode()
    missing = [
        day for day in ("2 March 2026", "1 April 2026", "28 February 2027", "4 February 2026") if day not in page
    ]
    assert missing == []


def test_L81_it_names_the_hour_of_the_organisation(cast: Cast, client_for: SignIn) -> None:
    type(cast.acme).objects.filter(pk=cast.acme.pk).update(reminder_hour=6)
    assert "Once a day at 06:00" in client_for(cast.bob).get(reverse("help_due_dates")).content.decode()


def test_T37_T81_G02_everybody_can_read_about_certifications(cast: Cast, client_for: SignIn) -> None:
    address = reverse("help_certifications")
    people = (cast.alice, cast.adam, cast.lea, cast.bob)
    assert address == "/help/certifications/"
    assert [client_for(person).get(address).status_code for person in people] == [200] * 4
    assert Client(headers={"host": cast.acme.host}).get(address).status_code == 302


def test_K1_K2_K3_R1_R2_R3_its_examples_are_those_of_the_rules(cast: Cast, client_for: SignIn) -> None:
    shown = [[dates.expires_on for _, dates in example.dates] for example in CERTIFICATIONS]
    assert shown == [
        [date(2013, 3, 23), date(2013, 6, 30), date(2012, 6, 30)],
        [date(2013, 7, 15), date(2013, 7, 15), date(2013, 6, 30)],
        [date(2013, 3, 23), date(2013, 3, 23), date(2013, 3, 23)],
        [date(2025, 3, 1), date(2024, 6, 30), date(2024, 6, 30)],
        [date(2025, 6, 15), date(2025, 6, 30), date(2025, 6, 30)],
        [date(2025, 8, 10), date(2025, 8, 10), date(2025, 6, 30)],
    ]
    page = client_for(cast.bob).get(reverse("help_certifications")).content.decode()
    days = ("23 March 2013", "30 June 2013", "30 May 2012", "10 August 2025")
    assert [day for day in days if day not in page] == []


def test_T45_its_table_of_decisions_is_the_one_of_the_rules(cast: Cast, client_for: SignIn) -> None:
    decisions = client_for(cast.bob).get(reverse("help_certifications")).context["decisions"]
    assert [(str(situation), len(deeds)) for situation, deeds in decisions] == [
        ("Not assigned", 4),
        ("Assigned, never certified", 4),
        ("Certified, window not open yet", 4),
        ("Certified, window open", 4),
        ("Expired", 4),
        ("Record with inconsistent dates", 4),
    ]
    assert [str(deed) for deed in decisions[2][1]] == [
        "to the history",
        "to the history",
        "certified by it; the current one goes to the history",
        "to the history",
    ]


def test_T37_the_pages_about_certifications_lead_to_their_help(cast: Cast, client_for: SignIn) -> None:
    client, address = client_for(cast.adam), reverse("help_certifications")
    pages = [reverse("imports:start", args=["certifications"]), reverse("certification_list")]
    pages.append(reverse("certification_attention"))
    assert [f'href="{address}"' in client.get(page, follow=True).content.decode() for page in pages] == [True] * 3


def test_S45_everybody_can_read_about_offline_records_and_their_last_valid_day(cast: Cast, client_for: SignIn) -> None:
    address = reverse("help_offline_records")
    page = client_for(cast.bob).get(address)
    assert address == "/help/offline-records/"
    assert [until for *_, until in page.context["examples"]] == [
        date(2028, 3, 10),
        date(2027, 2, 28),
        date(2027, 12, 31),
        None,
    ]
    assert "ask Maria Keller, training office." in page.content.decode()
    assert f'href="{address}"' in client_for(cast.adam).get(reverse("offline_upload")).content.decode()
