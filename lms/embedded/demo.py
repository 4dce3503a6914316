"""`make demo`: the whole product on this machine, with demo data, until Ctrl-C.

Starts the missing servers, migrates, loads the demo data once, starts web, workers and beat, runs one import of
50,000 rows through them at the first start (or the file named by IMPORT at any start), and prints where to sign in.
"""

import ctypes
import http.client
import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from lms.embedded.mailcatcher import find_free_port
from lms.embedded.processes import EmbeddedServerError, GuardedProcess, run_to_end, tail_of
from lms.embedded.product import OWNER_VARIABLE, PROJECT, make_command, make_programs
from lms.embedded.runner import WATCH_SECONDS, Runner
from lms.embedded.servers import Servers, ensure_servers

PR_SET_PDEATHSIG = 1
COMMAND_SECONDS = 900.0
WEB_SECONDS = 60.0
DEFAULT_PORT = 8000
# import_file's own codes: 0 all rows fine, 1 some rows rejected; both are imports that worked.
IMPORTED = (0, 1)
# Whose data the first import brings in, and the one who does it; load_demo makes all three.
TENANT = "northfield"
USERNAME = "grace.holloway"
FIRST_FILE = "00-big-50000.csv"


def say(text: str) -> None:
    """Write one line to the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the demo; return the exit code of the process."""
    stop_like_ctrl_c()
    directory = Path(os.environ.get("DATA_DIR") or PROJECT / ".rollbook")
    imported = os.environ.get("IMPORT")
    if imported and not Path(imported).is_file():
        sys.stderr.write(f"IMPORT names {imported}, and there is no such file.\n")
        return 2
    try:
        with ExitStack() as stack:
            say("Starting the servers ...")
            servers = stack.enter_context(ensure_servers(directory=directory, durable=True))
            serve_demo(servers, own_file=Path(imported).resolve() if imported else None, stack=stack)
    except KeyboardInterrupt:
        say("Stopped.")
        return 0
    except EmbeddedServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def serve_demo(servers: Servers, *, own_file: Path | None, stack: ExitStack) -> NoReturn:
    """Prepare the data, run everything, and watch it until an exception ends it. `stack` gets what must be stopped."""
    directory, logs = servers.place.directory, servers.place.logs
    port = find_free_port(preferred=int(os.environ.get("PORT") or DEFAULT_PORT))
    environment = {**servers.environment, "SITE_PORT": str(port)}
    write_environment(environment, to=directory / "environment")
    prepare_data(environment, logs=logs)

    programs = make_programs(environment, logs=logs, data=directory, port=port)
    processes = [GuardedProcess(program, lock=servers.place.lock) for program in programs]
    stack.callback(stop_together, processes)
    runner = Runner(tell=say)
    for name, server in (("postgres", servers.postgres), ("valkey", servers.valkey), ("mail", servers.mail)):
        if server is not None:
            runner.watch(name, server)
    for process in processes:
        process.start()
        runner.watch(process.program.name, process)
    wait_for_web(processes[0], port=port)

    import_something(environment, directory=directory, own_file=own_file, runner=runner)
    show_places(environment, port=port, directory=directory)
    runner.run()
    raise AssertionError


def prepare_data(environment: Mapping[str, str], *, logs: Path) -> None:
    """Migrate, gather static files, load the demo data; each of them does nothing that has been done already."""
    say("Preparing the database ...")
    log = logs / "prepare.log"
    run_to_end(
        make_command("migrate", "migrate", "--database", "owner", environment=environment, log=log),
        seconds=COMMAND_SECONDS,
    )
    run_to_end(
        make_command("collectstatic", "collectstatic", "--noinput", environment=environment, log=log),
        seconds=COMMAND_SECONDS,
    )
    run_to_end(make_command("load_demo", "load_demo", environment=environment), seconds=COMMAND_SECONDS)


def import_something(environment: Mapping[str, str], *, directory: Path, own_file: Path | None, runner: Runner) -> None:
    """Import the visitor's own file, or at the first start the big sample; the command shows its progress itself."""
    done = directory / "first-import-done"
    if own_file is None and done.exists():
        return
    file = str(own_file or directory / "samples" / FIRST_FILE)
    say(f"\nImporting {file}:")
    process = GuardedProcess(
        make_command(
            "import_file",
            *("import_file", "completions", file),
            *("--tenant", TENANT, "--as", USERNAME, "--messages", "suppress", "--wait"),
            # The log belongs to the workers; here it would stand between the lines of the progress.
            environment={**environment, OWNER_VARIABLE: "", "LOG_LEVEL": "ERROR"},
        )
    )
    process.start()
    try:
        while (code := process.wait(seconds=WATCH_SECONDS)) is None:
            runner.look_once()
    finally:
        process.stop()
    if code not in IMPORTED:
        say(f"The import ended with code {code}; the demo goes on without it.")
    elif own_file is None:
        done.touch()


def stop_together(processes: list[GuardedProcess]) -> None:
    """Ask all to stop at the same time, then wait for each."""
    for process in processes:
        process.ask_to_stop()
    for process in processes:
        process.stop()


def wait_for_web(process: GuardedProcess, *, port: int) -> None:
    """Return when the web server reaches its database. Raises EmbeddedServerError if it does not."""
    give_up_at = time.monotonic() + WEB_SECONDS
    while not is_web_ready(port):
        if time.monotonic() > give_up_at:
            message = f"The web server does not answer.\n{tail_of(process.program.log)}"
            raise EmbeddedServerError(message)
        time.sleep(0.1)


def is_web_ready(port: int) -> bool:
    """Ask /readyz."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def write_environment(environment: Mapping[str, str], *, to: Path) -> None:
    """Write the variables for a shell, so that manage.py in another terminal reaches the same servers."""
    unfinished = to.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(
        "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()), encoding="utf-8"
    )
    unfinished.rename(to)


def show_places(environment: Mapping[str, str], *, port: int, directory: Path) -> None:
    """Print what the visitor needs: addresses, sign-ins, folders."""
    say("\nRollbook is running. Ctrl-C stops it.\n")
    run_to_end(
        make_command("demo_sign_ins", "demo_sign_ins", "--port", str(port), environment=environment),
        seconds=COMMAND_SECONDS,
    )
    say(f"""
Sample files  {directory / "samples"}
Mails         {directory / "mail"}
Logs          {directory / "logs"}
manage.py     . {directory / "environment"} && .venv/bin/python manage.py help
""")


def stop_like_ctrl_c() -> None:
    """Turn every wish to end into KeyboardInterrupt; under make, end with make as well, even if that is killed."""

    def interrupt(*_: object) -> NoReturn:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # once is enough: stopping must not be interrupted
        say("\nStopping ...")
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    if "MAKELEVEL" in os.environ and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
