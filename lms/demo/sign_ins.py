"""Who can sign in to the demo, as a table for the terminal."""

from dataclasses import dataclass

from lms.demo.loading import host_of
from lms.demo.organisation import DEMO_PASSWORD
from lms.demo.organisations import make_bergmann, make_northfield
from lms.people.models import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One line of the table."""

    who: str
    username: str
    password: str
    address: str


def list_sign_ins(*, port: int, scheme: str = "http") -> list[SignIn]:
    """Return everybody who can sign in; `port` is the one the web server listens on."""
    sign_ins = []
    for organisation in (make_northfield(), make_bergmann()):
        address = f"{scheme}://{host_of(organisation.slug)}{'' if port in (80, 443) else f':{port}'}/"
        sign_ins += [
            SignIn(
                who=f"{person.full_name}, {Role(person.role).label} of {organisation.name}",
                username=person.username,
                password=DEMO_PASSWORD,
                address=address,
            )
            for person in organisation.people
            if person.signs_in
        ]
    return sign_ins


def format_sign_ins(sign_ins: list[SignIn]) -> str:
    """Return the table as lines of equal columns."""
    rows = [("Address", "Username", "Password", "Who"), *((s.address, s.username, s.password, s.who) for s in sign_ins)]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    )
