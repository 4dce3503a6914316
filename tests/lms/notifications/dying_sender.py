"""A mail worker that is killed after the server has taken a mail and before that is written down.

Run as `python -m tests.lms.notifications.dying_sender NUMBER`: the mail with this place, beginning at 1, is the last one.
"""

import os
import signal
import sys
from typing import Any

import django

django.setup()

from lms.notifications import delivery  # noqa: E402 - after the set-up


def main(last: int) -> None:
    """Deliver until the end comes."""
    settle, taken = delivery._settle, 0  # noqa: SLF001 - the very line between the server's answer and the commit

    def die_instead(*args: Any, state: str, **more: Any) -> None:
        nonlocal taken
        taken += state == delivery.State.SENT
        if taken == last:
            os.kill(os.getpid(), signal.SIGKILL)
        settle(*args, state=state, **more)

    delivery._settle = die_instead  # noqa: SLF001
    delivery.deliver_due()


if __name__ == "__main__":
    main(int(sys.argv[1]))
