"""A guarded program ends with its owner, takes its children along, and passes signals and exit codes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lms.embedded.processes import EmbeddedServerError, GuardedProcess, Program, run_to_end
from lms.embedded.servers import PROJECT

# Starts a child in a session of its own, says both ids, and does not care about SIGTERM.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""
OWNER = """
import sys, time
from pathlib import Path
from lms.embedded.processes import GuardedProcess, Program
log = Path(sys.argv[1])
GuardedProcess(Program(name="p", command=(sys.executable, "-c", sys.argv[2]), directory=log.parent, log=log,
                       grace_seconds=0.3)).start()
time.sleep(60)
"""


def make_program(tmp_path: Path, code: str, *, grace_seconds: float = 5.0) -> Program:
    return Program(
        name="program",
        command=(sys.executable, "-c", code),
        directory=tmp_path,
        log=tmp_path / "program.log",
        grace_seconds=grace_seconds,
    )


def read_pids(log: Path) -> list[int]:
    give_up_at = time.monotonic() + 10
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    return [int(pid) for pid in log.read_text().split()]


def running(pids: list[int]) -> list[int]:
    return [pid for pid in pids if _state_of(pid) not in {"", "Z"}]


def _state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def test_stop_kills_a_stubborn_program_and_the_children_it_put_elsewhere(tmp_path: Path) -> None:
    process = GuardedProcess(make_program(tmp_path, STUBBORN, grace_seconds=0.3))
    process.start()
    pids = read_pids(tmp_path / "program.log")
    assert (process.pid, process.poll()) == (pids[0], None)
    assert process.stop() == 128 + signal.SIGKILL
    assert running(pids) == []


@pytest.mark.faults
def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "program.log"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(log), STUBBORN], cwd=PROJECT)
    pids = read_pids(log)
    owner.kill()
    owner.wait()
    give_up_at = time.monotonic() + 5
    while running(pids) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert running(pids) == []


def test_orphans_of_a_program_that_ended_by_itself_are_killed(tmp_path: Path) -> None:
    process = GuardedProcess(make_program(tmp_path, STUBBORN.replace("time.sleep(60)\n", "sys.exit(3)\n", 1)))
    process.start()
    assert process.wait(seconds=10) == 3
    assert running(read_pids(tmp_path / "program.log")) == []
    process.stop()


def test_signals_reach_the_program(tmp_path: Path) -> None:
    code = "import signal, sys; signal.signal(signal.SIGUSR1, lambda *_: sys.exit(7)); print('1', flush=True); signal.pause()"
    process = GuardedProcess(make_program(tmp_path, code))
    process.start()
    read_pids(tmp_path / "program.log")
    process.send(signal.SIGUSR1)
    assert process.wait(seconds=10) == 7
    process.send(signal.SIGUSR1)
    process.stop()


def test_failing_command_is_reported_with_the_end_of_its_output(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="program ended with code 5\nno luck"):
        run_to_end(make_program(tmp_path, "import sys; print('no luck'); sys.exit(5)"), seconds=10)
    with pytest.raises(EmbeddedServerError, match="program did not end within 0 s"):
        run_to_end(make_program(tmp_path, "import time; time.sleep(60)"), seconds=0.2)


def test_missing_program_is_reported(tmp_path: Path) -> None:
    program = Program(name="absent", command=("no-such-program",), directory=tmp_path, log=tmp_path / "absent.log")
    with pytest.raises(EmbeddedServerError, match="absent ended with code 127\nno-such-program: No such file"):
        run_to_end(program, seconds=10)


def test_descriptors_of_the_owner_do_not_reach_the_program(tmp_path: Path) -> None:
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    code = "import os; print(sorted(os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd')[3:-1]))"
    process = GuardedProcess(make_program(tmp_path, code), lock=lock)
    process.start()
    assert process.wait(seconds=10) == 0
    process.stop()
    os.close(lock)
    assert (tmp_path / "program.log").read_text() == "[]\n"
