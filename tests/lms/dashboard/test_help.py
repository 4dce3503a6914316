"""The help page "Due dates and compliance": everybody may read it, and its examples are those of the rules."""

from collections.abc import Callable
from datetime import date

from django.test import Client
from django.urls import reverse

from lms.dashboard.help import COMPLIANCE, DUE
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
