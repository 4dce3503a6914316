"""The kinds of message about offline records (S-41): both off unless the organisation switches them on.

An item is what `ActivityTerms.describe` returns: activity_id, code, activity, and the days completed_on and expires_on.
Public: `OFFLINE_RECORD_CREATED`, `OFFLINE_RECORD_EXPIRES`, `KINDS`, `register_kinds`.
"""

from typing import Final

OFFLINE_RECORD_CREATED: Final = "offline_record_created"
OFFLINE_RECORD_EXPIRES: Final = "offline_record_expires"
KINDS: Final = (OFFLINE_RECORD_CREATED, OFFLINE_RECORD_EXPIRES)


def register_kinds() -> None:
    """Make the kinds known; called when the app is ready."""
