"""Course completions from a file to the records: rows, policies, options (L-23 to L-45, L-85, L-88, L-90)."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from completions.models import Achievement, CompletionSettings, CourseResult, Policy
from lms.courses.models import Course, CourseAssignment
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_course, add_person
from tests.plugins.running import Imported
from tests.plugins.standing import completions, current_results, describe_standing, dump_tables

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"


def count(cast: Cast) -> tuple[int, int, int]:
    with tenant_scope(cast.acme.pk):
        return User.objects.count(), Course.objects.count(), CourseAssignment.objects.count()


# --- who and what is found -------------------------------------------------------------------------------


def test_L14_three_facts_make_a_completion_and_a_score_is_stored(cast: Cast, run_import: Run) -> None:
    run_import("completions", "username,course code,completion date,score,note\nbob,SAFE-1,2024-05-01,87.5,by hand\n")
    with tenant_scope(cast.acme.pk):
        found = Achievement.objects.get()
        assert (str(found.score), found.note, found.date_text) == ("87.50", "by hand", "2024-05-01")


def test_L42_an_achievement_carries_its_origin_import_and_row(cast: Cast, run_import: Run) -> None:
    imported = run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n")
    with tenant_scope(cast.acme.pk):
        found = Achievement.objects.get()
        assert (found.person_id, found.course_id, found.completed_on) == (
            cast.bob.pk,
            cast.safe.pk,
            dt.date(2024, 5, 1),
        )
        assert (found.origin, found.batch_id, found.row_no) == ("import", imported.batch.pk, 2)
        assert found.recorded_by_id == cast.adam.pk


def test_L43_the_current_result_carries_what_it_shows(cast: Cast, run_import: Run) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n")
    with tenant_scope(cast.acme.pk):
        result = CourseResult.objects.get()
        assert result.achievement_id == Achievement.objects.get().pk
        assert (result.status, result.percent, result.completed_on) == ("completed", 100, dt.date(2024, 5, 1))


def test_L23_L25_neither_people_nor_courses_are_ever_created(cast: Cast, run_import: Run) -> None:
    before = count(cast)
    imported = run_import("completions", HEAD + "nobody,SAFE-1,2024-05-01\nbob,NOPE,2024-05-01\n")
    assert imported.rows == [(2, "rejected", ["R102"]), (3, "rejected", ["R202"])]
    assert count(cast) == before


def test_L24_L26_a_wrong_username_or_code_fails_its_row_alone(run_import: Run) -> None:
    imported = run_import(
        "completions",
        HEAD + "bob,SAFE-1,2024-05-01\nnobody,SAFE-1,2024-05-01\nben,NOPE,2024-05-01\nben,FIRE-2,2024-05-01\n",
    )
    assert imported.rows == [
        (2, "created", []),
        (3, "rejected", ["R102"]),
        (4, "rejected", ["R202"]),
        (5, "created", []),
    ]
    assert imported.state == "completed_with_errors"


def test_L27_a_blank_fact_is_named(run_import: Run) -> None:
    imported = run_import("completions", HEAD + ",SAFE-1,2024-05-01\nbob,,2024-05-01\nbob,SAFE-1,\n,,\n")
    assert imported.rows == [
        (2, "rejected", ["R101"]),
        (3, "rejected", ["R201"]),
        (4, "rejected", ["R301"]),
    ], "a row of separators alone is a blank row"
    fields = {found["code"]: found["field"] for found in imported.summary["problems"]}
    assert fields == {"R101": "username", "R201": "course_code", "R301": "completed_on"}


def test_L28_a_date_that_does_not_exist_or_fit_fails_its_row(run_import: Run) -> None:
    imported = run_import("completions", HEAD + "bob,SAFE-1,31/02/2024\nbob,SAFE-1,2024-13-01\nbob,SAFE-1,1/3/24\n")
    assert imported.rows == [(number, "rejected", ["R302"]) for number in (2, 3, 4)]


def test_L29_tomorrow_fails_in_the_tenants_own_time_zone(cast: Cast, run_import: Run) -> None:
    here = today(cast.acme)
    Tenant.objects.filter(pk=cast.acme.pk).update(time_zone="Pacific/Kiritimati")
    far = timezone.now().astimezone(Tenant.objects.get(pk=cast.acme.pk).zone).date()
    assert far - here in (dt.timedelta(0), dt.timedelta(1))
    imported = run_import("completions", HEAD + f"bob,SAFE-1,{far}\nben,SAFE-1,{far + dt.timedelta(1)}\n")
    assert imported.rows == [(2, "created", []), (3, "rejected", ["R303"])]


def test_L29_a_tenant_may_tolerate_days_ahead(cast: Cast, run_import: Run) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(future_days=2)
    day = today(cast.acme)
    imported = run_import(
        "completions", HEAD + f"bob,SAFE-1,{day + dt.timedelta(2)}\nben,SAFE-1,{day + dt.timedelta(3)}\n"
    )
    assert imported.rows == [(2, "created", []), (3, "rejected", ["R303"])]


@pytest.mark.parametrize(
    ("deactivated_people_fail", "expected"),
    [(False, [(2, "created", ["R104"])]), (True, [(2, "rejected", ["R107"])])],
    ids=["accepted", "refused"],
)
def test_L30_deactivated_people_are_accepted_or_not_as_the_tenant_says(
    cast: Cast, run_import: Run, *, deactivated_people_fail: bool, expected: list[object]
) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(deactivated_people_fail=deactivated_people_fail)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n").rows == expected


def test_L31_the_import_assigns_never_later_than_the_completion(cast: Cast, run_import: Run) -> None:
    imported = run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\nbob,SAFE-1,2022-03-04\n")
    with tenant_scope(cast.acme.pk):
        found = CourseAssignment.objects.get()
        assert (found.person_id, found.course_id, found.origin, found.batch_id) == (
            cast.bob.pk,
            cast.safe.pk,
            "import",
            imported.batch.pk,
        )
        assert found.assigned_on == dt.date(2022, 3, 4)


def test_L31_an_assignment_that_is_there_stays_as_it_is(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        CourseAssignment.objects.create(
            tenant=cast.acme, person=cast.bob, course=cast.safe, assigned_on=dt.date(2023, 1, 1)
        )
    before = dump_tables(cast.acme, ["courses_courseassignment"])
    run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n")
    assert dump_tables(cast.acme, ["courses_courseassignment"]) == before


def test_L22_only_usernames_are_unique(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        for name in ("smith1", "smith2"):
            add_person(cast.acme, name, first_name="John", last_name="Smith", email="ward@acme.example")
    imported = run_import("completions", HEAD + "smith1,SAFE-1,2024-05-01\nsmith2,SAFE-1,2024-05-01\n")
    assert imported.outcomes == ["created", "created"]


def test_L21_L20_codes_are_found_without_regard_to_case_and_two_tenants_may_share_one(
    cast: Cast, run_import: Run
) -> None:
    first = run_import("completions", HEAD + "BOB,safe-1,2024-05-01\n")
    second = run_import("completions", HEAD + "zoe,Safe-1,2024-05-01\n", as_="charlie")
    assert (first.outcomes, second.outcomes) == (["created"], ["created"])
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2024-05-01")]
    assert current_results(cast.zebra) == [("zoe", "SAFE-1", "2024-05-01")]


def test_L17_the_date_format_is_the_importers_not_the_learners(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.adam.pk).update(date_format="mm/dd/yyyy")
        User.objects.filter(pk=cast.bob.pk).update(date_format="dd/mm/yyyy")
    run_import("completions", HEAD + "bob,SAFE-1,3/4/2024\n")
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2024-03-04")]


# --- the current result and the history -------------------------------------------------------------------


def test_L36_two_layers_one_current_result_and_a_history(cast: Cast, run_import: Run) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2021-01-01\nbob,SAFE-1,2022-01-01\n")
    assert completions(cast.acme) == [("bob", "SAFE-1", "2021-01-01"), ("bob", "SAFE-1", "2022-01-01")]
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2022-01-01")]


def test_L37_L38_L39_the_last_run_decides_with_a_warning_and_the_earlier_stays(cast: Cast, run_import: Run) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2020-03-01\n")
    imported = run_import("completions", HEAD + "bob,SAFE-1,2018-03-03\n")
    assert imported.rows == [(2, "updated", ["R402"])]
    assert imported.summary["effects"] == {
        "becomes_current": 1,
        "changed_current": 1,
        "replaces_newer": 1,
    }
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2018-03-03")]
    assert completions(cast.acme) == [("bob", "SAFE-1", "2018-03-03"), ("bob", "SAFE-1", "2020-03-01")]


@pytest.mark.parametrize("policy", [Policy.LATEST_IMPORT, Policy.NEWEST_DATE])
@pytest.mark.parametrize("years", [("2021", "2019", "2023"), ("2023", "2021", "2019"), ("2019", "2021", "2023")])
def test_L40_the_newest_of_the_file_becomes_current_whatever_the_order(
    cast: Cast, run_import: Run, years: tuple[str, ...], policy: Policy
) -> None:
    content = HEAD + "".join(f"bob,SAFE-1,{year}-05-01\n" for year in years)
    imported = run_import("completions", content, options={"policy": policy})
    assert imported.rows == [
        (number, "created", []) if year == "2023" else (number, "added_to_history", ["R404"])
        for number, year in enumerate(years, start=2)
    ]
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2023-05-01")]
    assert len(completions(cast.acme)) == 3


def test_L41_the_same_file_twice_adds_nothing(cast: Cast, run_import: Run) -> None:
    content = HEAD + "bob,SAFE-1,2023-05-01\nbob,SAFE-1,2021-05-01\nben,FIRE-2,2024-01-01\n"
    run_import("completions", content)
    before = describe_standing(cast.acme)
    again = run_import("completions", content)
    assert again.rows == [(2, "unchanged", ["R401"]), (3, "unchanged", ["R401"]), (4, "unchanged", ["R401"])]
    assert again.codes == ["F008"]
    assert describe_standing(cast.acme) == before


def test_L41_a_recorded_completion_becomes_current_again_where_the_policy_says_so(cast: Cast, run_import: Run) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2023-05-01\n")
    run_import("completions", HEAD + "bob,SAFE-1,2021-05-01\n")
    again = run_import("completions", HEAD + "bob,SAFE-1,2023-05-01\n")
    assert again.rows == [(2, "updated", [])]
    assert current_results(cast.acme) == [("bob", "SAFE-1", "2023-05-01")]
    assert len(completions(cast.acme)) == 2


@pytest.mark.parametrize(
    ("policy", "rows", "current"),
    [
        (Policy.LATEST_IMPORT, [(2, "updated", ["R402"]), (3, "created", [])], "2018-03-03"),
        (Policy.NEWEST_DATE, [(2, "added_to_history", ["R404"]), (3, "created", [])], "2020-03-01"),
        (
            Policy.HISTORY_ONLY,
            [(2, "added_to_history", ["R404"]), (3, "added_to_history", ["R404"])],
            "2020-03-01",
        ),
    ],
)
def test_L44_three_policies_over_one_file(
    cast: Cast, run_import: Run, policy: Policy, rows: list[object], current: str
) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2020-03-01\n")
    imported = run_import(
        "completions", HEAD + "bob,SAFE-1,2018-03-03\nben,SAFE-1,2018-03-03\n", options={"policy": policy}
    )
    assert imported.rows == rows
    expected = [("bob", "SAFE-1", current)]
    if policy != Policy.HISTORY_ONLY:
        expected.insert(0, ("ben", "SAFE-1", "2018-03-03"))
    assert current_results(cast.acme) == expected
    assert len(completions(cast.acme)) == 3


def test_L44_the_tenant_may_set_another_default(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        CompletionSettings.objects.create(tenant=cast.acme, default_policy=Policy.NEWEST_DATE)
    imported = run_import("completions", HEAD + "bob,SAFE-1,2020-03-01\n")
    assert imported.batch.options["policy"] == "newest_date"


def test_L90_history_only_assigns_nobody_and_makes_no_result(cast: Cast, run_import: Run) -> None:
    run_import("completions", HEAD + "bob,SAFE-1,2020-03-01\n", options={"policy": Policy.HISTORY_ONLY})
    standing = describe_standing(cast.acme)
    assert standing["results"] == standing["assignments"] == []
    assert completions(cast.acme) == [("bob", "SAFE-1", "2020-03-01")]


def test_L88_an_archived_course_takes_history_only(cast: Cast, run_import: Run) -> None:
    imported = run_import("completions", HEAD + "bob,OLD-9,2014-03-01\nbob,SHUT-3,2014-03-01\n")
    assert imported.rows == [(2, "added_to_history", ["R409", "R404"]), (3, "rejected", ["R206"])]
    standing = describe_standing(cast.acme)
    assert standing["results"] == standing["assignments"] == []
    assert completions(cast.acme) == [("bob", "OLD-9", "2014-03-01")]


def test_R407_another_score_or_note_is_reported_and_changes_nothing(cast: Cast, run_import: Run) -> None:
    head = "username,course code,completion date,score,note\n"
    run_import("completions", head + "bob,SAFE-1,2024-05-01,80,first\n")
    before = dump_tables(cast.acme, ["completions_achievement", "completions_courseresult"])
    again = run_import("completions", head + "bob,SAFE-1,2024-05-01,90,second\n")
    assert again.rows == [(2, "unchanged", ["R407", "R407"])]
    same = run_import("completions", head + "bob,SAFE-1,2024-05-01,80.00,\n")
    assert same.rows == [(2, "unchanged", ["R401"])]
    assert dump_tables(cast.acme, ["completions_achievement", "completions_courseresult"]) == before


# --- status column (L-85) ---------------------------------------------------------------------------------


def test_L85_rows_that_are_not_completed_are_left_out(run_import: Run) -> None:
    head = "username,course code,completion date,status\n"
    content = (
        head + "bob,SAFE-1,2024-05-01,Passed\nben,SAFE-1,,In progress\nnobody,NOPE,,Failed\ncarl,SAFE-1,2024-05-01,"
    )
    imported = run_import("completions", content)
    assert imported.rows == [
        (2, "created", []),
        (3, "skipped", ["R207"]),
        (4, "skipped", ["R207"]),
        (5, "skipped", ["R207"]),
    ]
    assert imported.state == "completed"
    assert {found["value"]: found["rows"] for found in imported.summary["statuses"]} == {
        "Passed": 1,
        "In progress": 1,
        "Failed": 1,
        "": 1,
    }


def test_L85_what_counts_as_completed_is_ticked(run_import: Run) -> None:
    head = "username,course code,completion date,status\n"
    content = head + "bob,SAFE-1,2024-05-01,Passed\nben,SAFE-1,2024-05-01,Waived\n"
    imported = run_import("completions", content, statuses=["waived"])
    assert imported.rows == [(2, "skipped", ["R207"]), (3, "created", [])]


def test_L13_sample_rows_of_the_template_are_left_out(run_import: Run) -> None:
    imported = run_import("completions", HEAD + "Sample: bob,SAFE-1,2024-05-01\nbob,SAFE-1,2024-05-01\n")
    assert imported.rows == [(2, "skipped", ["R208"]), (3, "created", [])]


# --- other tenants (L-07 and the walls) -------------------------------------------------------------------


def test_a_course_and_people_of_another_tenant_are_unknown(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.zebra.pk):
        add_course(cast.zebra, "ZZB-7", "ZZB secret")
    imported = run_import("completions", HEAD + "zoe,SAFE-1,2024-05-01\nbob,ZZB-7,2024-05-01\n")
    assert imported.rows == [(2, "rejected", ["R102"]), (3, "rejected", ["R202"])]
    assert completions(cast.zebra) == []
