"""Reads the certification import report as its page does, and holds its total line against its rows."""

from typing import Any

from certifications.report.lines import ReportLine, present_rows
from certifications.report.reading import OUTCOME_GROUPS, Report, ReportFilter
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast

Listed = list[tuple[int, int, str]]


def report_of(cast: Cast, actor: User, **wanted: Any) -> Report:
    return Report(ReportFilter(**wanted), tenant=cast.acme, actor=actor)


def list_rows(cast: Cast, actor: User, **wanted: Any) -> Listed:
    """Return (import, row, outcome) of everything listed, page by page of three, and hold the total line against it."""
    with tenant_scope(cast.acme.pk):
        report, after, listed = report_of(cast, actor, **wanted), "", []
        while True:
            page = report.read_page(after=after, limit=3)
            listed += [(batch.number, row.row_no, row.outcome) for batch, row in page.rows]
            after = page.after
            if not after:
                break
        totals = report.count()
        assert report.count(page=report.read_page(limit=3)) == totals
        assert totals.rows == sum(totals.groups.values()) == len(listed)
        for name, (_words, outcomes) in OUTCOME_GROUPS.items():
            assert totals.groups[name] == sum(outcome in outcomes for *_, outcome in listed)
    return listed


def lines_of(cast: Cast, actor: User, **wanted: Any) -> list[ReportLine]:
    with tenant_scope(cast.acme.pk):
        report = report_of(cast, actor, **wanted)
        return present_rows(report.read_page().rows, report=report, may_edit=True)
