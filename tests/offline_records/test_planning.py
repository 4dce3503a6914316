"""What becomes of a row: a new record, or everything that speaks against it."""

import datetime as dt
from dataclasses import replace
from typing import Any

from lms.core.periods import Period, Unit
from lms.imports.importer import Plan, RowFacts
from lms.imports.problems import describe_problem
from offline_records.page_words import PROBLEM_WORDS
from offline_records.planning import Facts, KnownRecord, Recording, plan_records
from offline_records.terms import ActivityTerms

TODAY = dt.date(2024, 6, 1)
DAY = dt.date(2024, 5, 1)
CLINICAL, OFFICE = 3, 4
TERMS = ActivityTerms(activity_id=5, code="LIFT", name="Lifting")
FACTS = Facts(
    terms=TERMS, domain_id=CLINICAL, domain_name="Clinical", domains={1: (CLINICAL, "Clinical"), 2: (OFFICE, "Office")}
)


def row(person: int = 1, row_no: int = 2, day: dt.date = DAY, same_as: int | None = None, **values: Any) -> RowFacts:
    return RowFacts(row_no, person, 5, day, {"person": f"p{person}"} | values, same_as=same_as)


def plan_one(given: RowFacts, **changes: Any) -> Plan:
    (plan,) = plan_records([given], facts=replace(FACTS, **changes), today=TODAY)
    return plan


def test_S23_a_good_row_becomes_a_record() -> None:
    plan = plan_one(row())
    assert (plan.outcome, plan.problems, plan.effect) == ("created", [], {})
    assert plan.action == Recording(None, is_expiry_stated=False)


def test_S09_S19_R108_somebody_of_another_domain_and_what_a_scoped_importer_hears() -> None:
    assert plan_one(row(2)).problems == [("R108", "username", {"value": "p2", "own": "", "domain": "Clinical"})]
    (told,) = plan_one(row(2), names_domains=True).problems
    assert told == ("R108", "username", {"value": "p2", "own": " (Office)", "domain": "Clinical"})
    sentence = describe_problem("R108", told[2], words=PROBLEM_WORDS)
    assert sentence.startswith('"p2" (Office) is not in the user domain Clinical.')
    assert plan_one(row(7)).outcome == "rejected", "somebody without a user domain is in none"
    assert plan_one(row(7), domain_id=0, domain_name="(none)").outcome == "created"


def test_S19_R210_a_domain_to_which_the_activity_is_not_open() -> None:
    plan = plan_one(row(), terms=replace(TERMS, open_to=frozenset({OFFICE})))
    assert plan.problems == [("R210", "domain", {"value": "Lifting", "domain": "Clinical"})]


def test_R206_an_archived_activity_takes_no_records() -> None:
    plan = plan_one(row(2), terms=replace(TERMS, is_active=False))
    assert plan.problems == [("R206", "activity", {"value": "Lifting"})]


def test_S27_the_same_person_and_day_in_the_file_and_in_the_database() -> None:
    known = {(1, DAY): KnownRecord(9, import_number=41)}
    assert plan_one(row(same_as=2)).problems == [("R403", "", {"n": 2})]
    assert plan_one(row(), known=known).problems == [("R401", "", {"date": "2024-05-01", "number": 41})]
    assert plan_one(row(day=dt.date(2024, 5, 2)), known=known).outcome == "created"


def test_S21_all_that_speaks_against_a_row() -> None:
    terms = replace(TERMS, fields={"score": "required"}, earliest_date=dt.date(2024, 5, 2))
    plan = plan_one(row(2, same_as=2), terms=terms, known={(2, DAY): KnownRecord(9)})
    assert (plan.outcome, [problem[0] for problem in plan.problems]) == (
        "rejected",
        ["R108", "R403", "R401", "R506", "R304"],
    )
    assert (plan.action, plan.messages) == (None, ())


def test_S18_S45_the_expiry_of_a_record_and_what_has_expired_on_arrival() -> None:
    monthly = replace(TERMS, validity=Period(1, Unit.MONTHS))
    until = Period(1, Unit.MONTHS).add(DAY)
    assert plan_one(row(), terms=monthly).action == Recording(until, is_expiry_stated=False)
    stated = plan_one(row(expires_on="2024-05-31"), terms=monthly)
    assert stated.action == Recording(dt.date(2024, 5, 31), is_expiry_stated=True)
    assert (stated.outcome, stated.problems) == ("created", [("R405", "", {"date": "2024-06-01"})])
    assert stated.effect == {"until": "2024-05-31", "expired": True}
    last_day = plan_one(row(expires_on="2024-06-01"))
    assert (last_day.problems, last_day.effect) == ([], {"until": "2024-06-01"})
    failed = plan_one(row(expires_on="2024-05-31", result="failed"))
    assert (failed.problems, failed.effect) == ([], {}), "whoever failed has nothing that expires"
