"""The search of the top bar finds what one can see, and nothing else."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from lms.dashboard.searching import SHOWN
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import certification, give_team
from tests.lms.imports.batch_data import make_batch
from tests.offline_records.catalogue import add_activity, allow_leader
from tests.plugins.cast import Cast, add_person

SignIn = Callable[[User], Client]


def found(client: Client, query: str) -> tuple[list[str], list[str], list[int]]:
    result = client.get(reverse("search"), {"q": query}).context["found"]
    assert result.certifications == []
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


def test_certifications_are_found_by_name_short_name_and_id_number_in_ones_reach(
    cast: Cast, client_for: SignIn
) -> None:
    def names(person: User, query: str) -> list[str]:
        response = client_for(person).get(reverse("search"), {"q": query})
        return [found.short_name for found in response.context["found"].certifications]

    ils = certification(cast.acme, "ILS-PROV", name="Immediate Life Support Provider", id_number="RC-4711")
    certification(cast.acme, "NMP", name="Non-medical Prescriber")
    certification(cast.zebra, "ILS-ZZB", name="ZZB Life Support")
    give_team(cast.ward_a, ils)

    assert [names(cast.adam, query) for query in ("ils", "rc-47", "life provider")] == [["ILS-PROV"]] * 3
    assert names(cast.adam, "p") == ["ILS-PROV", "NMP"]
    assert [names(cast.lea, query) for query in ("life", "prescriber")] == [["ILS-PROV"], []]
    assert names(cast.charlie, "life") == ["ILS-ZZB"]
    page = client_for(cast.adam).get(reverse("search"), {"q": "ils"}).content.decode()
    assert reverse("certification", args=[ils.pk]) in page


def test_offline_activities_are_found_by_name_and_code_by_those_who_may_open_them(
    cast: Cast, client_for: SignIn
) -> None:
    def codes(person: User, query: str) -> list[str]:
        response = client_for(person).get(reverse("search"), {"q": query})
        return [found.code for found in response.context["found"].activities]

    first_aid = add_activity(cast.acme, "FAW-3", name="First Aid at Work")
    add_activity(cast.acme, "FAW-1", name="First Aid 2014", is_active=False)
    add_activity(cast.zebra, "FAW-9", name="ZZB First Aid")

    assert [codes(cast.adam, query) for query in ("faw", "aid first", "work")] == [
        ["FAW-1", "FAW-3"], ["FAW-1", "FAW-3"], ["FAW-3"],
    ]  # fmt: skip
    assert (codes(cast.lea, "faw"), codes(cast.charlie, "faw")) == ([], ["FAW-9"])
    allow_leader(cast.acme, cast.lea, cast.clinical)
    assert codes(cast.lea, "faw") == ["FAW-3"]
    page = client_for(cast.adam).get(reverse("search"), {"q": "faw"}).content.decode()
    assert reverse("offline_activity", args=[first_aid.pk]) in page


def test_S29_nothing_of_another_tenant_is_found(cast: Cast, client_for: SignIn) -> None:
    assert found(client_for(cast.adam), "zzb") == ([], [], [])
    assert found(client_for(cast.charlie), "zzb") == (["zoe", "charlie"], ["SAFE-1"], [])


def test_many_lead_to_the_list(cast: Cast, client_for: SignIn) -> None:
    with tenant_scope(cast.acme.pk):
        for number in range(SHOWN + 1):
            add_person(cast.acme, f"mass{number}")

    page = client_for(cast.adam).get(reverse("search"), {"q": "mass"}).content.decode()

    assert f"{reverse('people_list')}?q=mass" in page
