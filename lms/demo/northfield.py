"""Northfield Hospitals: 60,000 people in a tree of teams (spec: demo). Deterministic; written by `loading`.

Ranges of people keep the files apart: importing one file never changes the expected numbers of another.
"""

from functools import cache
from typing import Final

from lms.demo.names import ENGLISH_FIRST, ENGLISH_LAST, UsernameMaker, draw_names, fold_name
from lms.demo.organisation import DemoPerson, DemoPromotion
from lms.people.models import Role

PEOPLE: Final = 60_000
TIME_ZONE: Final = "Europe/London"
SIGN_INS: Final = range(4)
OLD_LMS_NAMED: Final = range(4, 7)
SMITHS: Final = range(7, 10)
WARD_3: Final = range(20, 49)  # with Anna Berger and Tom Reilly 31 people
WARD_3_NIGHT: Final = range(49, 61)
ST_ANNES: Final = range(61, 1_500)
CERTIFICATES: Final = range(1_500, 2_000)
OLD_LMS: Final = range(2_000, 13_937)  # with the three named ones 11,940 people
SMALL_FILES: Final = range(14_000, 18_000)
HISTORY: Final = range(18_000, 20_000)
BIG_FILES: Final = range(20_000, PEOPLE)

ROOT: Final = "Northfield"
HOSPITAL: Final = f"{ROOT}/St Anne's Hospital"
LED_TEAM: Final = f"{HOSPITAL}/Ward 3"
_LEAVERS_EVERY: Final = 25  # 4 %
_WITHOUT_MAIL_EVERY: Final = 20  # 5 %
_SHARED_MAILBOX: Final = range(61, 70)

DOMAINS: Final = {
    "clinical": "Clinical",
    "support": "Support Services",
    "administration": "Administration",
}
_ST_ANNES_TEAMS: Final = (
    "Emergency Department",
    "Emergency Department/ED Nights",
    "Ward 1",
    "Ward 2",
    "Ward 4",
    "Ward 5",
    "Ward 6",
    "Theatres",
    "Estates",
    "Catering",
)
_OTHER_HOSPITALS: Final = (
    "Queen's Hospital",
    "Riverside Hospital",
    "Marlow Road Hospital",
    "Hallam Infirmary",
    "Eastgate Hospital",
    "Children's Hospital",
    "Moorview Hospital",
    "Harbour Community Hospital",
    "Community Services",
)
_OTHER_TEAMS: Final = (
    "Emergency Department",
    "Acute Medical Unit",
    "Ash Ward",
    "Beech Ward",
    "Cedar Ward",
    "Elm Ward",
    "Hazel Ward",
    "Juniper Ward",
    "Larch Ward",
    "Maple Ward",
    "Oak Ward",
    "Rowan Ward",
    "Intensive Care",
    "Maternity",
    "Outpatients",
    "Pharmacy",
    "Physiotherapy",
    "Radiology",
    "Theatres",
    "Catering",
    "Estates",
    "Human Resources",
)
_SUPPORT: Final = {"Estates", "Catering"}
_NAMED: Final = (
    ("Grace", "Holloway", "grace.holloway"),
    ("Maria", "Keller", "maria.keller"),
    ("Anna", "Berger", "anna.berger"),
    ("Tom", "Reilly", "tom.reilly"),
    ("Jörg", "Müller", "jmuller"),
    ("Zoë", "Brontë", "zbronte"),
    ("Søren", "Ågård", "sagard"),
    ("John", "Smith", "jsmith"),
    ("Jane", "Smith", "jane.smith"),
    ("Jane", "Smith", "jane.smith2"),
    ("Siobhán", "O'Connor", "soconnor"),
)
_ROLES: Final = {0: Role.OWNER, 1: Role.ADMINISTRATOR, 2: Role.TEAM_LEADER}


@cache
def make_people() -> tuple[DemoPerson, ...]:
    """Return the 60,000 people, in the order of their ranges."""
    drawn = draw_names(PEOPLE, first=ENGLISH_FIRST, last=ENGLISH_LAST, seed=1847)
    usernames = UsernameMaker({username for _, _, username in _NAMED})
    people = []
    for index, (first, last) in enumerate(drawn):
        if index < len(_NAMED):
            first_name, last_name, username = _NAMED[index]
        else:
            first_name, last_name, username = first, last, usernames.make_username(first, last)
        team = _find_team(index)
        people.append(
            DemoPerson(
                username=username,
                first_name=first_name,
                last_name=last_name,
                email=_make_email(index, username),
                employee_id=make_employee_id(index),
                domain=_find_domain(team),
                team=team,
                is_active=index < WARD_3_NIGHT.stop or index % _LEAVERS_EVERY != 0,
                role=_ROLES.get(index, Role.LEARNER),
                signs_in=index in SIGN_INS,
            )
        )
    return tuple(people)


def make_employee_id(index: int) -> str:
    """Return six digits, half of them with a leading zero; each one once among 200,000."""
    return f"{(index * 77_773 + 4_711) % 200_000:06d}"


def make_teams() -> tuple[str, ...]:
    """Return all teams, parents first."""
    own = (ROOT, HOSPITAL, LED_TEAM, f"{LED_TEAM}/Ward 3 Night", *(f"{HOSPITAL}/{name}" for name in _ST_ANNES_TEAMS))
    others = [f"{ROOT}/{hospital}" for hospital in _OTHER_HOSPITALS]
    return own + tuple(others) + _other_teams()


def _other_teams() -> tuple[str, ...]:
    return tuple(f"{ROOT}/{hospital}/{team}" for hospital in _OTHER_HOSPITALS for team in _OTHER_TEAMS)


def make_promotions() -> tuple[DemoPromotion, ...]:
    """Return the team roles: Anna Berger leads Ward 3 and with it Ward 3 Night, and uploads for Clinical."""
    return (DemoPromotion(username="anna.berger", team=LED_TEAM, role=Role.TEAM_LEADER, domains=("clinical",)),)


def _find_team(index: int) -> str:
    if index in WARD_3 or index in (2, 3):
        return LED_TEAM
    if index in WARD_3_NIGHT:
        return f"{LED_TEAM}/Ward 3 Night"
    if index in ST_ANNES:
        return f"{HOSPITAL}/{_ST_ANNES_TEAMS[index % len(_ST_ANNES_TEAMS)]}"
    others = _other_teams_cached()
    return others[index % len(others)]


@cache
def _other_teams_cached() -> tuple[str, ...]:
    return _other_teams()


def _find_domain(team: str) -> str:
    name = team.rsplit("/", 1)[-1]
    if name in _SUPPORT:
        return "support"
    return "administration" if name == "Human Resources" else "clinical"


def _make_email(index: int, username: str) -> str:
    if index in _SHARED_MAILBOX:
        return "station3@northfield.example"
    if index >= WARD_3_NIGHT.stop and index % _WITHOUT_MAIL_EVERY == 0:
        return ""
    local = username if "." in username else fold_name(username) + username.lstrip("abcdefghijklmnopqrstuvwxyz")
    return f"{local}@northfield.example"
