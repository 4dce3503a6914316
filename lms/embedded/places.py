"""Decides where embedded servers keep data and sockets, and keeps two runs out of one directory.

Public surface: `Place` and `open_place`. Sockets need short paths; a server run as another account needs a path
that account can reach; both are settled here, so that the servers do not care.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lms.embedded.processes import Account, EmbeddedServerError

# sun_path holds 107 bytes and PostgreSQL appends "/.s.PGSQL.5432".
LONGEST_SOCKET_DIRECTORY = 85
# Where root's servers live when the account they run as cannot enter the project's own directory.
SHARED_STATE = Path("/var/lib/rollbook")
OTHERS_MAY_ENTER = 0o001


@dataclass(frozen=True, slots=True)
class Place:
    """Directories of one set of embedded servers, and the lock that makes them ours."""

    directory: Path
    """Data, logs and mails that the current account owns."""
    server_directory: Path
    """Data of servers run as `account`; the same as `directory` unless root cannot share that one."""
    sockets: Path
    logs: Path
    lock: int
    account: Account | None
    """Whom PostgreSQL runs as: None is the current account; root never runs it."""


@contextmanager
def open_place(directory: Path) -> Iterator[Place]:
    """Create the directories and hold the lock for as long as the block lasts.

    Raises EmbeddedServerError if another run uses the directory. The servers of a run that has just died may still
    be stopping: their guards hold the lock until nothing is left, and this waits for them.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    lock = _lock_directory(directory)
    try:
        account = server_account()
        server_directory = _directory_for_account(directory, account=account)
        sockets = _make_socket_directory(server_directory)
        if account is not None:
            os.chown(sockets, account.uid, account.gid)
        yield Place(
            directory=directory,
            server_directory=server_directory,
            sockets=sockets,
            logs=directory / "logs",
            lock=lock,
            account=account,
        )
    finally:
        os.close(lock)


def server_account() -> Account | None:
    """Return whom PostgreSQL must run as: `nobody` for root, who may not run it; otherwise None, ourselves.

    Raises EmbeddedServerError for an account id without a name, which PostgreSQL refuses.
    """
    uid = os.geteuid()
    name = "nobody" if uid == 0 else None
    try:
        entry = pwd.getpwnam(name) if name else pwd.getpwuid(uid)
    except KeyError as error:
        message = (
            f"The embedded PostgreSQL needs the account {name or uid} to be listed in the system's account database. "
            "Run as a named account, or set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL of your own."
        )
        raise EmbeddedServerError(message) from error
    return Account(uid=entry.pw_uid, gid=entry.pw_gid) if uid == 0 else None


def others_can_reach(path: Path) -> bool:
    """Tell whether an account with no special rights may pass through every directory down to `path`."""
    return all(parent.stat().st_mode & OTHERS_MAY_ENTER for parent in (path, *path.parents))


def _directory_for_account(directory: Path, *, account: Account | None) -> Path:
    if account is None or others_can_reach(directory):
        return directory
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    elsewhere = SHARED_STATE / name
    elsewhere.mkdir(parents=True, exist_ok=True, mode=0o755)
    (elsewhere / "belongs-to").write_text(f"{directory}\n", encoding="utf-8")
    return elsewhere


def _make_socket_directory(server_directory: Path) -> Path:
    """Return an empty private directory with a path short enough for a socket; the one of the last run is removed."""
    sockets = server_directory / "run"
    if sockets.is_symlink():
        shutil.rmtree(sockets.readlink(), ignore_errors=True)
        sockets.unlink()
    shutil.rmtree(sockets, ignore_errors=True)
    if len(os.fsencode(sockets)) <= LONGEST_SOCKET_DIRECTORY:
        sockets.mkdir(mode=0o700)
        return sockets
    elsewhere = Path(tempfile.mkdtemp(prefix="rollbook-", dir="/tmp"))
    sockets.symlink_to(elsewhere)
    return elsewhere


def _lock_directory(directory: Path, *, patience_seconds: float = 30.0) -> int:
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    give_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
            if (holder.isdigit() and _is_alive(int(holder))) or time.monotonic() > give_up_at:
                os.close(lock)
                message = f"Rollbook already runs from {directory} (process {holder}). Stop that one first."
                raise EmbeddedServerError(message) from None
            time.sleep(0.1)
        else:
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
            return lock


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
