"""Runs one program and takes it down when the program that asked for it is gone, even after kill -9.

Started as `python -I -S guard.py` by `processes.GuardedProcess`, one guard for each guarded program; it imports
the standard library alone. Two pipes join it to its owner:

- life: the owner holds the writing end. A byte is a signal number to pass on. End of file means "stop it": the
  owner asked for it, or died in any way whatever, because the kernel closes its pipes.
- report: the guard writes the process id of the program, then closes it.

A stop sends the program's own stop signal, waits the grace period, then kills. When the program has ended, all
its descendants that are still there are killed too (the guard is their subreaper on Linux), and the guard ends
with the program's exit code, or 128 + the signal that ended it.
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import select
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CANNOT_START = 127
POLL_SECONDS = 0.02


def set_process_option(option: int, value: int) -> None:
    """Call Linux' prctl; elsewhere do nothing (the pipe still works there, only grandchildren may be missed)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def start_program(command: list[str], *, stop_signal: int, uid: int | None, gid: int | None) -> int:
    """Fork and execute; the child is its own session and gets the stop signal if this guard is killed."""
    guard = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        if gid is not None:
            os.setgroups([])
            os.setgid(gid)
        if uid is not None:
            os.setuid(uid)
        set_process_option(PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != guard:
            os._exit(CANNOT_START)  # killed before the line above; nobody would tell us
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606 (the owner's own command, no shell)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    os._exit(CANNOT_START)


def children_of_this_process() -> list[int]:
    """Return the ids of direct children, adopted ones included; empty where the system cannot tell."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def send_signal(pid: int, number: int) -> None:
    """Signal the program and pass over that it may have ended already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def kill_what_is_left(pid: int) -> None:
    """Kill the program's session and everything that was handed down to this guard, and reap it all."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    while True:
        for child in children_of_this_process():
            send_signal(child, signal.SIGKILL)
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            time.sleep(POLL_SECONDS)


def watch_program(pid: int, *, life: int, stop_signal: int, grace_seconds: float) -> int:
    """Pass signals on until the program ends or the owner is gone; return the program's wait status."""
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    kill_at: float | None = None
    listening = [life, wake_reader]
    while True:
        # Every child is reaped, not only the program: orphans of the program end up here.
        while True:
            reaped, status = os.waitpid(-1, os.WNOHANG)
            if reaped == pid:
                return status
            if not reaped:
                break
        timeout = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        ready, _, _ = select.select(listening, [], [], timeout)
        if wake_reader in ready:
            os.read(wake_reader, 512)
        if life in ready:
            orders = os.read(life, 64)
            for number in orders:
                send_signal(pid, number)
            if not orders:
                listening.remove(life)
                send_signal(pid, stop_signal)
                kill_at = time.monotonic() + grace_seconds
        elif kill_at is not None and time.monotonic() >= kill_at:
            send_signal(pid, signal.SIGKILL)
            kill_at = None


def main() -> int:
    """Run the program named on the command line under guard; return its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--life", type=int, required=True)
    parser.add_argument("--report", type=int, required=True)
    parser.add_argument("--stop-signal", type=int, required=True)
    parser.add_argument("--grace-seconds", type=float, required=True)
    parser.add_argument("--lock", type=int, help="descriptor of a lock to hold for as long as anything runs")
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the owner decides, through the pipe
    set_process_option(PR_SET_CHILD_SUBREAPER, 1)
    # Inherited descriptors stay with the guard: a program that held them would outlive its guard's locks.
    for descriptor in (options.life, options.report, options.lock):
        if descriptor is not None:
            fcntl.fcntl(descriptor, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    pid = start_program(options.command, stop_signal=options.stop_signal, uid=options.uid, gid=options.gid)
    os.write(options.report, f"{pid}\n".encode("ascii"))
    os.close(options.report)
    status = watch_program(pid, life=options.life, stop_signal=options.stop_signal, grace_seconds=options.grace_seconds)
    kill_what_is_left(pid)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
