#!/bin/sh
# Installs Chromium for the browser tests where that is possible without asking: as root, with apt. Elsewhere the
# tests say that they are skipped, except with CI=true, where they fail.
set -eu

for name in chromium chromium-headless-shell google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    printf '%s\n' "No Chromium here: browser tests will be skipped (Debian: apt install chromium)." >&2
    exit 0
fi
printf '%s\n' "Installing Chromium for the browser tests ..." >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if apt-get update >"$log" 2>&1 && apt-get install -y --no-install-recommends chromium-headless-shell >>"$log" 2>&1; then
    rm -f "$log"
elif apt-get install -y --no-install-recommends chromium >>"$log" 2>&1; then
    rm -f "$log"
else
    tail -n 15 "$log" >&2
    printf '%s\n' "Chromium could not be installed; browser tests will be skipped, or fail with CI=true." >&2
fi
