"""Named points at which a test can make this very process die, stop or raise. Without ROLLBOOK_FAILPOINT they do nothing.

ROLLBOOK_FAILPOINT="chunk.before_commit:kill:2" kills the process the second time the point is reached; "*" is every
time, "row777" whenever row 777 is among the rows at the point. Several entries are separated by commas. Actions: kill,
raise, stop (SIGSTOP), memory, sleep (seconds after a plus sign: "sleep+0.2"). With ROLLBOOK_FAILPOINT_ONCE=path each
entry fires once for all processes sharing that path.
"""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple


class _Entry(NamedTuple):
    name: str
    action: str
    when: str


def _parse(text: str) -> tuple[_Entry, ...]:
    return tuple(_Entry(*entry.split(":")) for entry in text.split(",") if entry)


_ARMED: Final = _parse(os.environ.get("ROLLBOOK_FAILPOINT", ""))
_ONCE: Final = os.environ.get("ROLLBOOK_FAILPOINT_ONCE", "")
_reached: dict[str, int] = {}


class FailpointReached(Exception):  # noqa: N818 - it stands for any error of our own
    """The point was told to raise."""


def reach(name: str, *, rows: Iterable[int] = ()) -> None:
    """Do what ROLLBOOK_FAILPOINT says about this point; nothing if it is not about this point.

    `rows` are the row numbers the point is about; they are only looked at where an entry asks for one of them.
    """
    if not _ARMED:
        return
    _reached[name] = _reached.get(name, 0) + 1
    for entry in _ARMED:
        if entry.name == name and _is_due(entry, rows) and _take_turn(entry):
            _act(entry)


def _is_due(entry: _Entry, rows: Iterable[int]) -> bool:
    if entry.when.startswith("row"):
        return int(entry.when.removeprefix("row")) in rows
    return entry.when == "*" or _reached[entry.name] == int(entry.when)


def _take_turn(entry: _Entry) -> bool:
    if not _ONCE:
        return True
    try:
        Path(f"{_ONCE}.{_ARMED.index(entry)}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _act(entry: _Entry) -> None:
    if entry.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif entry.action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif entry.action == "memory":
        raise MemoryError
    elif entry.action.startswith("sleep+"):
        time.sleep(float(entry.action.removeprefix("sleep+")))
    else:
        raise FailpointReached(entry.name)
