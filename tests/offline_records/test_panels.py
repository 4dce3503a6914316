"""What offline records add to the pages of an import."""

from urllib.parse import parse_qs, urlsplit

from django.urls import reverse

from lms.imports.importer import get_importer
from lms.imports.models import ImportBatch
from lms.people.domains import find_domain
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from offline_records.panels import list_follow_ups, list_ways_on, make_review_panel, say_ready
from offline_records.selectors import load_terms
from tests.offline_records.catalogue import KIND, add_activity, choose
from tests.plugins.cast import Cast


def batch_for(options: dict[str, object], **fields: object) -> ImportBatch:
    return ImportBatch(number=41, kind=KIND, state="ready", options=options, **fields)


def test_S22_S30_the_review_says_what_the_import_is_for(cast: Cast) -> None:
    activity = add_activity(cast.acme, name="Lifting")
    chosen = choose(activity, cast.clinical, identifier="email")
    with tenant_scope(cast.acme.pk):
        panel = make_review_panel(batch=batch_for(chosen))
        assert make_review_panel(batch=batch_for({"activity": None})) is None
        terms, domain = load_terms([activity.pk])[activity.pk], find_domain(cast.clinical.pk)
        ready = say_ready(batch_for(chosen, planned={"created": 1200}), terms=terms, domain=domain)
    assert panel is not None
    assert [(str(label), str(value)) for label, value in panel.context["choices"]] == [
        ("Category", "Courses in person"),
        ("Offline activity", "LIFT Lifting"),
        ("User domain", "Clinical"),
        ("People found by", "E-mail address"),
    ]
    assert panel.context["change_url"] == f"{reverse('offline_upload')}?import=41"
    assert ready == "1,200 records are ready for Lifting, user domain Clinical. Nothing is saved yet."


def test_S24_the_way_to_the_records_is_for_who_may_see_them(cast: Cast) -> None:
    activity = add_activity(cast.acme)
    batch = batch_for(choose(activity, cast.clinical))
    url = f"{reverse('offline_activity_records', args=[activity.pk])}?import=41"
    with tenant_scope(cast.acme.pk):
        learner = User.objects.get(pk=cast.bob.pk)
        assert [way.url for way in list_follow_ups(batch=batch, actor=cast.adam)] == [url]
        assert list_follow_ups(batch=batch, actor=learner) == []
        assert list_follow_ups(batch=batch_for({}), actor=cast.adam) == []


def test_S26_S43_the_ways_on_from_a_refused_template(cast: Cast) -> None:
    activity = add_activity(cast.acme)
    chosen = choose(activity, cast.clinical)
    named = {"activity": "FIRE", "domain": "office", "identifier": "email"}
    crossed = batch_for(chosen, problems=[{"code": "F009", "params": {"x": "a", "y": "b", "named": named}}])
    outdated = batch_for(chosen, problems=[{"code": "F014", "params": {}}])
    with tenant_scope(cast.acme.pk):
        importer = get_importer(KIND).fit(chosen)
        choice, template = importer.ways_on(crossed)
        (fresh,) = importer.ways_on(outdated)
    assert parse_qs(urlsplit(choice.url).query) == {"import": ["41"], **{key: [value] for key, value in named.items()}}
    own = {"activity": ["LIFT"], "domain": ["clinical"], "identifier": ["username"]}
    assert [parse_qs(urlsplit(way.url).query) for way in (template, fresh)] == [own, own]
    assert urlsplit(fresh.url).path == reverse("imports:template_xlsx", args=[KIND])
    assert list_ways_on(batch_for(chosen, problems=[]), named={}) == []
