"""The sign-in sheet of a first aid course: the product's own template, filled in by a trainer, and a scan of the paper.

Three of its sixteen rows are wrong, so that nothing is created (W19). Public: `ROWS`, `BAD_ROWS`, `write_sheet`, `write_scan`.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

from lms.demo.northfield import DOMAINS, WARD_3, make_people
from lms.demo.northfield_offline import FIRST_AID, make_activities
from lms.demo.offline_loading import make_activity_terms
from lms.demo.organisation import NEWEST_DAY, DemoPerson
from lms.imports.template_files import Cell, TemplateContent, TemplatePerson
from lms.imports.template_workbook import write_xlsx_template
from lms.people.domains import Domain
from offline_records.choices import Identifier
from offline_records.columns import make_columns

ROWS: Final = 16
# A misspelt username, somebody of another user domain, a certificate number that is missing.
BAD_ROWS: Final = {"R102": 1, "R108": 1, "R506": 1}
DOMAIN: Final = "clinical"
DAY: Final = NEWEST_DAY - timedelta(days=2)
_OF_ESTATES: Final = 118
_PAGE: Final = (595, 842)


def write_sheet(path: Path, *, signature: str) -> None:
    """Write the workbook; without a signature it is recognised by what stands in its cells."""
    (activity,) = (made for made in make_activities() if made.code == FIRST_AID)
    domain = Domain(0, DOMAIN, DOMAINS[DOMAIN])
    content = TemplateContent(
        title="Upload Offline Records",
        columns=make_columns(make_activity_terms(activity), identifier=Identifier.USERNAME.value, domain=domain),
        date_format="dd/mm/yyyy",
        today=DAY,
        row_limit=50_000,
        item_label="offline activity",
        code_names=(),
        codes=(),
        people=_list_people(),
        has_all=True,
        signature=signature,
    )
    with path.open("wb") as file:
        write_xlsx_template(content, to=file)


def _list_people() -> list[TemplatePerson]:
    people = make_people()
    chosen = [*people[WARD_3.start : WARD_3.start + ROWS - 1], people[_OF_ESTATES]]
    return [_fill(person, number) for number, person in enumerate(chosen)]


def _fill(person: DemoPerson, number: int) -> TemplatePerson:
    cells: dict[str, Cell] = {"completed_on": DAY, "hours": "24", "certificate_number": f"RW-{31_400 + number}"}
    username = person.username
    if number == 4:
        username = f"{username}e"
    if number == 9:
        del cells["certificate_number"]
    return TemplatePerson(identifier=username, name=person.full_name, cells=cells)


def write_scan(path: Path) -> None:
    """Write a page as a scanner would: the sheet on the table, for the eye only."""
    lines = [
        "First Aid at Work, St Anne's Hospital, Skills Lab",
        f"{DAY:%d/%m/%Y}, trainer: Redwood First Aid Training",
        "",
    ]
    lines += [f"{number:2d}  {person.name}" for number, person in enumerate(_list_people(), start=1)]
    shown = "".join(f"({_escape(line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 12 Tf 60 780 Td 22 TL\n{shown}ET".encode("cp1252", "replace")
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R " % _PAGE
        + b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(written))
    path.write_bytes(written + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
