"""What an import of completion records tells people, and the small table of its review (T-46, T-68 to T-70, T-77, T-80)."""

import pytest

from certifications.kinds import EXPIRING_SOON, WINDOW_OPENS
from certifications.planning import (
    Choices,
    Facts,
    KnownRecord,
    plan_certifications,
    tally_actions,
)
from certifications.rules import Situation
from lms.imports.importer import RowFacts
from tests.certifications.planning_data import (
    ALL_KINDS,
    CERT,
    NEWER,
    OLDER,
    PAIR,
    TODAY,
    D,
    facts,
    make_evidence,
    make_row,
    plan,
    terms,
)

# --- messages -------------------------------------------------------------------------------------------------


def told(row: RowFacts, known: Facts, *, action: str) -> list[tuple[str, str]]:
    return [(message.kind, str(message.occasion_on)) for message in plan(row, known, action=action).messages]


@pytest.mark.parametrize(
    ("situation", "action", "day", "expected"),
    [
        ("not_assigned", "history", NEWER, [("certification_assigned", "2026-03-15")]),
        ("assigned", "history", NEWER, []),
        ("assigned", "certify_uncertified", NEWER, [("certification_completed", NEWER)]),
        (
            "assigned", "certify_uncertified", "2025-03-20",
            [("certification_completed", "2025-03-20"), ("certification_expiring_soon", "2026-02-20")],
        ),
        (
            "assigned", "certify_uncertified", "2024-03-20",
            [("certification_completed", "2024-03-20"), ("certification_expired", "2025-03-21")],
        ),
    ],
)  # fmt: skip
def test_T68_E22_what_an_import_tells(situation: str, action: str, day: str, expected: list[object]) -> None:
    known = facts(Situation(situation), terms={CERT: terms(sends=ALL_KINDS)})
    assert told(make_row(day), known, action=action) == expected


@pytest.mark.parametrize(
    ("sends", "expected"),
    [
        (frozenset(), []),
        (frozenset({WINDOW_OPENS}), [(WINDOW_OPENS, "2026-02-20")]),
        (frozenset({WINDOW_OPENS, EXPIRING_SOON}), [(EXPIRING_SOON, "2026-02-20")]),
    ],
)
def test_T70_E72_only_what_is_on_for_the_certification_and_of_the_series_the_latest(
    sends: frozenset[str], expected: list[object]
) -> None:
    known = facts(Situation.ASSIGNED, terms={CERT: terms(sends=sends)})
    assert told(make_row("2025-03-20"), known, action="certify_uncertified") == expected


def test_T68_a_message_says_what_it_is_about() -> None:
    known = facts(Situation.ASSIGNED, terms={CERT: terms(sends=frozenset({"certification_completed"}))})
    (message,) = plan(make_row(), known, action="certify_uncertified").messages
    assert message.item == {
        "certification_id": CERT,
        "short_name": "FA",
        "certification": "First Aid",
        "completed_on": NEWER,
        "expires_on": "2026-12-01",
        "window_opens_on": "2026-11-01",
    }


def test_E20_one_assignment_is_told_once_however_many_rows_there_are() -> None:
    known = facts(Situation.NOT_ASSIGNED, terms={CERT: terms(sends=ALL_KINDS)})
    rows = [make_row(OLDER, is_newest=False), make_row(number=3)]
    plans = plan_certifications(rows, facts=known, choices=Choices(today=TODAY))
    assert [[message.kind for message in found.messages] for found in plans] == [[], ["certification_assigned"]]


def test_T46_who_has_the_record_already_is_assigned_and_told() -> None:
    known = facts(
        Situation.NOT_ASSIGNED,
        terms={CERT: terms(sends=ALL_KINDS)},
        records={(*PAIR, D(NEWER)): KnownRecord(5, None)},
    )
    assert told(make_row(), known, action="history") == [("certification_assigned", "2026-03-15")]


# --- the small table of the review ----------------------------------------------------------------------------


@pytest.mark.parametrize("day", [OLDER, "2025-03-20", NEWER])
@pytest.mark.parametrize("situation", list(Situation))
def test_T77_each_column_says_what_an_import_with_that_action_does(situation: Situation, day: str) -> None:
    rows, known = [make_row(day), make_row("2020-01-01", number=3, is_newest=False)], facts(situation)
    said = tally_actions(rows, facts=known, today=TODAY)
    expected = []
    for action in ("history", "certify_uncertified", "certify_if_more_recent"):
        effect = plan(rows[0], known, action=action).effect
        ended = "expired" if effect.get("expired") else "window_open" if effect.get("window_open") else "certified"
        expected.append(f"{action}.{ended if 'after' in effect else 'unchanged'}")
    assert sorted(said.elements()) == sorted(expected)


def test_T77_records_that_are_there_and_evidence_change_nobody() -> None:
    known = facts(Situation.ASSIGNED, records={(*PAIR, D(NEWER)): KnownRecord(5, None)})
    said = tally_actions([make_row(), make_evidence(short="Basics")], facts=known, today=TODAY)
    assert said == {f"{action}.unchanged": 1 for action in ("history", "certify_uncertified", "certify_if_more_recent")}


def test_T77_T80_an_archived_certification_leaves_everybody_as_they_are() -> None:
    known = facts(Situation.NOT_ASSIGNED, terms={CERT: terms(is_active=False)})
    said = tally_actions([make_row()], facts=known, today=TODAY)
    assert said == {f"{action}.unchanged": 1 for action in ("history", "certify_uncertified", "certify_if_more_recent")}
