#!/bin/sh
# Makes .venv from requirements.lock (by hash). Does nothing, at once, when that is done already.
# Needs a Python of at least 3.11 with its venv module, and a package index that pip can reach.
set -eu
cd "$(dirname "$0")/.."

# Names of bigger Pythons come last: the oldest sufficient one has the most wheels.
candidates="python3.11 python3.12 python3.13 python3.14 python3"
installed=.venv/installed.lock

say() { printf '%s\n' "$*" >&2; }

if [ -x .venv/bin/python ] && cmp -s requirements.lock "$installed" && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

# Two runs at once would install over each other; the second one finds everything done.
if [ -z "${ROLLBOOK_SET_UP:-}" ] && command -v flock >/dev/null 2>&1; then
    ROLLBOOK_SET_UP=1 exec flock .venv.lock sh tools/set_up.sh
fi

python=
for candidate in $candidates; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    say "Rollbook needs Python 3.11 or newer, and none was found (tried: $candidates)."
    say "Install one (Debian, Ubuntu: apt install python3 python3-venv) and try again."
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    say "$("$python" --version) is here, but without its venv module."
    say "Install it (Debian, Ubuntu: apt install python3-venv) and try again."
    exit 1
fi

# An environment that another Python made, or that was left half-way, is made again.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 && ! .venv/bin/python -m ensurepip >/dev/null 2>&1; then
    rm -rf .venv
    say "Making .venv with $("$python" --version) ..."
    "$python" -m venv .venv
fi
rm -f "$installed"
say "Installing what requirements.lock names (once, about half a minute) ..."
.venv/bin/python -m pip install --disable-pip-version-check -qq --require-hashes -r requirements.lock
cp requirements.lock "$installed"
