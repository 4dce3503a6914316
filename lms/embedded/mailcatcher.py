"""A catching SMTP server: takes every message in a real SMTP conversation and delivers none.

Public surface: `MailCatcher` (in this process: tests) and `python -m lms.embedded.mailcatcher FOLDER PORT` (the
demo: every message becomes a file a mail program can open).
"""

import asyncio
import email
import email.policy
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
ARGUMENTS = 3


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return email.message_from_bytes(self.content, policy=email.policy.default)


class _Handler:
    """aiosmtpd's hooks: refuse the recipients a test names, keep the rest."""

    def __init__(self, keep: Callable[[CaughtMail], None], *, refused: dict[str, str]) -> None:
        self._keep = keep
        self._refused = refused

    async def handle_RCPT(  # noqa: N802 (the hook's name and arguments are aiosmtpd's)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        _ = server, session
        answer = self._refused.get(address)
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        _ = server, session
        content = envelope.content or b""
        raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self._keep(CaughtMail(sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), content=raw))
        return "250 OK"


@dataclass(slots=True)
class MailCatcher:
    """A catching server in a thread of this process."""

    port: int
    caught: list[CaughtMail] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Recipient -> SMTP answer, for example "550 no such user" or "451 try later"."""

    @property
    def url(self) -> str:
        """EMAIL_URL."""
        return f"smtp://{HOST}:{self.port}"

    def clear(self) -> None:
        """Forget all mails and refusals."""
        self.caught.clear()
        self.refused.clear()


@contextmanager
def catch_mail() -> Iterator[MailCatcher]:
    """Run a catching server on a free port for as long as the block lasts."""
    catcher = MailCatcher(port=find_free_port())
    handler = _Handler(catcher.caught.append, refused=catcher.refused)
    controller = Controller(handler, hostname=HOST, port=catcher.port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield catcher
    finally:
        controller.stop()


def find_free_port(*, preferred: int = 0) -> int:
    """Return `preferred` or the next free loopback port after it; any free one for 0."""
    candidates = range(preferred, preferred + 50) if preferred else [0]
    for candidate in candidates:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    message = f"no free port from {preferred} on"
    raise OSError(message)


def answers_on(port: int) -> bool:
    """Tell whether something listens on this loopback port."""
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


def write_mail(mail: CaughtMail, *, folder: Path) -> Path:
    """Store one mail as an .eml file whose name tells when it came and to whom it went."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    recipient = re.sub(r"[^A-Za-z0-9@._+-]", "_", mail.recipients[0] if mail.recipients else "nobody")[:100]
    path = folder / f"{moment}-{recipient}.eml"
    path.write_bytes(mail.content)
    return path


async def _serve(folder: Path, *, port: int) -> None:

    def keep(mail: CaughtMail) -> None:
        write_mail(mail, folder=folder)

    handler = _Handler(keep, refused={})
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True, loop=loop), HOST, port)
    async with server:
        await stopped.wait()


def main(arguments: list[str]) -> int:
    """Catch mail into a folder until SIGTERM."""
    if len(arguments) != ARGUMENTS:
        sys.stderr.write("usage: python -m lms.embedded.mailcatcher FOLDER PORT\n")
        return 2
    folder = Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_serve(folder, port=int(arguments[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
