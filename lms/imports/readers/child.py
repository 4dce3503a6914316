"""The parser child: reads one hostile file under hard limits and writes JSON lines (E-53, S52).

Started by path with `python -I` by `reading.py`, never imported by the product. Arguments: file descriptor of the input, path of
the project. Standard input: one JSON object with the task. Standard output, one JSON value a line:
  [row number, [cells]]                 a data row (task "read")
  {"end": {...}}                        the closing line; without it the parent calls the file unreadable
  {"refused": [code, params]}           the file cannot be imported
  {"fault": [type, place]}              a mistake of the reader itself; no cell contents
It has no Django, no database, no place to write to and, where the host allows, no network.
"""

import ctypes
import json
import os
import resource
import sys
from typing import Any, Final

_NEW_NETWORK: Final = 0x40000000  # CLONE_NEWNET
_NEW_USERS: Final = 0x10000000  # CLONE_NEWUSER: lets a process without rights make a network of its own


def main() -> None:
    """Limit this process, do the task, write the closing line."""
    task: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    limits = task["limits"]
    _leave_network()
    _limit_process(cpu_seconds=limits["cpu_seconds"], address_space=limits["address_space"])
    sys.path.append(sys.argv[2])
    out = os.fdopen(1, "wb", buffering=1 << 16)
    try:
        closing = _run(task, file_descriptor=int(sys.argv[1]), out=out)
    except MemoryError:
        closing = {"refused": ["F010", {"kind": "memory", "limit": limits["address_space"]}]}
    except BrokenPipeError:
        os._exit(0)
    except RecursionError:
        closing = {"refused": ["F001", {"kind": "too_complex", "detail": "nesting"}]}
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes must come out as an answer
        closing = {"fault": [type(error).__name__, _place_of(error)]}
    try:
        out.write(json.dumps(closing).encode() + b"\n")
        out.flush()
    except BrokenPipeError:
        pass
    # Nothing is left to tidy up, and a half-closed pipe must not turn into words on standard error.
    os._exit(0)


def _leave_network() -> None:
    """Move this process into a network of its own, which has none; hosts that forbid it leave us in theirs."""
    try:
        unshare = ctypes.CDLL(None).unshare
    except (OSError, AttributeError):
        return
    if unshare(_NEW_NETWORK) != 0:
        unshare(_NEW_NETWORK | _NEW_USERS)


def _limit_process(*, cpu_seconds: int, address_space: int) -> None:
    os.umask(0o077)
    for what, wanted in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        _, ceiling = resource.getrlimit(what)
        limit = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
        resource.setrlimit(what, (limit, limit))


def _run(task: dict[str, Any], *, file_descriptor: int, out: Any) -> dict[str, Any]:
    # Imported here: the limits hold before anything of the file or of the project is touched.
    from lms.imports.readers.emit import write_rows
    from lms.imports.readers.facts import FileRefused, ReadLimits, ReadOptions
    from lms.imports.readers.sniff import take_picture

    options = ReadOptions(**task["options"])
    limits = ReadLimits(**task["limits"])
    with os.fdopen(file_descriptor, "rb") as file:
        try:
            if task["task"] == "sniff":
                picture = take_picture(
                    file, options=options, limits=limits, known_headers=frozenset(task["known_headers"])
                )
                return {"end": picture.to_json()}
            return {"end": write_rows(file, options=options, limits=limits, out=out)}
        except FileRefused as refused:
            return {"refused": [refused.code, refused.params]}


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    place = ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


if __name__ == "__main__":
    main()
