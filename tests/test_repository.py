"""The repository as a stranger gets it: locks name no host, set-up files name only what exists, no traces of a machine."""

import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from lms.celery import __name__ as celery_module
from lms.celery import app
from lms.embedded.product import make_programs
from lms.embedded.servers import PROJECT
from tools.check_lock import find_differences, find_faults

# Variables of programs that are not ours: the AWS library, the SeaweedFS and PostgreSQL images.
FOREIGN_VARIABLES = {
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "DATABASE_APP_PASSWORD",
    "DATABASE_OWNER_PASSWORD",
    "POSTGRES_INITDB_ARGS",
    "POSTGRES_PASSWORD",
    "S3_BUCKET",
}
PRODUCT = {"migrate", "web", "worker-imports", "worker-mail", "beat"}
TEXT_ENDINGS = {".css", ".html", ".js", ".json", ".lock", ".md", ".py", ".sh", ".toml", ".yml", ""}


def list_files() -> list[Path]:
    """All files that git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := PROJECT / name).is_file()]


def read_compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def read_dockerfile() -> list[tuple[str, str]]:
    """The instructions and their arguments, comments and line breaks taken out."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def list_settings_variables() -> set[str]:
    """The variables lms/settings.py reads."""
    text = (PROJECT / "lms" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"""env(?:\.\w+)?\(\s*["']([A-Z_]+)["']""", text))


# --- lock files ---------------------------------------------------------------------------------------


def test_lock_files_are_complete_hashed_and_name_no_host() -> None:
    checked = subprocess.run(
        [sys.executable, "tools/check_lock.py"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_lock_check_finds_each_kind_of_fault() -> None:
    good = f"django==5.2.1 \\\n    --hash=sha256:{'0' * 64}\n"
    assert find_faults(good, wanted=["Django>=5.2,<5.3"]) == []
    assert find_faults(f"--index-url https://host/simple\n{good}", wanted=["django"]) == [
        "names a place to download from: '--index'",
        "names a place to download from: '://'",
        "not pinned: --index-url https://host/simple",
    ]
    assert find_faults("django>=5.2\n", wanted=[]) == ["not pinned: django>=5.2"]
    assert find_faults("django==5.2.1\n", wanted=[]) == ["without hashes: django==5.2.1"]
    assert find_faults(good, wanted=["celery>=5", "django>=6"]) == ["missing: celery>=5", "django 5.2.1 is not >=6"]
    assert find_differences(good, full=good.replace("5.2.1", "5.2.2")) == ["not as in requirements.lock: django==5.2.1"]


# --- Dockerfile and docker-compose.yml ------------------------------------------------------------------


def test_dockerfile_copies_only_what_exists_and_runs_the_real_application() -> None:
    instructions = read_dockerfile()
    known = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "CMD"}
    assert {name for name, _ in instructions} <= known
    copied = [source for name, words in instructions if name == "COPY" for source in words.split()[:-1]]
    assert [source for source in copied if not (PROJECT / source).exists()] == []
    installed = [re.findall(r"-r (\S+)", words) for name, words in instructions if name == "RUN" and "pip" in words]
    assert installed == [["requirements-production.lock"]]
    python = next(re.fullmatch(r"python:(\d+)\.(\d+)-slim", words) for name, words in instructions if name == "FROM")
    assert python is not None
    assert (int(python[1]), int(python[2])) >= (3, 11)
    (command,) = (yaml.safe_load(words) for name, words in instructions if name == "CMD")
    assert command[:2] == ["gunicorn", "lms.wsgi:application"]
    assert callable(importlib.import_module("lms.wsgi").application)


def test_container_runs_what_the_demo_runs() -> None:
    (command,) = (yaml.safe_load(words) for name, words in read_dockerfile() if name == "CMD")
    web = next(p for p in make_programs({}, logs=Path(), data=Path(), port=8000) if p.name == "web").command
    for option in ("--worker-class", "--workers", "--threads"):
        assert command[command.index(option) + 1] == web[web.index(option) + 1]


def test_compose_has_the_parts_of_the_architecture() -> None:
    services = read_compose()["services"]
    assert set(services) == PRODUCT | {"postgres", "redis", "files", "mail"}
    assert {name for name, service in services.items() if service["image"] == "rollbook"} == PRODUCT


def test_compose_names_only_services_volumes_and_files_that_exist() -> None:
    compose = read_compose()
    for name, service in compose["services"].items():
        for needed in service.get("depends_on", {}):
            assert needed in compose["services"], (name, needed)
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            exists = (PROJECT / source).is_file() if source.startswith(".") else source in compose["volumes"]
            assert exists, (name, volume)
    mounted = {volume.partition(":")[0] for s in compose["services"].values() for volume in s.get("volumes", [])}
    assert set(compose["volumes"]) <= mounted


def test_compose_sets_only_variables_somebody_reads() -> None:
    known = list_settings_variables() | FOREIGN_VARIABLES
    unknown = {
        (name, variable)
        for name, service in read_compose()["services"].items()
        for variable in service.get("environment", {})
        if variable not in known
    }
    assert unknown == set()


def test_compose_asks_for_every_secret_and_has_a_default_for_the_rest() -> None:
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    required = set(re.findall(r"\$\{(\w+):\?", text))
    every = set(re.findall(r"\$\{(\w+)", text))
    defaulted = set(re.findall(r"\$\{(\w+):-", text))
    assert every == required | defaulted
    header = text.partition("\n\n")[0]
    assert required == {word for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", header) if word != "BASE_DOMAIN"}


def test_compose_gives_the_owner_role_to_migrations_and_maintenance_alone() -> None:
    with_owner = {
        name for name, s in read_compose()["services"].items() if "DATABASE_OWNER_URL" in s.get("environment", {})
    }
    assert with_owner == {"migrate", "worker-mail"}


def test_compose_runs_commands_and_queues_that_exist() -> None:
    services = read_compose()["services"]
    commands = {name: shlex.split(services[name].get("command", "")) for name in PRODUCT}
    managed = re.findall(r"manage\.py (\w+)", " ".join(commands["migrate"]))
    assert managed == ["migrate", "collectstatic"]
    assert set(managed) <= set(get_commands())
    celery = [command for command in commands.values() if command[:1] == ["celery"]]
    assert {command[command.index("--app") + 1] for command in celery} == {celery_module}
    queues = {queue for command in celery if "--queues" in command for queue in read_queues(command)}
    assert queues == wanted_queues()


def test_demo_workers_serve_every_queue() -> None:
    programs = make_programs({}, logs=Path(), data=Path(), port=8000)
    served = {queue for program in programs if "--queues" in program.command for queue in read_queues(program.command)}
    assert served == wanted_queues()


def test_demo_gives_the_owner_role_to_maintenance_alone() -> None:
    programs = make_programs({"DATABASE_OWNER_URL": "postgres://owner"}, logs=Path(), data=Path(), port=8000)
    assert [p.name for p in programs if p.environment["DATABASE_OWNER_URL"]] == ["worker-mail"]


def read_queues(command: "list[str] | tuple[str, ...]") -> list[str]:
    return command[command.index("--queues") + 1].split(",")


def wanted_queues() -> set[str]:
    return {route["queue"] if isinstance(route, dict) else route for route in app.conf.task_routes.values()} | {
        app.conf.task_default_queue
    }


def test_database_script_gives_no_role_the_right_to_bypass_row_level_security() -> None:
    script = (PROJECT / "deploy" / "create-database.sh").read_text(encoding="utf-8")
    roles = re.findall(r"^CREATE ROLE (\w+) (.*) PASSWORD", script, re.MULTILINE)
    rights = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB"
    assert roles == [("lms_owner", rights), ("lms_app", rights)]


# --- make and README -------------------------------------------------------------------------------------


def test_readme_commands_are_targets_of_the_makefile() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)", (PROJECT / "README.md").read_text(encoding="utf-8")))
    assert {"demo", "test"} <= named <= targets
    assert {"demo", "test", "check", "bench", "faults", "lock"} <= targets


def test_ci_runs_the_checks_and_the_readme_s_tests() -> None:
    script = PROJECT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make check || status=$?", "make test || status=$?"]
    assert lines[-1] == 'exit "$status"'


@pytest.mark.parametrize("script", ["tools/set_up.sh", "tools/set_up_browser.sh", "deploy/create-database.sh"])
def test_shell_scripts_parse(script: str) -> None:
    assert subprocess.run(["sh", "-n", script], cwd=PROJECT, check=False).returncode == 0


def test_set_up_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    shutil.copy(PROJECT / "tools" / "set_up.sh", tmp_path / "tools")
    shutil.copy(PROJECT / "requirements.lock", tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "cmp"):
        (programs / name).symlink_to(shutil.which(name) or "")

    def run() -> tuple[int, str]:
        done = subprocess.run(
            [shutil.which("sh") or "", "tools/set_up.sh"],
            cwd=tmp_path,
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr.splitlines()[0]

    tried = "python3.11 python3.12 python3.13 python3.14 python3"
    assert run() == (1, f"Rollbook needs Python 3.11 or newer, and none was found (tried: {tried}).")
    # A Python as Debian ships it without python3-venv.
    python = programs / "python3.12"
    python.write_text(
        '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n[ "$1" = --version ] && echo Python 3.12.1\nexit 0\n'
    )
    python.chmod(0o755)
    assert run() == (1, "Python 3.12.1 is here, but without its venv module.")


def test_python_is_the_same_everywhere() -> None:
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["requires-python"] == ">=3.11"
    assert pyproject["tool"]["ruff"]["target-version"] == "py311"
    assert pyproject["tool"]["mypy"]["python_version"] == "3.11"


# --- traces ----------------------------------------------------------------------------------------------


def read_texts() -> Iterator[tuple[str, str]]:
    for path in list_files():
        if path.suffix in TEXT_ENDINGS and path != Path(__file__):
            yield str(path.relative_to(PROJECT)), path.read_text(encoding="utf-8")


def test_no_file_names_a_machine_or_a_package_index() -> None:
    checkout = re.escape(f"{PROJECT.parent}/") if PROJECT.parent != Path("/") else "(?!)"
    traces = re.compile(rf"/home/\w+/|/root/|{checkout}|pypi\.org|pythonhosted|index-url")
    found = {(name, match.group()) for name, text in read_texts() for match in traces.finditer(text)}
    assert found == set()


def test_no_secrets_or_work_files_are_kept() -> None:
    names = [path.relative_to(PROJECT) for path in list_files()]
    unwanted = {".env", "uv.lock", "db.sqlite3"}
    assert [str(name) for name in names if name.name in unwanted or name.parts[0] in {".venv", ".rollbook"}] == []


def test_no_file_of_code_is_too_long_to_read() -> None:
    long = {
        name: len(text.splitlines())
        for name, text in read_texts()
        if name.endswith(".py") and "/migrations/" not in name and len(text.splitlines()) > 400
    }
    assert long == {}


def test_every_setting_from_the_environment_is_documented() -> None:
    read = set(re.findall(r'env\.\w+\("([A-Z_]+)"', (PROJECT / "lms/settings.py").read_text()))
    told = (PROJECT / "docs/operations.md").read_text()
    assert len(read) > 20
    assert sorted(name for name in read if name not in told) == []
