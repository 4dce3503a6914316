"""`make demo` as a whole: it imports once, serves, keeps its data, and leaves no process behind however it ends."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lms.embedded.demo import main, write_environment
from lms.embedded.mailcatcher import find_free_port
from lms.embedded.servers import PROJECT
from tests.servers import make_reachable_directory

GIVEN_BY_THE_TEST_RUN = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "BROKER_KEY_PREFIX", "STORAGE_URL", "SECRET_KEY"),
    *("HASHED_STATIC_FILES", "DJANGO_SETTINGS_MODULE", "EMAIL_URL", "IMPORT", "MAKELEVEL"),
)
PATIENCE_SECONDS = 240
# Nothing may outlive the runner by more than the servers' own orderly stop.
STOP_SECONDS = 30


class Demo:
    """One run of the demo in a directory that outlives it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = find_free_port(preferred=20_000 + os.getpid() % 20_000)
        self.output = directory / "output.txt"
        variables = {name: value for name, value in os.environ.items() if name not in GIVEN_BY_THE_TEST_RUN}
        variables |= {"DATA_DIR": str(directory / "data"), "PORT": str(self.port)}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lms.embedded.demo"],
                cwd=PROJECT,
                env=variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.pids: set[int] = set()

    def wait_until_it_serves(self) -> str:
        """Return what the terminal shows when the addresses and sign-ins have been printed."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while "manage.py     " not in (text := self.output.read_text(encoding="utf-8")):
            assert self.process.poll() is None, text
            assert time.monotonic() < give_up_at, text
            time.sleep(0.2)
        self.pids = descendants_of(self.process.pid)
        return text

    def get(self, path: str, *, host: str) -> int:
        """Return the status of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
        status = connection.getresponse().status
        connection.close()
        return status

    def wait_until_all_are_gone(self) -> list[str]:
        """Return the command lines of what is still there after all patience."""
        give_up_at = time.monotonic() + STOP_SECONDS
        while (left := [pid for pid in self.pids if is_running(pid)]) and time.monotonic() < give_up_at:
            time.sleep(0.1)
        return [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in left]


def descendants_of(pid: int) -> set[int]:
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in Path(f"/proc/{waiting.pop()}").glob("task/*/children"):
            children = {int(word) for word in child.read_text().split()}
            waiting += children
            found |= children
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def directory() -> Iterator[Path]:
    made = make_reachable_directory()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.faults
def test_demo_imports_once_keeps_its_data_and_leaves_nothing_behind(directory: Path) -> None:
    first = Demo(directory)
    try:
        shown = first.wait_until_it_serves()
        assert "00-big-50000.csv" in shown
        assert (directory / "data" / "first-import-done").exists(), shown
        assert re.findall(r"http://(\w+)\.localhost:(\d+)/", shown)[0] == ("northfield", str(first.port))
        assert [first.get("/readyz", host="localhost"), first.get("/", host="northfield.localhost")] == [200, 302]
        names = {Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in first.pids}
        for part in ("postgres -D", "valkey-server", "gunicorn", "--queues imports", "--queues mail,maint", " beat "):
            assert any(part in name for name in names), part
    finally:
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    assert first.wait_until_all_are_gone() == []

    started = time.monotonic()
    second = Demo(directory)
    try:
        shown = second.wait_until_it_serves()
        seconds = time.monotonic() - started
        assert "Importing" not in shown
        assert seconds < 60, "a second start takes seconds"
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(timeout=STOP_SECONDS) == 0
    finally:
        second.process.kill()
    assert second.wait_until_all_are_gone() == []
    assert second.output.read_text(encoding="utf-8").endswith("\nStopping ...\nStopped.\n")


def test_missing_file_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lms.embedded.demo.stop_like_ctrl_c", lambda: None)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("IMPORT", "no/such.csv")
    assert main() == 2
    assert capsys.readouterr().err == "IMPORT names no/such.csv, and there is no such file.\n"
    assert not (tmp_path / "data").exists()


def test_environment_for_another_terminal_is_private_and_quoted(tmp_path: Path) -> None:
    values = {"DATABASE_URL": "postgres://lms_app@%2Ftmp/rollbook", "SECRET_KEY": "it's $secret"}
    write_environment(values, to=tmp_path / "environment")
    shown = subprocess.run(
        ["sh", "-c", '. ./environment && printf "%s\n" "$DATABASE_URL" "$SECRET_KEY"'],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.splitlines() == list(values.values())
    assert (tmp_path / "environment").stat().st_mode & 0o777 == 0o600
