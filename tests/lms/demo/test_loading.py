"""The demo data: who is there, and that loading it twice changes nothing."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from certifications.choices import Method
from certifications.models import CertificationAssignment, CertificationRecord, CertificationStatus
from certifications.rules import state_on
from certifications.terms import CertificationTerms
from completions.models import Achievement, CourseResult
from completions.rules import compliance_dates
from lms.courses.models import CourseAssignment
from lms.courses.rules import due_date
from lms.demo.certification_loading import follow_completions, make_terms
from lms.demo.loading import is_loaded, load_organisation
from lms.demo.northfield import make_people
from lms.demo.organisation import PastCertification, loading_day
from lms.demo.organisations import make_bergmann, make_northfield
from lms.demo.sign_ins import list_sign_ins
from lms.notifications.kinds import find_text
from lms.notifications.templates import find_foreign
from lms.people.backends import TenantBackend
from lms.tenancy.scope import tenant_scope


@pytest.mark.django_db
def test_past_completions_are_consistent_with_what_is_current_and_assigned() -> None:
    tenant = load_organisation(make_bergmann())
    with tenant_scope(tenant.pk):
        completed = CourseResult.objects.filter(status="completed").select_related("achievement")
        assert completed.count() == Achievement.objects.count() > 1_000
        assert {result.completed_on == result.achievement.completed_on for result in completed} == {True}
        pairs = set(CourseResult.objects.values_list("person_id", "course_id"))
        assert pairs - set(CourseAssignment.objects.values_list("person_id", "course_id")) == set()


@pytest.mark.django_db
def test_stored_dates_are_those_of_the_rules() -> None:
    tenant = load_organisation(make_bergmann())
    with tenant_scope(tenant.pk):
        results = list(CourseResult.objects.select_related("course", "achievement"))
        wrong = []
        for result in results:
            terms = {"compliant_for": result.course.compliant_for, "retake_days": result.course.retake_days}
            dates = compliance_dates(result.completed_on, **terms) if result.completed_on else (None, None)
            if (result.compliant_until, result.retake_opens_on) != tuple(dates):
                wrong.append(result)
        completed = {(result.person_id, result.course_id) for result in results if result.completed_on}
        due = [
            made
            for made in CourseAssignment.objects.select_related("course")
            if made.due_on
            != (
                None
                if (made.person_id, made.course_id) in completed
                else due_date(
                    assigned_on=made.assigned_on, due_within=made.course.due_within, due_on=made.course.due_on
                )
            )
        ]
        has_dates = [
            CourseResult.objects.exclude(retake_opens_on=None).exists(),
            CourseAssignment.objects.exclude(due_on=None).exists(),
        ]
    assert (wrong, due, has_dates) == ([], [], [True, True])


def test_L76_own_words_hold_the_placeholders_of_their_kind_only() -> None:
    own = [(found, words) for words in make_northfield().templates if (found := find_text(words.text))]
    assert [find_foreign(words.subject + words.body, kind) for (kind, _), words in own] == [[]]


@pytest.mark.django_db
def test_everybody_of_the_table_can_sign_in() -> None:
    tenant = load_organisation(make_bergmann())
    (sign_in,) = [entry for entry in list_sign_ins(port=8123) if "bergmann" in entry.address]
    assert sign_in.address == "http://bergmann.localhost:8123/"
    with tenant_scope(tenant.pk):
        user = TenantBackend().authenticate(None, username=sign_in.username, password=sign_in.password)
    assert user is not None
    assert str(user) == "Sabine Vogt"


@pytest.mark.django_db
def test_an_organisation_is_there_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.demo.loading._assign_team_courses", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_organisation(make_bergmann())
    assert not is_loaded("bergmann")


@pytest.mark.django_db
def test_loading_twice_does_nothing(settings: Settings, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr("lms.demo.management.commands.load_demo.make_northfield", make_bergmann)
    monkeypatch.setattr("lms.demo.management.commands.load_demo.make_history", list)  # Northfield's; see test_samples
    first, second = io.StringIO(), io.StringIO()
    call_command("load_demo", stdout=first)
    call_command("load_demo", stdout=second)
    assert [line.split(":")[0] for line in first.getvalue().splitlines()[:1]] == ["Bergmann Antriebstechnik GmbH"]
    assert "people" not in second.getvalue()


def test_a_known_password_is_not_loaded_behind_https(settings: Settings) -> None:
    settings.HTTPS = True
    with pytest.raises(CommandError):
        call_command("load_demo")


def test_identifiers_are_unique_where_the_files_rely_on_it() -> None:
    people = make_people()
    assert [len({person.username for person in people}), len({person.employee_id for person in people})] == [60_000] * 2


def test_the_sign_ins_are_printed() -> None:
    out = io.StringIO()
    call_command("demo_sign_ins", "--port", "8123", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split()[1] for line in lines] == [
        "Username",
        "grace.holloway",
        "maria.keller",
        "anna.berger",
        "tom.reilly",
        "sabine.vogt",
    ]


@pytest.mark.django_db
def test_current_certifications_show_their_last_record_in_the_state_of_a_week_ago() -> None:
    tenant = load_organisation(make_bergmann())
    with tenant_scope(tenant.pk):
        statuses = list(CertificationStatus.objects.select_related("record"))
        records = CertificationRecord.objects.count()
        pairs = set(CertificationStatus.objects.values_list("person_id", "certification_id"))
        assigned = set(CertificationAssignment.objects.values_list("person_id", "certification_id"))
    wrong = [
        status
        for status in statuses
        if status.record is None
        or status.state
        != state_on(
            loading_day() - timedelta(days=7),
            state="certified",
            window_opens_on=status.record.window_opens_on,
            expires_on=status.record.expires_on,
        )
        or (status.completed_on, status.window_opens_on, status.expires_on)
        != (
            (None, None, None)
            if status.state == "expired"
            else (status.record.completed_on, status.record.window_opens_on, status.record.expires_on)
        )
    ]
    assert (wrong, {status.state for status in statuses}) == ([], {"certified", "window_open", "expired"})
    assert (len(statuses), pairs - assigned, len(assigned) > len(pairs)) == (records, set(), True)


def test_northfield_has_a_certification_of_each_method_held_in_every_state() -> None:
    organisation = make_northfield()
    terms = {made.short_name: make_terms(made) for made in organisation.certifications}
    held: dict[str, set[str]] = {short_name: set() for short_name in terms}
    by_pair: dict[tuple[str, str], list[PastCertification]] = {}
    for made in organisation.certified:
        by_pair.setdefault((made.username, made.short_name), []).append(made)
    for (_, short_name), completions in by_pair.items():
        followed = follow_completions(completions, terms=terms[short_name])
        if followed:
            dates = followed[-1][1]
            state = state_on(
                loading_day(),
                state="certified",
                window_opens_on=dates.window_opens_on,
                expires_on=dates.expires_on,
            )
            held[short_name].add(state.value)

    assert {made.method for made in organisation.certifications} == set(Method)
    assert {short_name: len(states) >= 2 for short_name, states in held.items()} == dict.fromkeys(terms, True)
    assert set().union(*held.values()) == {"certified", "window_open", "expired"}


def test_each_completion_counts_from_the_one_before_as_it_would_have_on_its_day() -> None:
    terms = CertificationTerms(method=Method.EXPIRY_DATE)
    days = [date(2024, 3, 1), date(2025, 2, 20), None, date(2026, 5, 1)]
    completions = [PastCertification(username="x", short_name="y", completed_on=day) for day in reversed(days)]

    followed = follow_completions(completions, terms=terms)
    assert [dates.expires_on for _, dates in followed] == [date(2025, 3, 1), date(2026, 3, 1), date(2027, 5, 1)]
