"""Keys become people and items by set queries, inside the reach (E-08, E-56, L-07, R102, R103, R105)."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_member, add_person
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]
HEAD = "username,course code,completion date\n"


def rows_of(*names: str) -> str:
    return HEAD + "".join(f"{name},SAFE-1,2024-05-01\n" for name in names)


def test_R103_counts_only_people_in_reach(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        ours = add_person(cast.acme, "nina", email="ward@acme.example")
        add_member(ours, cast.ward_a)
        add_member(add_person(cast.acme, "nils", email="ward@acme.example"), cast.ward_b)
    content = rows_of("ward@acme.example")
    assert run_import("completions", content, find_by="email", check_only=True).rows == [(2, "rejected", ["R103"])]
    assert run_import("completions", content, find_by="email", as_="lea").rows == [(2, "created", [])]


def test_R105_offers_only_what_is_in_reach(run_import: Run) -> None:
    content = rows_of("123", "125")
    assert run_import("completions", content, find_by="employee_id", check_only=True).rows == [
        (2, "rejected", ["R105"]),
        (3, "rejected", ["R105"]),
    ]
    assert run_import("completions", content, find_by="employee_id", as_="lea", check_only=True).rows == [
        (2, "rejected", ["R105"]),
        (3, "rejected", ["R102"]),
    ]


def test_an_empty_identifier_finds_nobody(cast: Cast, run_import: Run) -> None:
    """People without an employee id do not share the empty one."""
    done = run_import("completions", HEAD + '"\u200b",SAFE-1,2024-05-01\n', find_by="employee_id", check_only=True)
    assert done.rows == [(2, "rejected", ["R101"])]
    assert cast.adam.employee_id == ""


def test_statements_of_a_check_do_not_grow_with_its_rows(cast: Cast, imports: Imports) -> None:
    with tenant_scope(cast.acme.pk):
        names = [f"p{number:02}" for number in range(30)]
        for name in names:
            add_person(cast.acme, name)
    counted = []
    for content in (rows_of(names[0], "nobody"), rows_of(*names, *(f"nobody{number}" for number in range(30)))):
        uploaded = imports.upload("completions", content)
        imports.check(uploaded, works=False)
        with CaptureQueriesContext(connection) as captured:
            imports.work()
        counted.append(len(captured))
    assert counted[0] == counted[1]
