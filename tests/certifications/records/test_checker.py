"""The checker of records: the database and the rules agree on what is inconsistent (T-72)."""

import itertools
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from certifications.choices import Basis, Origin, State
from certifications.models import Certification, CertificationRecord, CertificationStatus
from certifications.records.checker import explain_status, inconsistent_statuses
from certifications.rules import Inconsistency
from lms.core.periods import Period
from lms.tenancy.scope import tenant_scope
from tests.certifications.record_data import add_certification, add_record, day, show
from tests.plugins.cast import Cast

DAYS = [day("2024-01-01"), day("2024-06-01"), day("2025-01-01")]
MAYBE = [None, *DAYS]


def test_T72_the_condition_in_the_database_is_the_rule(cast: Cast) -> None:
    """Every combination of three days, or none, in every place."""
    cases = list(itertools.product(State.values, MAYBE, MAYBE, MAYBE, [None, *itertools.product(DAYS, DAYS)]))
    with tenant_scope(cast.acme.pk):
        certifications = [
            Certification(
                tenant=cast.acme,
                short_name=f"C{number}",
                name=f"C{number}",
                active_period=Period.parse("1 year"),
                recertification_window=Period.parse("1 month"),
            )
            for number in range(len(cases))
        ]
        for certification in certifications:
            certification.fill_keys()
        Certification.objects.bulk_create(certifications)
        records = {
            number: CertificationRecord(
                tenant=cast.acme,
                person=cast.bob,
                certification=certifications[number],
                completed_on=behind[0],
                expires_on=behind[1],
                window_opens_on=behind[1],
                basis=Basis.ENTERED,
                anchor_on=behind[0],
                steps=0,
                active_period=Period.parse("1 year"),
                origin=Origin.MANUAL,
                recorded_at=timezone.now(),
            )
            for number, (*_, behind) in enumerate(cases)
            if behind is not None
        }
        CertificationRecord.objects.bulk_create(records.values())
        CertificationStatus.objects.bulk_create(
            CertificationStatus(
                tenant=cast.acme,
                person=cast.bob,
                certification=certifications[number],
                state=state,
                record=records.get(number),
                completed_on=completed,
                window_opens_on=window,
                expires_on=expires,
                updated_at=timezone.now(),
            )
            for number, (state, completed, window, expires, _) in enumerate(cases)
        )
        found = {status.pk for status in inconsistent_statuses()}
        every = CertificationStatus.objects.select_related("record")
        by_rule = {status.pk: explain_status(status) for status in every}

    assert found == {pk for pk, why in by_rule.items() if why}
    assert {why for whys in by_rule.values() for why in whys} == set(Inconsistency)
    assert (len(by_rule), len(found) < len(by_rule)) == (len(cases), True)


def test_T72_sound_ones_are_not_listed_and_the_list_is_in_the_order_of_names(
    cast: Cast, django_assert_num_queries: Callable[[int], Any]
) -> None:
    second, first = add_certification(cast.acme, "B"), add_certification(cast.acme, "A")
    for person in (cast.bob, cast.ben):
        show(add_record(person, second, "2024-01-01"))
        show(add_record(person, first, "2024-01-01"), expires_on=day("2030-01-01"))
    show(add_record(cast.carl, second, "2024-01-01"), state=State.EXPIRED, expires_on=day("2025-01-01"))
    show(add_record(cast.carl, first, "2024-01-01"), state=State.EXPIRED)

    with tenant_scope(cast.acme.pk), django_assert_num_queries(1):
        listed = [
            (status.certification.short_name, status.person.username, explain_status(status))
            for status in inconsistent_statuses()
        ]

    assert listed == [
        ("A", "ben", (Inconsistency.RECORD_DIFFERS,)),
        ("A", "bob", (Inconsistency.RECORD_DIFFERS,)),
        ("B", "carl", (Inconsistency.DATES_LEFT,)),
    ]
