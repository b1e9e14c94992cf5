#!/usr/bin/env bash
# All tests, as `make test` runs them. Every part runs even when one before it failed.
set -uo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
failed=()

part() {
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

find_chromium() {
  for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$candidate" ] && command -v "$candidate" && return
  done
  return 1
}

if ! CHROMIUM=$(find_chromium); then
  echo "== installing Debian's chromium for the browser journeys"
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update -qq && $as_root apt-get install -y -qq chromium >/dev/null
  CHROMIUM=$(find_chromium) || { echo "no chromium: install it and set CHROMIUM=" >&2; exit 1; }
fi
export CHROMIUM

part "python" "$python" -m pytest -q -n 2 --dist loadgroup
part "web units" npm --prefix web run --silent test
part "browser journeys" "$python" -m tests.journeys

if [ ${#failed[@]} -gt 0 ]; then
  echo "FAILED: ${failed[*]}"
  exit 1
fi
echo "all parts passed"
