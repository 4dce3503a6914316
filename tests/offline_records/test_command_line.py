"""Offline records from the command line: what the file is for stands in its options, or in the file (S-11, S-36)."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from lms.imports.models import ImportBatch
from lms.people.models import PeopleDomain
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineRecord
from tests.offline_records.catalogue import add_activity, add_field, allow_leader, choose
from tests.offline_records.filling import fill, make_template
from tests.plugins.cast import Cast

Call = Callable[..., tuple[int, dict[str, Any]]]
CHOSEN = ["--option", "activity=LIFT", "--option", "domain=clinical", "--option", "identifier=email"]


@pytest.fixture
def import_file(cast: Cast, tmp_path: Path) -> Call:
    """Run the command on a text or the bytes of a workbook; return its exit code and its JSON."""
    del cast

    def call(content: str | bytes, *arguments: str, username: str = "adam") -> tuple[int, Any]:
        path = tmp_path / "records"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        out = StringIO()
        words = ["--tenant", "acme", "--as", username, "--wait", "--json", *arguments]
        code = 0
        try:
            call_command("import_file", "offline_records", str(path), *words, stdout=out, stderr=StringIO())
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, json.loads(out.getvalue())

    return call


def count(cast: Cast) -> tuple[int, int]:
    """Records and imports."""
    with tenant_scope(cast.acme.pk):
        return OfflineRecord.objects.count(), ImportBatch.objects.count()


def test_S11_S20_the_options_say_what_the_file_is_for(cast: Cast, import_file: Call) -> None:
    activity = add_activity(cast.acme, fields={"score": "required"})
    add_field(activity, "Room")
    head = "email,completed_on,score,room\n"
    code, told = import_file(f"{head}bob@acme.example,2024-05-13,80,A1\n", *CHOSEN)
    bad = import_file(f"{head}bob@acme.example,2024-05-14,80,A1\nben@acme.example,2024-05-14,,A1\n", *CHOSEN)

    assert (code, told["state"], told["counts"]) == (0, "completed", {"created": 1})
    assert (bad[0], bad[1]["state"], bad[1]["counts"]) == (2, "refused", {"created": 1, "rejected": 1})
    assert count(cast) == (1, 2)
    with tenant_scope(cast.acme.pk):
        first = ImportBatch.objects.order_by("number")[0]
        assert first.options == choose(activity, cast.clinical, identifier="email") | {"failure_mode": "stop_if_any"}
        assert (first.mapping["find_by"], str(OfflineRecord.objects.get().score)) == ("email", "80.00")


def test_S26_S36_S43_a_template_says_it_itself_and_is_refused_where_it_does_not_fit(
    cast: Cast, import_file: Call
) -> None:
    activity = add_activity(cast.acme)
    template = make_template(choose(activity, cast.clinical), actor=cast.adam, tenant=cast.acme)
    book = fill(template, [{"username": "bob", "completed_on": "2024-05-13"}])
    own, other = import_file(book), import_file(book, *CHOSEN)
    add_field(activity, "Room", is_required=True)
    outdated = import_file(book)

    assert (own[0], own[1]["counts"]) == (0, {"created": 1})
    assert (other[0], other[1]["sentence"].split(".")[0]) == (2, "F009 Template is for username; you chose email")
    assert (outdated[0], outdated[1]["sentence"][:5]) == (2, "F014 ")
    assert count(cast)[0] == 1


def test_S01_S08_S10_a_wrong_option_is_refused_before_anything_is_stored(cast: Cast, import_file: Call) -> None:
    with tenant_scope(cast.acme.pk):
        surgery = PeopleDomain.objects.create(tenant=cast.acme, slug="surgery", name="Surgery")
    add_activity(cast.acme)
    add_activity(cast.acme, "CUT", domains=(surgery,))
    add_activity(cast.zebra, "ZZB-1")
    allow_leader(cast.acme, cast.lea, cast.clinical)
    line = "email,completed_on\nbob@acme.example,2024-05-13\n"

    def refused(wrong: str, username: str = "adam") -> str:
        code, told = import_file(line, *CHOSEN, "--option", wrong, username=username)
        assert (code, told["state"]) == (2, "refused")
        return str(told["sentence"])

    stored = default_storage.listdir("")
    assert refused("activity=ZZB-1") == "activity: There is no offline activity with the code ZZB-1."
    assert refused("domain=ward") == "domain: There is no user domain with the short name ward."
    assert refused("identifier=shoe").startswith("identifier: Select a valid choice.")
    assert refused("colour=red").startswith("There is no option 'colour'; there are activity, domain, identifier, ")
    assert refused("failure_mode=import_good") == "failure_mode is one of stop_if_any, not 'import_good'."
    assert refused("date_format=later").startswith("'later' is not a date format")
    for wrong in ("activity=CUT", "domain=surgery"):
        assert refused(wrong, "lea").startswith("lea may not import for ")
    assert (count(cast), default_storage.listdir("")) == ((0, 0), stored)
    assert import_file(line, *CHOSEN, username="lea")[0] == 0


def test_S06_what_nobody_has_said_is_asked_for(cast: Cast, import_file: Call) -> None:
    add_activity(cast.acme)
    code, told = import_file("email,completed_on\nbob@acme.example,2024-05-13\n", *CHOSEN[:2])

    assert (code, told["sentence"]) == (
        2,
        "Neither the command nor the file says what it is for. Choose with --option domain=... --option identifier=....",
    )
    assert count(cast)[0] == 0
