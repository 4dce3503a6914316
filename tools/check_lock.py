"""Check the lock files: they agree with pyproject.toml, pin by version and hash, and name no host.

Run by `make check`; exit code 1 and one line for each fault.
"""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?: ; .+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")
NAMES_A_HOST = re.compile(r"://|^-i |^--(extra-)?index|^--find-links|^--trusted-host| @ ", re.MULTILINE)


def read_entries(text: str) -> list[list[str]]:
    """Split a lock file into its entries: the requirement, then its options."""
    joined = re.sub(r"\\\n\s*", "\n\t", text)
    entries: list[list[str]] = []
    for line in joined.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith("\t"):
            entries[-1].append(line.strip())
        else:
            entries.append([line.strip()])
    return entries


def find_faults(lock: str, *, wanted: list[str]) -> list[str]:
    """Return what is wrong with the text of a lock file, given the requirements of pyproject.toml."""
    faults = [f"names a place to download from: {match.group()!r}" for match in NAMES_A_HOST.finditer(lock)]
    versions: dict[str, set[str]] = {}
    for requirement, *options in read_entries(lock):
        match = PINNED.match(requirement)
        if match is None:
            faults.append(f"not pinned: {requirement}")
            continue
        versions.setdefault(canonicalize_name(match["name"]), set()).add(match["version"])
        if not options or not all(HASH.match(option) for option in options):
            faults.append(f"without hashes: {requirement}")
    for text in wanted:
        requirement_wanted = Requirement(text)
        locked = versions.get(canonicalize_name(requirement_wanted.name), set())
        if not locked:
            faults.append(f"missing: {text}")
        faults += [
            f"{requirement_wanted.name} {version} is not {requirement_wanted.specifier}"
            for version in sorted(locked)
            if not requirement_wanted.specifier.contains(version, prereleases=True)
        ]
    return faults


def read_wanted(pyproject: str, *, with_groups: bool) -> list[str]:
    """Return the direct requirements of a pyproject.toml, with or without those of its dependency groups."""
    parsed = tomllib.loads(pyproject)
    wanted: list[str] = list(parsed["project"]["dependencies"])
    if with_groups:
        wanted += [text for group in parsed["dependency-groups"].values() for text in group]
    return wanted


def find_differences(production: str, *, full: str) -> list[str]:
    """Return the entries of the production lock that the tests did not run with."""
    tested = {tuple(entry) for entry in read_entries(full)}
    return [
        f"not as in requirements.lock: {entry[0]}" for entry in read_entries(production) if tuple(entry) not in tested
    ]


def main() -> int:
    """Check the project's own files."""
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    full = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    production = (PROJECT / "requirements-production.lock").read_text(encoding="utf-8")
    faults = find_faults(full, wanted=read_wanted(pyproject, with_groups=True))
    faults += find_faults(production, wanted=read_wanted(pyproject, with_groups=False))
    faults += find_differences(production, full=full)
    sys.stdout.writelines(f"lock files: {fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
