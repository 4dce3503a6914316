"""The search of the top bar finds what one can see, and nothing else."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from lms.dashboard.searching import SHOWN
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast, add_person

SignIn = Callable[[User], Client]


def found(client: Client, query: str) -> tuple[list[str], list[str], list[int]]:
    result = client.get(reverse("search"), {"q": query}).context["found"]
    return (
        [person.username for person in result.people],
        [course.code for course in result.courses],
        [batch.number for batch in result.batches],
    )


def test_people_courses_and_imports_are_found(cast: Cast, client_for: SignIn) -> None:
    make_batch(cast, number=41, file_name="safety-2024.csv")
    client = client_for(cast.adam)

    assert found(client, "safe") == ([], ["OLD-9", "FIRE-2", "SAFE-1"], [41])
    assert found(client, "müll") == (["ben"], [], [])
    assert found(client, "41") == ([], [], [41])
    assert found(client, "9" * 30) == ([], [], [])


def test_L07_a_leader_finds_nobody_outside(cast: Cast, client_for: SignIn) -> None:
    make_batch(cast, number=41, file_name="safety-2024.csv")
    client = client_for(cast.lea)

    assert found(client, "carl") == found(client, "nobody") == ([], [], [])
    assert found(client, "safe") == ([], ["SAFE-1"], [])
    assert found(client, "bob") == (["bob"], [], [])


def test_S29_nothing_of_another_tenant_is_found(cast: Cast, client_for: SignIn) -> None:
    assert found(client_for(cast.adam), "zzb") == ([], [], [])
    assert found(client_for(cast.charlie), "zzb") == (["zoe", "charlie"], ["SAFE-1"], [])


def test_many_lead_to_the_list(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        for number in range(SHOWN + 1):
            add_person(cast.acme, f"mass{number}")

    page = client_for(cast.adam).get(reverse("search"), {"q": "mass"}).content.decode()

    assert f"{reverse('people_list')}?q=mass" in page
