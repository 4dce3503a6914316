"""Import templates: what an empty file of an importer looks like, as CSV and as a workbook (L-14, L-15, L-16).

Public: `is_sample_text`, the one rule by which staging leaves sample rows out. Knows no table.
"""

from typing import Final

from lms.core.text import match_key

# A sample row says so in the cell that names the person: "sample: jane.doe". The marker is the same in every language,
# so that a template made by a German administrator is recognised when an English one uploads it.
SAMPLE_MARKER: Final = "sample:"


def is_sample_text(identifier_text: str) -> bool:
    """Return whether the cell that names the person marks its row as a sample, never to be imported (L-15).

    The rule: its text begins with `sample:`, without regard to case, white space at its ends or invisible characters.
    """
    return match_key(identifier_text).startswith(SAMPLE_MARKER)


def mark_as_sample(identifier_text: str) -> str:
    """Return the text of the cell that names the person in a sample row."""
    return f"{SAMPLE_MARKER} {identifier_text}"
