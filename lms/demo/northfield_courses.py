"""The 500 courses of Northfield Hospitals: nine named ones, 60 archived ones, and a broad catalogue."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final

from completions.kinds import NON_COMPLIANT
from lms.core.periods import Period
from lms.demo.northfield import HOSPITAL, LED_TEAM
from lms.demo.organisation import FOR_EVER, DemoCourse, DemoTerms, TeamAssignment, loading_day

COURSES: Final = 500
NAMED: Final = (
    ("FS-101", "Fire Safety Awareness"),
    ("IPC-201", "Infection Prevention and Control"),
    ("BLS-110", "Basic Life Support"),
    ("MH-105", "Moving and Handling"),
    ("DP-300", "Data Protection and Confidentiality"),
    ("SG-210", "Safeguarding Adults Level 2"),
    ("MED-400", "Safe Medication Administration"),
    ("COS-120", "Hazardous Substances"),
    ("IND-001", "Induction"),
)
_YEAR: Final = Period.parse("12 months")
_MONTH: Final = Period.parse("30 days")
# Days before the loading on which the hospital assigned what is due within a month: one is just overdue, one due soon.
_ASSIGNED_BEFORE: Final = {"FS-101": 33, "IPC-201": 26}
# Twelve courses in the reach of a leader of Ward 3: nine of the hospital, three of the ward (W2).
_WARD_COURSES: Final = ("WND-501", "FLD-502", "PAI-503")
_ARCHIVED: Final = (
    ("FS", "Fire Safety"),
    ("IPC", "Infection Control"),
    ("BLS", "Resuscitation"),
    ("MH", "Manual Handling"),
    ("DP", "Data Protection"),
    ("SG", "Safeguarding Adults"),
    ("MED", "Medicines Management"),
    ("COS", "COSHH"),
    ("IND", "Corporate Induction"),
    ("EQ", "Equality and Diversity"),
)
_FIRST_ARCHIVED_YEAR: Final = 2014
_TOPICS: Final = (
    ("WND", "Wound Care"),
    ("FLD", "Fluid Balance"),
    ("PAI", "Pain Management"),
    ("VEN", "Venepuncture"),
    ("CAN", "Cannulation"),
    ("CAT", "Catheter Care"),
    ("DEM", "Dementia Awareness"),
    ("DIA", "Diabetes Care"),
    ("EOL", "End of Life Care"),
    ("FAL", "Falls Prevention"),
    ("HAN", "Hand Hygiene"),
    ("NUT", "Nutrition and Hydration"),
    ("OXY", "Oxygen Therapy"),
    ("PRE", "Pressure Ulcer Prevention"),
    ("SEP", "Sepsis Recognition"),
    ("STR", "Stroke Awareness"),
    ("TRA", "Tracheostomy Care"),
    ("TRF", "Blood Transfusion"),
    ("RAD", "Radiation Protection"),
    ("PHA", "Pharmacy Practice"),
    ("MAT", "Maternity Emergencies"),
    ("PAE", "Paediatric Assessment"),
    ("MHE", "Mental Health Act"),
    ("CON", "Conflict Resolution"),
    ("COM", "Communication Skills"),
    ("LEA", "Leadership"),
    ("COA", "Coaching"),
    ("ITS", "Clinical Systems"),
    ("REC", "Record Keeping"),
    ("FOO", "Food Hygiene"),
    ("WAS", "Waste Management"),
    ("EST", "Estates Safety"),
    ("LIF", "Lift Rescue"),
    ("ELE", "Electrical Safety"),
    ("WAT", "Water Safety"),
    ("RES", "Research Practice"),
)
_VARIANTS: Final = (
    "Foundation",
    "Level 2",
    "Level 3",
    "Refresher",
    "for Wards",
    "for Theatres",
    "for Community Teams",
    "for Managers",
    "for Link Nurses",
    "Simulation",
    "Assessment",
    "Train the Trainer",
)


@cache
def make_courses() -> tuple[DemoCourse, ...]:
    """Return the catalogue: named ones first, then archived ones, then the others."""
    terms = _make_terms()
    named = [DemoCourse(code=code, name=name, terms=terms.get(code, FOR_EVER)) for code, name in NAMED]
    archived = [
        DemoCourse(code=f"{prefix}-{91 + number:03d}", name=f"{name} {_FIRST_ARCHIVED_YEAR + number}", is_active=False)
        for prefix, name in _ARCHIVED
        for number in range(6)
    ]
    others = [
        DemoCourse(code=f"{prefix}-{501 + 10 * variant + topic % 10:03d}", name=f"{name}, {words}")
        for topic, (prefix, name) in enumerate(_TOPICS)
        for variant, words in enumerate(_VARIANTS)
    ]
    return (*named, *archived, *others)[:COURSES]


def _make_terms() -> Mapping[str, DemoTerms]:
    """Return what the named courses say; what is not named counts for ever and is never due.

    Lost compliance is mailed for Fire Safety alone: for the others Northfield reads the report.
    """
    yearly = DemoTerms(compliant_for=_YEAR)
    return {
        "FS-101": DemoTerms(
            compliant_for=_YEAR,
            retake_days=30,
            due_within=_MONTH,
            remind_days_before=7,
            remind_every=Period.parse("2 days"),
            remind_at_most=4,
            switches={NON_COMPLIANT: True},
        ),
        "IPC-201": DemoTerms(
            compliant_for=_YEAR,
            due_within=_MONTH,
            remind_days_before=7,
            remind_every=Period.parse("1 week"),
            remind_at_most=2,
        ),
        "BLS-110": yearly,
        "MH-105": yearly,
        "DP-300": DemoTerms(compliant_for=_YEAR, due_on=_end_of_quarter(loading_day()), remind_days_before=14),
        "SG-210": DemoTerms(compliant_for=Period.parse("36 months")),
        "MED-400": DemoTerms(compliant_for=Period.parse("24 months")),
    }


def _end_of_quarter(day: date) -> date:
    """The last day of the quarter that ends at least 30 days later."""
    later = day + timedelta(days=30)
    year, month = divmod(later.year * 12 + (later.month - 1) // 3 * 3 + 3, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def make_team_courses() -> tuple[TeamAssignment, ...]:
    """Return the team assignments."""
    days = {code: loading_day() - timedelta(days=before) for code, before in _ASSIGNED_BEFORE.items()}
    hospital = [TeamAssignment(team=HOSPITAL, course=code, assigned_on=days.get(code)) for code, _ in NAMED]
    return (*hospital, *(TeamAssignment(team=LED_TEAM, course=code) for code in _WARD_COURSES))
