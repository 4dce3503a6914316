"""Files of completion records for tests: their header, the answers they are imported with, what is found in a row."""

from typing import Any

from lms.tenancy.scope import tenant_scope
from tests.plugins.running import Imported

KIND = "certifications"
HEAD = "username,certificationshortname,certificationidnumber,completiondate,duedate\n"
CERTIFY = {"action": "certify_if_more_recent"}
EVIDENCE = {"evidence": True}
CASELESS = {"ignore_case": True}


def problems_of(imported: Imported, row_no: int) -> list[Any]:
    with tenant_scope(imported.batch.tenant_id):
        found: list[Any] = imported.batch.rows().get(row_no=row_no).problems
        return found
