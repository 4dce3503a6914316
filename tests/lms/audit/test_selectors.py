"""Details of events as a line of words."""

from lms.audit.selectors import describe_details


def test_details_are_said_whole() -> None:
    details = {"counts": {"created": 2, "rejected": 1}, "active": True, "fields": ["email", "role"], "parent": None}

    assert describe_details(details) == "active yes, counts (created 2, rejected 1), fields email role, parent \u2013"
