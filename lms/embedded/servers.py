"""Starts what the environment does not give: PostgreSQL, the broker, a catching mail server, a folder for files.

Public surface: `ensure_servers` and `Servers`. A variable that is set is obeyed and nothing is started for it.
"""

import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lms.embedded.mailcatcher import answers_on, find_free_port
from lms.embedded.places import Place, open_place
from lms.embedded.postgres import PostgresServer
from lms.embedded.processes import EmbeddedServerError, GuardedProcess, Program, wait_until_ready
from lms.embedded.valkey import ValkeyServer

PROJECT = Path(__file__).resolve().parent.parent.parent
MAIL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Servers:
    """What runs, and the environment that points at it."""

    place: Place
    environment: Mapping[str, str]
    """Variables for every process of the product: DATABASE_URL, DATABASE_OWNER_URL, BROKER_URL, EMAIL_URL, ..."""
    postgres: PostgresServer | None
    """None where DATABASE_URL names another one; likewise below."""
    valkey: ValkeyServer | None
    mail: GuardedProcess | None


@contextmanager
def ensure_servers(
    *, directory: Path, durable: bool, with_mail: bool = True, given: Mapping[str, str] = os.environ
) -> Iterator[Servers]:
    """Run the missing servers from `directory` for as long as the block lasts, and stop them in order.

    `durable` keeps data through a crash of the machine (demo, bench); tests do without. `with_mail=False` leaves
    EMAIL_URL alone. `given` is the environment to look into. Nothing is put into os.environ.

    Raises EmbeddedServerError with words for the terminal.
    """
    if bool(given.get("DATABASE_URL")) != bool(given.get("DATABASE_OWNER_URL")):
        message = (
            "DATABASE_URL (application role) and DATABASE_OWNER_URL (owner role) belong together: set both or none. "
            "docs/operations.md shows how to make the two roles."
        )
        raise EmbeddedServerError(message)
    with ExitStack() as stack:
        place = stack.enter_context(open_place(directory))
        environment = {
            "DATA_DIR": given.get("DATA_DIR") or str(place.directory),
            "STORAGE_URL": given.get("STORAGE_URL") or f"file://{place.directory / 'files'}",
            "SECRET_KEY": given.get("SECRET_KEY") or read_secret_key(place.directory),
        }
        postgres = valkey = mail = None
        if not given.get("DATABASE_URL"):
            postgres = PostgresServer(place, durable=durable)
            stack.callback(postgres.stop)
            postgres.start()
            environment |= {"DATABASE_URL": postgres.application_url, "DATABASE_OWNER_URL": postgres.owner_url}
        if not given.get("BROKER_URL"):
            valkey = ValkeyServer(place, durable=durable)
            stack.callback(valkey.stop)
            valkey.start()
            environment["BROKER_URL"] = valkey.url
        if with_mail and not given.get("EMAIL_URL"):
            port = find_free_port(preferred=1025)
            mail = _mail_process(place, port=port)
            stack.callback(mail.stop)
            mail.start()
            wait_until_ready(mail, is_ready=lambda: answers_on(port), seconds=MAIL_SECONDS)
            environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "EMAIL_URL"):
            if given.get(name):
                environment[name] = given[name]
        yield Servers(place=place, environment=environment, postgres=postgres, valkey=valkey, mail=mail)


def read_secret_key(directory: Path) -> str:
    """Return this directory's own secret key, made at the first start, so that sign-ins survive a restart."""
    path = directory / "secret_key"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(50), encoding="ascii")
        unfinished.rename(path)
    return path.read_text(encoding="ascii")


def _mail_process(place: Place, *, port: int) -> GuardedProcess:
    folder = place.directory / "mail"
    return GuardedProcess(
        Program(
            name="mail",
            command=(sys.executable, "-m", "lms.embedded.mailcatcher", str(folder), str(port)),
            directory=PROJECT,
            log=place.logs / "mail.log",
        ),
        lock=place.lock,
    )
