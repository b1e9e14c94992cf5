"""The browser journeys of `web/tests/journeys` against the whole platform.

`python -m tests.journeys` runs all of them, `python -m tests.journeys embed work` those files.
With SHOTS=folder they keep pictures of what they saw.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from services.__main__ import main as platform
from tests.server import ROOT, Server, free_port, running

JOURNEYS = ROOT / "web" / "tests" / "journeys"
# Those who only read go first and side by side; then people change the data, each in rows of
# their own, so that these can go side by side, too.
ROOMS = ("reading", "working")
AT_ONCE = 2

# Who works in the journeys of work (w-), of questionnaires and administration (q-), of the own
# account (a-), and who writes hostile texts (x-); each chooses another password at first.
_PEOPLE = (
    ("w-editor", "region-editor", "ES51"),
    ("w-publisher", "publisher", "ES51"),
    ("w-first", "evaluator", "SE224"),
    ("w-second", "evaluator", "ITF4"),
    ("q-reviewer", "central-reviewer", "*"),
    ("q-first", "expert", "ES51"),
    ("q-second", "expert", "ES51"),
    ("q-editor", "region-editor", "SE224"),
    ("q-admin", "administrator", "*"),
    ("a-account", "expert", "ES51"),
    ("x-editor", "region-editor", "ITF4"),
    ("x-publisher", "publisher", "ITF4"),
    ("x-first", "evaluator", "SE224"),
    ("x-second", "evaluator", "ES51"),
    ("x-reviewer", "central-reviewer", "*"),
    ("x-admin", "administrator", "*"),
)


def main() -> int:
    """Start the platform over fresh data, run the journeys, stop it; 0 when all of them hold."""
    rooms = [_chosen(room, sys.argv[1:]) for room in ROOMS]
    if not any(rooms):
        sys.exit(f"no journey is called {' or '.join(sys.argv[1:])}")
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as server:
        print(f"the platform was ready after {server.seconds_to_ready:.1f} s")
        passwords = {name: _employ(server, name, *rest) for name, *rest in _PEOPLE}
        environment = {**os.environ, **_guests(server), "PASSWORDS": json.dumps(passwords)}
        return max([_run(files, environment) for files in rooms if files])


def _chosen(room: str, names: list[str]) -> list[str]:
    files = sorted((JOURNEYS / room).glob("*.test.mjs"))
    return [str(one) for one in files if not names or one.name.partition(".")[0] in names]


def _run(files: list[str], environment: dict[str, str]) -> int:
    command = ["node", "--test", f"--test-concurrency={AT_ONCE}", *files]
    return subprocess.run(command, cwd=ROOT / "web", env=environment).returncode


def _guests(server: Server) -> dict[str, str]:
    """Where the platform is, and what a partner's site needs to show parts of it."""
    port = str(free_port())
    partner = f"http://127.0.0.1:{port}"
    key = _command(server, "embed-keys", "create", "--name", "partner", "--origin", partner)[0]
    return {"BASE_URL": server.url, "PARTNER_PORT": port, "EMBED_KEY": key}


def _employ(server: Server, name: str, role: str, region: str) -> str:
    """Make a person with a role; the password of the first sign-in."""
    return _command(server, "people", "create", name, "--role", role, "--region", region)[-1]


def _command(server: Server, *words: str) -> list[str]:
    """Run a command of the platform in this process, which is quicker; the values it prints."""
    said = io.StringIO()
    with redirect_stdout(said):
        assert platform(["--data-dir", str(server.data_dir), *words]) == 0, words
    return [line.partition("=")[2] for line in said.getvalue().splitlines() if "=" in line]


if __name__ == "__main__":
    sys.exit(main())
