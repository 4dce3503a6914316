"""Which certification a reference means, in one query, and which references are doubtful together (T-20 to T-24, T-29)."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certifications.matching import compare_references, match_references
from certifications.models import Certification
from certifications.references import Reference, join_key
from lms.imports.importer import NO_ITEM
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification
from tests.plugins.cast import Cast

R202, R203 = "R202", "R203"
SHORT, NUMBER = "certificationshortname", "certificationidnumber"


@pytest.fixture
def catalogue(cast: Cast) -> dict[str, int]:
    made = [add_certification(cast.acme, *names) for names in (("AID", "101"), ("Fire", "F-7"), ("BARE", ""))]
    return {one.short_name: one.pk for one in made}


def match(cast: Cast, *references: tuple[str, str], ignore_case: bool = False, evidence: bool = False) -> list[Any]:
    keys = [join_key(Reference(*reference), ignore_case=ignore_case) for reference in references]
    with tenant_scope(cast.acme.pk), CaptureQueriesContext(connection) as captured:
        found: Mapping[str, Any] = match_references(
            keys, usable=Certification.objects.all(), ignore_case=ignore_case, makes_evidence=evidence
        )
    assert len(captured) == 1
    return [found[key] for key in keys]


def test_T20_T21_T24_what_each_reference_means(cast: Cast, catalogue: dict[str, int]) -> None:
    aid, fire, bare = catalogue["AID"], catalogue["Fire"], catalogue["BARE"]
    assert match(
        cast,
        ("AID", "101"),
        ("AID", ""),
        ("", "F-7"),
        ("BARE", ""),
        ("fire", ""),
        ("BARE", "1"),
        ("AID", "F-7"),
        ("", "0"),
    ) == [aid, aid, fire, bare, (R202, SHORT, {}), (R203, SHORT, {}), (R203, SHORT, {}), (R202, NUMBER, {})]
    assert match(cast, ("aid", "101"), ("FIRE", "f-7"), ("", "f-7"), ignore_case=True) == [aid, fire, fire]


def test_T29_what_fits_none_becomes_evidence_and_two_that_contradict_do_not(
    cast: Cast, catalogue: dict[str, int]
) -> None:
    assert match(cast, ("AID", "1"), ("NOPE", "101"), ("", "0"), ("AID", "F-7"), ("AID", "101"), evidence=True) == [
        NO_ITEM,
        NO_ITEM,
        NO_ITEM,
        (R203, SHORT, {}),
        catalogue["AID"],
    ]


def test_T23_every_key_of_an_id_number_with_several_short_names_is_named_with_another() -> None:
    references = [("B", "1"), ("A", "1"), ("C", "1"), ("A", "2"), ("", "1"), ("", "3"), ("Z", "")]
    keys = {reference: join_key(Reference(*reference), ignore_case=False) for reference in references}
    found = compare_references(list(keys.values()))
    assert found == {
        keys[name, "1"]: [("R204", NUMBER, {"value": "1", "id": "1", "a": first, "b": second})]
        for name, first, second in (("A", "A", "B"), ("B", "A", "B"), ("C", "A", "C"))
    }
    assert compare_references([]) == {}
