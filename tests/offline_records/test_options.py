"""What an import of offline records is for, as people, command lines and stored imports say it."""

import datetime as dt
from typing import Any

from lms.imports.importer import get_importer
from lms.people.models import PeopleDomain, User
from lms.tenancy.scope import tenant_scope
from offline_records.choices import Result
from offline_records.selectors import count_valid_records
from tests.offline_records.catalogue import KIND, add_activity, add_record, allow_leader, choose
from tests.plugins.cast import Cast


def test_S06_S08_S10_codes_and_ids_are_taken_alike_and_kept_as_ids(cast: Cast) -> None:
    activity, elsewhere = add_activity(cast.acme, "12"), add_activity(cast.zebra, "ZZB-1")
    importer = get_importer(KIND)

    def clean(data: dict[str, Any]) -> Any:
        form = importer.options_form(data, tenant=cast.acme, initial={})
        return form.cleaned_data if form.is_valid() else form.errors.get_json_data()

    with tenant_scope(cast.acme.pk):
        chosen = choose(activity, cast.clinical, identifier="email")
        assert clean({"activity": " 12", "domain": "Clinical", "identifier": "email"}) == chosen
        assert clean(chosen) == chosen
        assert clean({"activity": "12", "domain": "(none)"}) == {"activity": activity.pk, "domain": 0, "identifier": ""}
        nothing = importer.default_options(cast.acme)
        assert clean(nothing) == clean({}) == nothing
        for wrong in ({"activity": str(activity.pk + 1_000)}, {"activity": elsewhere.pk}, {"activity": "ZZB-1"}):
            assert list(clean(wrong)) == ["activity"], wrong
        assert [list(clean({"domain": domain})) for domain in ("nowhere", 999_999)] == [["domain"], ["domain"]]
        assert list(clean({"identifier": "shoe size"})) == ["identifier"]
        # A page shows codes and names, never ids: what comes back from it is a code.
        form = importer.options_form(None, tenant=cast.acme, initial=chosen)
        assert [form[name].value() for name in ("activity", "domain", "identifier")] == ["12", "clinical", "email"]
        assert form.fields["activity"].choices == [(activity.pk, "12 12 course")]  # type: ignore[attr-defined]
        assert form.fields["domain"].choices == [(cast.clinical.pk, "Clinical")]  # type: ignore[attr-defined]


def test_S01_S09_what_options_may_name(cast: Cast) -> None:
    lift = add_activity(cast.acme)
    archived = add_activity(cast.acme, "OLD", is_active=False)
    allow_leader(cast.acme, cast.lea, cast.clinical)
    with tenant_scope(cast.acme.pk):
        office = PeopleDomain.objects.create(tenant=cast.acme, slug="office", name="Office")
    closed = add_activity(cast.acme, "SHUT", domains=(office,))
    with tenant_scope(cast.acme.pk):
        importer = get_importer(KIND)
        asked: list[dict[str, Any]] = [
            {},
            choose(lift, cast.clinical),
            choose(lift),
            choose(closed, cast.clinical),
            choose(archived, cast.clinical),
            {"domain": 999_999},
        ]
        may = {
            name: [importer.allows(options, actor=getattr(cast, name)) for options in asked] for name in ("adam", "lea")
        }
    assert may == {
        "adam": [True, True, True, True, True, False],
        "lea": [True, True, False, False, True, False],
    }


def test_S08_S11_S31_what_a_chosen_activity_and_user_domain_give(cast: Cast) -> None:
    lift = add_activity(cast.acme, fields={"score": "optional"})
    add_activity(cast.acme, "AID")
    allow_leader(cast.acme, cast.lea, cast.clinical)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.carl.pk).update(domain=cast.clinical)
    with tenant_scope(cast.acme.pk):
        importer = get_importer(KIND)
        clinical, without = importer.fit(choose(lift, cast.clinical)), importer.fit(choose(lift))
        people = {
            name: set(clinical.template_people(getattr(cast, name)).values_list("username", flat=True))
            for name in ("adam", "lea")
        }
        nobodys = set(without.template_people(cast.adam).values_list("username", flat=True))
        codes = [list(fitted.item_codes(actor=cast.adam)) for fitted in (clinical, importer)]
        assert importer.item_names([lift.pk]) == {lift.pk: "LIFT LIFT course"}
    assert people == {"adam": {"bob", "ben", "carl"}, "lea": {"bob", "ben"}}
    assert nobodys == {"adam", "alice", "lea"}
    assert codes == [[("LIFT", "LIFT course")], [("AID", "AID course"), ("LIFT", "LIFT course")]]
    assert [column.key for column in clinical.columns][4:] == ["score"]
    assert [column.key for column in importer.columns] == [column.key for column in clinical.columns][:4]
    assert {column.key for column in importer.possible_columns()} > {"score", "notes", "expires_on"}


def test_E39_what_is_valid_today_in_the_reach_is_counted(cast: Cast) -> None:
    lift, today = add_activity(cast.acme), dt.date(2024, 6, 1)
    for person, until in ((cast.bob, None), (cast.ben, today), (cast.carl, today), (cast.alice, dt.date(2024, 5, 31))):
        add_record(person, lift, dt.date(2024, 1, 1), expires_on=until)
    add_record(cast.bob, lift, dt.date(2024, 2, 1), result=Result.FAILED)  # valid at no time
    with tenant_scope(cast.acme.pk):
        counted = [count_valid_records(actor, today=today) for actor in (cast.adam, cast.lea)]
    assert counted == [3, 2]
