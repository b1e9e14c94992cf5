#!/usr/bin/env bash
# Makes .venv and installs the lock: `run` what the services need, `test` all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
want=$1
python=${PYTHON:-python3}
case $python in .venv/*) python=python3 ;; esac

"$python" - <<'PY' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; set PYTHON=")
PY
if ! node --version 2>/dev/null | grep -Eq '^v(2[0-9]|[3-9][0-9])'; then
  echo "Node 20 or newer is needed to build the web app (node --version)" >&2
  exit 1
fi
if [ ! -x .venv/bin/python ]; then
  echo "python: making .venv"
  "$python" -m venv .venv
fi
echo "python: installing what is needed to $want, by the hashes of requirements.lock"
lock=$(mktemp)
trap 'rm -f "$lock"' EXIT
if [ "$want" = run ]; then sed '/^# ----/,$d' requirements.lock >"$lock"; else cp requirements.lock "$lock"; fi
.venv/bin/pip install -qq --require-hashes -r "$lock"
touch ".venv/$want"
if [ "$want" = test ]; then touch .venv/run; fi
