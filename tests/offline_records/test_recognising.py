"""What a file says about itself: it fills in what nobody has chosen, and refuses what contradicts the choice."""

import datetime as dt
from typing import Any

import pytest

from lms.imports.importer import Recognition, get_importer
from lms.imports.problems import describe_problem
from lms.imports.readers.facts import Sniffed
from lms.people.models import PeopleDomain, User
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineActivity
from tests.offline_records.catalogue import KIND, add_activity, add_field, allow_leader, choose
from tests.plugins.cast import Cast

TODAY = dt.date(2026, 11, 14)
NOTHING: dict[str, Any] = {"activity": None, "domain": None, "identifier": ""}


@pytest.fixture
def lift(cast: Cast) -> OfflineActivity:
    return add_activity(cast.acme, "LIFT", name="Lifting", fields={"score": "optional"})


@pytest.fixture
def office(cast: Cast) -> PeopleDomain:
    with tenant_scope(cast.acme.pk):
        return PeopleDomain.objects.create(tenant=cast.acme, slug="office", name="Office")


def sign(actor: User, options: dict[str, Any]) -> str:
    with tenant_scope(actor.tenant_id):
        return get_importer(KIND).fit(options).sign_template(today=TODAY)


def recognise(actor: User, options: dict[str, Any], **seen: Any) -> Recognition:
    with tenant_scope(actor.tenant_id):
        importer = get_importer(KIND).fit(options)
        return importer.recognise(Sniffed(format="xlsx", **seen), options=options, actor=actor)


def said(found: Recognition) -> list[str]:
    return [describe_problem(problem["code"], problem["params"]) for problem in found.problems]


def test_S11_S36_a_signed_template_says_what_it_is_for(cast: Cast, lift: OfflineActivity, office: PeopleDomain) -> None:
    chosen = choose(lift, office, identifier="email")
    signature = sign(cast.adam, chosen)
    assert signature.startswith("rollbook-template:")
    assert sign(cast.adam, NOTHING) == "", "as long as nothing is chosen there is nothing to sign"
    for options in (NOTHING, chosen, chosen | {"domain": None}):
        found = recognise(cast.adam, options, signature=signature)
        assert (found.is_own, found.options, found.problems) == (True, chosen, [])
    assert recognise(cast.charlie, NOTHING, signature=signature) == Recognition(), "a template of another organisation"


def test_S26_F009_a_template_of_another_choice_is_refused_with_both_names(
    cast: Cast, lift: OfflineActivity, office: PeopleDomain
) -> None:
    fire = add_activity(cast.acme, "FIRE", name="Fire drill")
    signature = sign(cast.adam, choose(lift, office))
    for chosen, sentence in (
        (choose(fire, office), "Template is for LIFT Lifting; you chose FIRE Fire drill."),
        (choose(lift, cast.clinical), "Template is for Office; you chose Clinical."),
        (choose(lift), "Template is for Office; you chose (none)."),
        (choose(lift, office, identifier="email"), "Template is for username; you chose email."),
        (choose(fire, cast.clinical), "Template is for LIFT Lifting, Office; you chose FIRE Fire drill, Clinical."),
    ):
        found = recognise(cast.adam, chosen, signature=signature)
        assert said(found) == [f"{sentence} Download the template again."]
        assert found.problems[0]["params"]["named"] == {
            "activity": "LIFT",
            "domain": "office",
            "identifier": "username",
        }


def test_S09_S26_nothing_is_named_that_is_not_the_actors_to_choose(
    cast: Cast, lift: OfflineActivity, office: PeopleDomain
) -> None:
    secret = add_activity(cast.acme, "SECRET", domains=(office,))
    allow_leader(cast.acme, cast.lea, cast.clinical)
    signature = sign(cast.adam, choose(secret, office))
    fresh = recognise(cast.lea, NOTHING, signature=signature)
    assert (fresh.is_own, dict(fresh.options), fresh.problems) == (True, {}, [])
    crossed = recognise(cast.lea, choose(lift, cast.clinical), signature=signature)
    assert said(crossed) == [
        (
            "Template is for another offline activity, another user domain; you chose LIFT Lifting, Clinical."
            " Download the template again."
        )
    ]
    assert crossed.problems[0]["params"]["named"] == {"identifier": "username"}


def test_S43_F014_a_template_older_than_the_fields_is_refused_with_what_changed(
    cast: Cast, lift: OfflineActivity
) -> None:
    chosen = choose(lift, cast.clinical)
    signature = sign(cast.adam, chosen)
    add_field(lift, "Room", is_required=True)
    found = recognise(cast.adam, NOTHING, signature=signature)
    assert found.options == chosen
    assert said(found) == [
        (
            "This template is of 14 November 2026. Since then Lifting has changed: Room is new and required. "
            "Download the new template."
        )
    ]


def test_S14_S26_S36_without_a_signature_columns_and_codes_say_it(
    cast: Cast, lift: OfflineActivity, office: PeopleDomain
) -> None:
    fire = add_activity(cast.acme, "FIRE")
    headers = ["email", "activity", "domain", "completed_on", "score"]
    rows: list[Any] = [
        (2, ["sample: jane", "FIRE", "clinical", "2024-05-01", None]),
        (3, ["bob@acme.example", "lift", " Office ", "2024-05-01", None]),
        (4, ["ben@acme.example", None, "office", "2024-05-01", None]),
    ]
    chosen = choose(lift, office, identifier="email")
    found = recognise(cast.adam, NOTHING, headers=headers, sample_rows=rows)
    assert (found.is_own, found.options, found.problems) == (True, chosen, [])
    crossed = recognise(cast.adam, choose(fire, office), headers=headers, sample_rows=rows)
    assert said(crossed) == [
        "Template is for LIFT Lifting, email; you chose FIRE FIRE course, username. Download the template again."
    ]
    # One edited cell is an error of its row, not of the file.
    edited = [*rows, (5, ["carl@acme.example", "FIRE", "office", "2024-05-01", None])]
    assert recognise(cast.adam, chosen, headers=headers, sample_rows=edited).problems == []
    # A file of somebody's own making is no template: its columns are mapped.
    assert recognise(cast.adam, chosen, headers=["username", "completed_on"], sample_rows=[]) == Recognition()
