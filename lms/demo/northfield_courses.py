"""The 500 courses of Northfield Hospitals: nine named ones, 60 archived ones, and a broad catalogue."""

from functools import cache
from typing import Final

from lms.demo.northfield import HOSPITAL, LED_TEAM
from lms.demo.organisation import DemoCourse

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
    named = [DemoCourse(code=code, name=name) for code, name in NAMED]
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


def make_team_courses() -> tuple[tuple[str, str], ...]:
    """Return (team, course code) of the team assignments."""
    return (*((HOSPITAL, code) for code, _ in NAMED), *((LED_TEAM, code) for code in _WARD_COURSES))
