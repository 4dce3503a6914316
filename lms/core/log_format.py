"""How log lines are written: on one line, and without the values that errors carry (S42).

An error of the database quotes the row it stumbled over, an error of ours may quote a cell. Of an exception the log
keeps its type and where it happened; what was being worked on is said by ids in the message.
"""

import logging
import traceback
from typing import Any, Final

_ESCAPES: Final = str.maketrans({"\r": "\\r", "\n": "\\n", "\u0085": "\\x85", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class DiscreetFormatter(logging.Formatter):
    """Formats records with line breaks escaped, and exceptions as types and places without their messages."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name logging calls
        """Return the line; nobody can begin a second one by what they typed."""
        return super().formatMessage(record).translate(_ESCAPES)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name logging calls
        """Return the chain of exceptions, the first cause first."""
        return "\n".join(_describe(error) for error in reversed(_chain(ei[1]))) if ei[1] is not None else ""


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _describe(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    state = getattr(error, "sqlstate", None)
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return "\n".join([f"{kind} (SQLSTATE {state})" if state else kind, *places])
