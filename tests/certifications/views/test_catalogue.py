"""The catalogue of certifications on screen: list, files, overview, settings; each refusal beside what is allowed."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
from django.test import Client
from django.urls import reverse

from certifications.models import Certification, CertificationAssignment
from lms.audit.models import AuditEvent
from lms.core.periods import Period
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue_data import assign, certification, certify, give_team
from tests.certifications.test_forms import answers
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def listed(client: Client, query: str = "") -> list[str]:
    response = client.get(reverse("certification_list") + query)
    return [found.short_name for found in response.context["page_obj"]]


def prepare(cast: Cast) -> dict[str, Certification]:
    """ILS of Ward A, NMP by the expiry date, AML fixed, OLD archived; ZZB's own ILS."""
    made = {
        "ILS": certification(cast.acme, id_number="CERT-101", name="Immediate Life Support"),
        "NMP": certification(cast.acme, "NMP", method="expiry_date", name="Non-medical Prescriber"),
        "AML": certification(
            cast.acme,
            "AML-ATT",
            method="fixed_date",
            name="Attestation",
            minimum_active_period=Period.parse("6 months"),
        ),
        "OLD": certification(cast.acme, "OLD", name="Life Support 2010", is_active=False),
        "ZZB": certification(cast.zebra, name="ZZB Life Support"),
    }
    give_team(cast.ward_a, made["ILS"])
    return made


def test_L11_a_leader_sees_the_certifications_of_the_teams_others_see_all(cast: Cast, client_for: SignIn) -> None:
    prepare(cast)
    assert listed(client_for(cast.adam)) == ["AML-ATT", "ILS", "NMP"]
    assert listed(client_for(cast.lea)) == ["ILS"]
    assert listed(client_for(cast.charlie)) == ["ILS"]
    assert client_for(cast.bob).get(reverse("certification_list")).status_code == 403
    assert reverse("certification_new") in words(client_for(cast.adam).get(reverse("certification_list")))
    assert reverse("certification_new") not in words(client_for(cast.lea).get(reverse("certification_list")))


def test_certifications_are_found_by_reference_name_state_and_method(cast: Cast, client_for: SignIn) -> None:
    prepare(cast)
    client = client_for(cast.adam)
    assert listed(client, "?q=cert-10") == ["ILS"]
    assert listed(client, "?q=life") == ["ILS"]
    assert listed(client, "?q=life&active=all") == ["ILS", "OLD"]
    assert listed(client, "?active=no") == ["OLD"]
    assert listed(client, "?method=expiry_date") == ["NMP"]
    assert listed(client, "?q=life+ils") == ["ILS"]
    assert listed(client, "?q=nothing") == []
    assert listed(client, "?active=bogus&method=bogus") == ["AML-ATT", "ILS", "NMP"]


def test_T73_the_list_is_a_file_with_both_references(cast: Cast, client_for: SignIn) -> None:
    prepare(cast)
    client = client_for(cast.adam)
    address = reverse("certification_export", args=["csv"])
    text = client.get(f"{address}?active=all").getvalue().decode("utf-8-sig")
    head = [
        "Short name",
        "ID number",
        "Name",
        "Recertification method",
        "Active period",
        "Recertification window",
        "Minimum active period",
        "Active",
    ]
    by_completion, by_fixed = "Use certification completion date", "Use fixed expiry date"
    expected = [
        head,
        ["AML-ATT", "", "Attestation", by_fixed, "12 months", "1 month", "6 months", "yes"],
        ["ILS", "CERT-101", "Immediate Life Support", by_completion, "12 months", "1 month", "", "yes"],
        ["OLD", "", "Life Support 2010", by_completion, "12 months", "1 month", "", "no"],
        ["NMP", "", "Non-medical Prescriber", "Use certification expiry date", "12 months", "1 month", "", "yes"],
    ]
    assert list(csv.reader(io.StringIO(text, newline=""))) == expected
    file = client.get(reverse("certification_export", args=["xlsx"]) + "?active=all").getvalue()
    sheet = openpyxl.load_workbook(io.BytesIO(file)).active
    assert sheet is not None
    assert [[value or "" for value in row] for row in sheet.iter_rows(values_only=True)] == expected
    assert client.get(reverse("certification_export", args=["pdf"])).status_code == 404
    leaders = client_for(cast.lea).get(address).getvalue().decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(leaders, newline=""))] == ["Short name", "ILS"]


def test_T73_the_overview_shows_both_references_to_copy(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)
    page = words(client_for(cast.lea).get(reverse("certification", args=[made["ILS"].pk])))
    assert re.findall(r"<code data-copy-source>([^<]*)</code>", page) == ["ILS", "CERT-101"]


def test_the_overview_works_out_dates_by_the_own_method(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)
    year = today(cast.acme).year
    response = client_for(cast.adam).get(reverse("certification", args=[made["NMP"].pk]))
    assert [example.method for example in response.context["examples"]] == [
        "expiry_date",
        "completion_date",
        "fixed_date",
    ]
    page = words(response)
    assert f"First completed on 1 January {year}, due on 31 March {year}" in page
    assert f"31 March {year + 1}" in page


def test_the_overview_counts_active_people_in_reach_by_state(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)
    for person in (cast.bob, cast.carl, cast.adam):
        assign(person, made["ILS"])
    certify(cast.bob, made["ILS"], today(cast.acme).isoformat())

    def numbers(person: User) -> list[int]:
        response = client_for(person).get(reverse("certification", args=[made["ILS"].pk]))
        return [bar.value for bar in response.context["bars"]]

    assert numbers(cast.adam) == [1, 0, 2, 0]
    assert numbers(cast.lea) == [1, 0, 0, 0]


def test_S25_a_leader_sees_the_teams_in_reach_alone(cast: Cast, client_for: SignIn) -> None:
    found = prepare(cast)["ILS"]
    give_team(cast.ward_b, found)

    def teams(person: User) -> list[str]:
        response = client_for(person).get(reverse("certification", args=[found.pk]))
        return [held.team.name for held in response.context["teams"]]

    assert (teams(cast.adam), teams(cast.lea)) == (["Ward A", "Ward B"], ["Ward A"])


def test_S25_another_tenants_and_what_is_out_of_reach_is_not_there(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)
    for name in ("certification", "certification_people"):
        foreign, unusable = reverse(name, args=[made["ZZB"].pk]), reverse(name, args=[made["NMP"].pk])
        assert client_for(cast.adam).get(foreign).status_code == 404
        assert client_for(cast.charlie).get(foreign).status_code == 200
        assert client_for(cast.lea).get(unusable).status_code == 404
        assert client_for(cast.adam).get(unusable).status_code == 200
    for name in ("certification_edit", "certification_assign"):
        assert client_for(cast.adam).get(reverse(name, args=[made["ZZB"].pk])).status_code == 404
        assert client_for(cast.adam).get(reverse(name, args=[made["ILS"].pk])).status_code == 200
        assert client_for(cast.lea).get(reverse(name, args=[made["ILS"].pk])).status_code == 403


def test_a_certification_is_added(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    assert client.get(reverse("certification_new")).status_code == 200
    response = client.post(reverse("certification_new"), answers(id_number="C-1"))
    with tenant_scope(cast.acme.pk):
        made = Certification.objects.get()
        assert (made.short_name, made.id_number, made.active_period) == ("ILS", "C-1", Period.parse("12 months"))
        assert AuditEvent.objects.get().action == "certifications.certification.created"
    assert response.headers["Location"] == reverse("certification", args=[made.pk])


def test_what_does_not_go_together_stays_in_the_form(cast: Cast, client_for: SignIn) -> None:
    response = client_for(cast.adam).post(reverse("certification_new"), answers(recertification_window="2 years"))
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "recertification_window": ["It must not be longer than the active period, from any day."]
    }
    assert 'name="recertification_window_0" value="2"' in words(response)
    with tenant_scope(cast.acme.pk):
        assert Certification.objects.count() == 0


def test_settings_say_that_they_hold_from_now_on_and_are_changed(cast: Cast, client_for: SignIn) -> None:
    found = prepare(cast)["ILS"]
    client, address = client_for(cast.adam), reverse("certification_edit", args=[found.pk])
    page = words(client.get(address))
    assert "Changes hold for records from now on; existing records keep their dates." in page
    refused = client.post(address, answers(name="", short_name="NMP"))
    assert (refused.status_code, sorted(refused.context["form"].errors)) == (422, ["name", "short_name"])
    assert "Settings of Immediate Life Support" in words(refused)

    assert client.post(address, answers(method="expiry_date", active_period="24 months")).status_code == 302
    with tenant_scope(cast.acme.pk):
        found.refresh_from_db()
        assert (found.method, found.active_period, found.id_number) == ("expiry_date", Period.parse("24 months"), "")
    assert client_for(cast.lea).post(address, answers()).status_code == 403


def test_the_example_beside_the_form_follows_what_stands_there(cast: Cast, client_for: SignIn) -> None:
    client, year = client_for(cast.adam), today(cast.acme).year
    page = words(client.get(reverse("certification_example"), answers(short_name="", active_period="3 years")))
    assert f"expires on 1 January {year + 3}" in page
    wrong = words(client.get(reverse("certification_example"), answers(active_period="")))
    assert wrong == '<p class="muted">The example appears again when the settings fit together.</p>'
    with tenant_scope(cast.acme.pk):
        assert Certification.objects.count() == 0


def test_T80_a_certification_is_archived_and_brought_back_by_administrators(cast: Cast, client_for: SignIn) -> None:
    found = prepare(cast)["ILS"]
    archive, overview = (reverse(name, args=[found.pk]) for name in ("certification_archive", "certification"))
    assert client_for(cast.lea).post(archive, {"archived": "1"}).status_code == 403
    assert client_for(cast.lea).get(overview).status_code == 200

    client = client_for(cast.adam)
    assert client.post(archive, {"archived": "1"}).headers["Location"] == overview
    assert "takes records as history only" in words(client.get(overview))
    assert client.get(reverse("certification_assign", args=[found.pk])).status_code == 404
    assert reverse("certification_assign", args=[found.pk]) not in words(
        client.get(reverse("certification_people", args=[found.pk]))
    )
    client.post(archive, {"archived": "0"})
    with tenant_scope(cast.acme.pk):
        found.refresh_from_db()
        assert found.is_active
        assert CertificationAssignment.objects.count() == 2


def test_tabs_lead_to_what_the_person_may_do(cast: Cast, client_for: SignIn) -> None:
    found = prepare(cast)["ILS"]

    def tabs(person: User) -> list[str]:
        response = client_for(person).get(reverse("certification", args=[found.pk]))
        return [str(tab.label) for tab in response.context["tabs"]]

    assert tabs(cast.lea) == ["Overview", "People"]
    assert tabs(cast.adam) == ["Overview", "People", "Settings", "Messages"]


def test_the_list_takes_the_same_queries_for_many(
    cast: Cast, client_for: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        certification(cast.acme, f"C-{number}")
    client = client_for(cast.adam)
    with django_assert_max_num_queries(14):
        assert len(listed(client)) == 20
