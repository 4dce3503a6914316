"""The catalogue of offline activities on screen; each refusal beside what is allowed."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from lms.core.periods import Period
from lms.people.models import Promotion, PromotionDomain, User
from lms.tenancy.scope import tenant_scope
from offline_records.models import ActivityDomain, Category, CustomField, OfflineActivity
from tests.offline_records.catalogue import add_activity, add_category, add_record, allow_leader
from tests.plugins.cast import Cast

SignIn = Callable[[User], Client]
LIST = reverse("offline_activity_list")
NEW = reverse("offline_activity_new")


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def listed(client: Client, query: str = "") -> list[str]:
    return [activity.code for activity in client.get(LIST + query).context["page_obj"]]


def answers(within: Category | None = None, **changed: str | list[str]) -> dict[str, str | list[str]]:
    """What a browser sends for First aid: a result is required, nothing else."""
    values: dict[str, str | list[str]] = {
        "name": "First aid",
        "code": "FA-1",
        "category": str(within.pk) if within else "",
        "expiring_days": "30",
        "validity_0": "2",
        "validity_1": "years",
        "need_result": "required",
        "opening": "all",
        "custom-TOTAL_FORMS": "0",
        "custom-INITIAL_FORMS": "0",
    }
    return values | changed


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def prepare(cast: Cast) -> dict[str, OfflineActivity]:
    safety = add_category(cast.acme, "Safety")
    fire = add_category(cast.acme, "Fire", parent=safety)
    return {
        "AID": add_activity(cast.acme, "AID", category=safety, name="First aid", provider="Red Cross"),
        "DRILL": add_activity(cast.acme, "DRILL", category=fire, name="Extinguisher drill", domains=(cast.clinical,)),
        "CONF": add_activity(cast.acme, "CONF", category=add_category(cast.acme, "Care"), name="Conference"),
        "OLD": add_activity(cast.acme, "OLD", category=safety, name="Ladders 2010", is_active=False),
        "ZZB": add_activity(cast.zebra, "ZZB", name="ZZB Rodeo"),
    }


def test_S05_S06_activities_are_found_by_words_category_and_state(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)
    client = client_for(cast.adam)
    assert listed(client) == ["CONF", "DRILL", "AID"]
    assert listed(client, "?q=red+aid") == ["AID"]
    assert listed(client, "?q=red+drill") == []
    assert listed(client, "?q=dri") == ["DRILL"]
    # a category with what is below it, and below alone
    assert listed(client, f"?category={made['AID'].category_id}") == ["DRILL", "AID"]
    assert listed(client, f"?category={made['DRILL'].category_id}") == ["DRILL"]
    assert listed(client, "?active=no") == ["OLD"]
    assert listed(client, "?active=all&q=l") == ["DRILL", "OLD"]
    assert listed(client, f"?category={made['ZZB'].category_id}&active=bogus") == ["CONF", "DRILL", "AID"]
    page = words(client.get(LIST))
    assert "Management Console" in page
    assert "Safety \u203a Fire" in page
    assert listed(client_for(cast.charlie)) == ["ZZB"]


def test_S01_S19_a_team_role_sees_the_activities_it_may_use(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)
    assert client_for(cast.lea).get(LIST).status_code == 403
    allow_leader(cast.acme, cast.lea)
    leader = client_for(cast.lea)
    assert listed(leader) == []
    assert "Or ask Maria Keller, training office" in words(leader.get(LIST))
    with tenant_scope(cast.acme.pk):
        promotion = Promotion.objects.get(person=cast.lea)
        PromotionDomain.objects.create(tenant=cast.acme, promotion=promotion, domain=cast.clinical)
    assert listed(leader) == ["CONF", "DRILL", "AID"]
    assert listed(leader, "?active=all") == ["CONF", "DRILL", "AID"]

    def answer(name: str, found: str) -> int:
        return leader.get(reverse(name, args=[made[found].pk])).status_code

    assert [answer("offline_activity", code) for code in ("DRILL", "OLD", "ZZB")] == [200, 404, 404]
    assert [answer("offline_activity_edit", code) for code in ("DRILL", "ZZB")] == [403, 403]
    assert leader.get(reverse("offline_category_list")).status_code == 403
    with tenant_scope(cast.acme.pk):
        ActivityDomain.objects.all().delete()
    assert answer("offline_activity", "DRILL") == 404


def test_S42_an_empty_search_offers_to_create_or_names_who_may(cast: Cast, client_for: SignIn) -> None:
    prepare(cast)
    allow_leader(cast.acme, cast.lea, cast.clinical)
    admins = words(client_for(cast.adam).get(f"{LIST}?q=Yoga+%26+more"))
    assert f'href="{NEW}?name=Yoga%20%26%20more"' in admins
    assert "Create an offline activity" in admins
    leaders = words(client_for(cast.lea).get(f"{LIST}?q=yoga"))
    assert "Create an offline activity" not in leaders
    assert "These people can create it: Adam Admin, Alice Owner." in leaders
    form = client_for(cast.adam).get(f"{NEW}?name=Yoga+%26+more").context["form"]
    assert form["name"].value() == "Yoga & more"


def test_a_category_comes_first(cast: Cast, client_for: SignIn) -> None:
    client = client_for(cast.adam)
    for address in (LIST, NEW):
        assert reverse("offline_category_new") in words(client.get(address))
    assert 'name="code"' not in words(client.get(NEW))


def test_S18_S31_S45_an_activity_is_created_and_changed(cast: Cast, client_for: SignIn) -> None:
    category = add_category(cast.acme, "Safety")
    client = client_for(cast.adam)
    fields = {
        "need_expires_on": "optional",
        "custom-TOTAL_FORMS": "2",
        "custom-0-label": "Shift",
        "custom-0-kind": "choice",
        "custom-0-choices": "Early\nLate",
        "custom-1-kind": "text",
    }
    response = client.post(NEW, answers(category, **fields))
    with tenant_scope(cast.acme.pk):
        made = OfflineActivity.objects.get()
        field = CustomField.objects.get()
        assert (made.code, made.validity, made.fields) == (
            "FA-1",
            Period.parse("2 years"),
            {"result": "required", "expires_on": "optional"},
        )
        assert (field.label, field.kind, field.choices) == ("Shift", "choice", ["Early", "Late"])
    assert response.headers["Location"] == reverse("offline_activity", args=[made.pk])
    settings = reverse("offline_activity_edit", args=[made.pk])
    page = words(client.get(settings))
    assert "templates that were downloaded before are refused" in page  # F014, before it happens
    assert "existing records keep what they have" in page

    some: dict[str, str | list[str]] = {"opening": "some", "domains": [str(cast.clinical.pk)], "validity_0": ""}
    gone: dict[str, str | list[str]] = {
        "custom-TOTAL_FORMS": "1",
        "custom-INITIAL_FORMS": "1",
        "custom-0-id": str(field.pk),
        "custom-0-label": "Shift",
        "custom-0-kind": "choice",
        "custom-0-DELETE": "on",
    }
    assert client.post(settings, answers(category, **some, **gone)).status_code == 302
    with tenant_scope(cast.acme.pk):
        made.refresh_from_db()
        assert (made.validity, made.is_open_to_all, made.fields) == (None, False, {"result": "required"})
        assert list(ActivityDomain.objects.values_list("domain_id", flat=True)) == [cast.clinical.pk]
        assert CustomField.objects.get().is_active is False


def test_S18_S19_settings_that_do_not_go_together_stay_in_the_form(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)
    category = add_category(cast.acme, "Other")
    old = add_category(cast.acme, "Old", is_active=False)
    client = client_for(cast.adam)

    def wrong(**changed: str | list[str]) -> dict[str, list[str]]:
        return errors(client.post(NEW, answers(category, **changed)))

    assert wrong(code="aid") == {"code": ["“First aid” already has it; upper and lower case are the same."]}
    assert wrong(code=" \u200b ") == {"code": ["This field is required."]}
    assert wrong(score_minimum="50", score_maximum="40") == {
        "score_maximum": ["It must not be below the lowest score."]
    }
    assert wrong(score_maximum="-1") == {"score_maximum": ["It must not be below the lowest score."]}
    assert wrong(expiring_days="0", need_score="sometimes", opening="some").keys() == {
        "expiring_days",
        "need_score",
        "domains",
    }
    for foreign in (old, made["ZZB"].category):
        assert list(wrong(category=str(foreign.pk))) == ["category"]
    with tenant_scope(cast.acme.pk):
        assert OfflineActivity.objects.count() == 4
    # a line that is wrong keeps the rest from being saved, too
    response = client.post(NEW, answers(category, **{"custom-TOTAL_FORMS": "1", "custom-0-label": "Score"}))
    assert (response.status_code, response.context["form"].errors) == (422, {})
    assert "Your own fields need your attention" in words(response)
    # the own category may be archived meanwhile; then the settings are shown, and saved once it is back
    with tenant_scope(cast.acme.pk):
        Category.objects.filter(pk=made["CONF"].category_id).update(is_active=False)
    settings = reverse("offline_activity_edit", args=[made["CONF"].pk])
    refused = client.post(settings, answers(made["CONF"].category, code="CONF"))
    assert errors(refused) == {"category": ["The category “Care” is archived. Bring it back first."]}


def test_the_example_beside_the_form_follows_what_stands_there(cast: Cast, client_for: SignIn) -> None:
    category = add_category(cast.acme, "Safety")
    client, address = client_for(cast.adam), reverse("offline_activity_example")
    fields = {"custom-TOTAL_FORMS": "1", "custom-0-label": "Shift", "custom-0-kind": "number"}
    page = words(client.post(address, answers(category, code="", score_maximum="wrong", **fields)))
    assert re.findall("<code>([^<]*)</code>", page) == [
        "username",
        "activity",
        "domain",
        "completed_on",
        "result",
        "Shift",
    ]
    opened = answers(opening="some", domains=[str(cast.clinical.pk)])
    assert "Only people of these user domains can have records: Clinical." in words(client.post(address, opened))
    with tenant_scope(cast.acme.pk):
        assert OfflineActivity.objects.count() == 0


def test_the_overview_shows_code_columns_and_the_records_one_may_see(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)["AID"]
    allow_leader(cast.acme, cast.lea, cast.clinical)
    for person in (cast.bob, cast.ben, cast.carl):
        add_record(person, made, dt.date(2024, 5, 1))
    address = reverse("offline_activity", args=[made.pk])

    administrator, leader = client_for(cast.adam).get(address), client_for(cast.lea).get(address)
    assert (administrator.context["record_count"], leader.context["record_count"]) == (3, 2)
    assert re.findall(r"<code data-copy-source>([^<]*)</code>", words(leader)) == ["AID"]
    headers = [column.header for column in leader.context["example"].columns]
    assert headers == ["username", "activity", "domain", "completed_on"]
    for name in ("offline_upload", "offline_record_add"):
        assert f'href="{reverse(name)}?activity={made.pk}"' in words(leader)

    def tabs(response: Any) -> list[str]:
        return [str(tab.label) for tab in response.context["tabs"]]

    assert (tabs(administrator), tabs(leader)) == (["Overview", "Records", "Settings"], ["Overview", "Records"])


def test_an_activity_is_archived_and_brought_back_by_administrators(cast: Cast, client_for: SignIn) -> None:
    made = prepare(cast)["AID"]
    allow_leader(cast.acme, cast.lea, cast.clinical)
    archive, overview = (reverse(name, args=[made.pk]) for name in ("offline_activity_archive", "offline_activity"))
    assert client_for(cast.lea).post(archive, {"archived": "1"}).status_code == 403
    client = client_for(cast.adam)
    assert client_for(cast.charlie).post(archive, {"archived": "1"}).status_code == 404
    assert client.post(archive, {"archived": "1"}).headers["Location"] == overview
    page = words(client.get(overview))
    assert "It takes no more records." in page
    assert reverse("offline_upload") + "?" not in page
    with tenant_scope(cast.acme.pk):
        Category.objects.filter(pk=made.category_id).update(is_active=False)
    assert "“Safety” is archived" in words(client.post(archive, {"archived": "0"}, follow=True))
    with tenant_scope(cast.acme.pk):
        assert OfflineActivity.objects.get(pk=made.pk).is_active is False
        Category.objects.filter(pk=made.category_id).update(is_active=True)
    client.post(archive, {"archived": "0"})
    with tenant_scope(cast.acme.pk):
        assert OfflineActivity.objects.get(pk=made.pk).is_active is True


def test_the_list_takes_the_same_queries_for_many(
    cast: Cast, client_for: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        add_activity(cast.acme, f"A-{number}")
    client = client_for(cast.adam)
    with django_assert_max_num_queries(14):
        assert len(listed(client)) == 20
