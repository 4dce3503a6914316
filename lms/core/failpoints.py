"""Named points at which a test can make this very process die, stop or raise. Without ROLLBOOK_FAILPOINT they do nothing.

ROLLBOOK_FAILPOINT="chunk.before_commit:kill:2" kills the process the second time the point is reached. Actions: kill,
raise, stop (SIGSTOP), memory. With ROLLBOOK_FAILPOINT_ONCE=path the point fires once for all processes sharing the file.
"""

import os
import signal
from pathlib import Path
from typing import Final

_ARMED: Final = os.environ.get("ROLLBOOK_FAILPOINT", "")
_ONCE: Final = os.environ.get("ROLLBOOK_FAILPOINT_ONCE", "")
_reached: dict[str, int] = {}


class FailpointReached(Exception):  # noqa: N818 - it stands for any error of our own
    """The point was told to raise."""


def reach(name: str) -> None:
    """Do what ROLLBOOK_FAILPOINT says about this point; nothing if it is not about this point."""
    if not _ARMED.startswith(f"{name}:"):
        return
    _, action, nth = _ARMED.split(":")
    _reached[name] = _reached.get(name, 0) + 1
    if (nth != "*" and _reached[name] != int(nth)) or not _take_turn():
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "memory":
        raise MemoryError
    else:
        raise FailpointReached(name)


def _take_turn() -> bool:
    if not _ONCE:
        return True
    try:
        Path(_ONCE).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
