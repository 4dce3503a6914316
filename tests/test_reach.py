"""What a team leader learns about imports of others: nothing, on no way round (P21, L-69, S30)."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lms.imports.models import ImportBatch
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]
Browser = Callable[[User], Client]
HEAD = "username,course code,completion date\n"
pytestmark = pytest.mark.django_db


def test_F008_P21_the_same_file_of_somebody_else_is_named_to_those_alone_who_see_it(imports: Imports) -> None:
    text = HEAD + "bob,SAFE-1,2024-05-01\n"
    first = imports.upload("completions", text, as_="adam")
    assert imports.upload("completions", text, as_="lea").batch.problems == []
    own = imports.upload("completions", text, as_="lea").batch.problems
    assert [(problem["code"], problem["params"]["number"]) for problem in own] == [("F008", first.number + 1)]
    seen = imports.upload("completions", text, as_="alice").batch.problems
    assert [(problem["code"], problem["params"]["number"]) for problem in seen] == [("F008", first.number + 2)]


def test_E29_P21_a_file_corrects_an_import_only_if_its_uploader_sees_that_import(
    run_import: Run,
) -> None:
    failed = run_import("completions", HEAD + "nobody,SAFE-1,2024-05-01\n", as_="adam")
    text = f"username,course code,completion date,Rollbook import\nbob,SAFE-1,2024-05-01,{failed.number}\n"
    assert "corrects" not in run_import("completions", text, as_="lea").summary
    assert run_import("completions", text, as_="alice").summary["corrects"] == failed.number


def test_P21_the_undo_page_names_later_imports_of_others_by_no_number(
    cast: Cast, imports: Imports, run_import: Run, client_for: Browser
) -> None:
    own = run_import("completions", HEAD + "bob,SAFE-1,2024-05-01\n", as_="lea")
    for _ in range(40):  # a number that stands nowhere else on the page
        imports.upload("completions", HEAD + "bob,SAFE-1,2020-01-01\n", as_="adam")
    later = run_import("completions", HEAD + "bob,SAFE-1,2024-06-01\n", as_="adam")
    address = reverse("imports:undo", args=[own.number])
    to_leader = client_for(cast.lea).get(address).content.decode()
    to_administrator = client_for(cast.adam).get(address).content.decode()
    assert "another import came later" in to_leader
    assert f"import {later.number} came later" not in to_leader
    assert f"import {later.number} came later" in to_administrator


PAGES = ("imports:review", "imports:batch", "imports:rows")


@pytest.mark.parametrize("name", PAGES)
def test_L07_P21_pages_and_files_are_the_same_for_somebody_out_of_reach_and_for_nobody(
    cast: Cast, run_import: Run, client_for: Browser, name: str
) -> None:
    """Carl (another ward), zoe (another organisation) and nobda (nobody) give the same bytes, but for the word typed."""
    client = client_for(cast.lea)
    seen = []
    for word, course in (("carl", "FIRE-2"), ("zoe", "SHUT-3"), ("nobda", "NOPE-2")):
        text = f"{HEAD}bob,{course},2024-05-01\n{word},SAFE-1,2024-05-01\n"
        imported = run_import("completions", text, as_="lea", check_only=name == "imports:review")
        page = client.get(reverse(name, args=[imported.number])).content.decode()
        file = b"".join(client.get(reverse("imports:results", args=[imported.number, "all", "csv"])).streaming_content)  # type: ignore[attr-defined]
        with tenant_scope(cast.acme.pk):
            batch = ImportBatch.objects.get(pk=imported.batch.pk)
        stored = f"{batch.problems} {batch.planned} {batch.counts} {batch.summary}"
        seen.append([_plain(text, word, course, imported.number) for text in (page, file.decode("utf-8-sig"), stored)])
    assert seen[0][1:] == seen[1][1:] == seen[2][1:]
    assert _without_moving_parts(seen[0][0]) == _without_moving_parts(seen[1][0]) == _without_moving_parts(seen[2][0])


def _plain(text: str, word: str, course: str, number: int) -> str:
    for given, shown in ((word, "WORD"), (course, "COURSE"), (f"/{number}/", "/N/"), (f"mport {number}", "mport N")):
        text = text.replace(given, shown)
    return text.replace(f'"{number}"', '"N"').replace(f",{number}\r\n", ",N\r\n")


def _without_moving_parts(page: str) -> list[str]:
    """The main part of a page without secrets of forms, moments and sizes: what three imports differ in by being three."""
    plain = re.sub(r"[A-Za-z0-9]{64}|\b[0-9a-f-]{36}\b|\d+:\d\d|\b\d+\s(bytes|KB)\b", "", page)
    main = plain[plain.index("<main") : plain.index("</main>")]
    return [line.strip() for line in main.splitlines() if line.strip()]
