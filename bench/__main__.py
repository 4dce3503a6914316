"""Runs the bench. Servers first: Django reads its settings from the environment they give."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from lms.embedded.processes import EmbeddedServerError, run_to_end
from lms.embedded.product import PROJECT, make_command
from lms.embedded.servers import ensure_servers


def main() -> int:
    """Measure imports and the daily job, or what ONLY names of the two; return the exit code."""
    only = os.environ.get("ONLY", "")
    is_quick = os.environ.get("QUICK", "") not in ("", "0")
    directory = Path(tempfile.mkdtemp(prefix="rollbook-bench-"))
    directory.chmod(0o755)
    try:
        with ensure_servers(directory=directory, durable=True, with_mail=False, given={}) as servers:
            environment = {**servers.environment, "HASHED_STATIC_FILES": "false", "LOG_LEVEL": "WARNING"}
            log = directory / "logs" / "migrate.log"
            run_to_end(
                make_command("migrate", "migrate", "--database", "owner", environment=environment, log=log), seconds=300
            )
            os.environ.update(environment)
            os.environ["DJANGO_SETTINGS_MODULE"] = "lms.settings"
            import django

            django.setup()
            from bench.daily import run_daily_bench
            from bench.running import run_bench

            output = PROJECT / ".rollbook" / "bench"
            if only in ("", "imports"):
                run_bench(servers, is_quick=is_quick, output=output)
            if only in ("", "daily"):
                run_daily_bench(is_quick=is_quick, output=output)
    except EmbeddedServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
