"""The browser journeys of `web/tests/journeys` against the whole platform."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.server import ROOT, Server, free_port, running

# Who works in the journeys of work (w-) and of questionnaires and administration (q-); each
# chooses another password at first.
_PASSWORD = "the password of the journeys"
_PEOPLE = (
    ("w-editor", "region-editor", "ES51"),
    ("w-publisher", "publisher", "*"),
    ("w-first", "evaluator", "SE224"),
    ("w-second", "evaluator", "ITF4"),
    ("q-reviewer", "central-reviewer", "*"),
    ("q-first", "expert", "ES51"),
    ("q-second", "expert", "ES51"),
    ("q-editor", "region-editor", "SE224"),
    ("q-admin", "administrator", "*"),
)


def main() -> int:
    """Start the platform over fresh data, run the journeys, stop it."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as server:
        print(f"the platform was ready after {server.seconds_to_ready:.1f} s")
        scopes = ("--scope", "practices:write", "--scope", "practices:publish")
        made = server.command("clients", "create", "--region", "ES51", *scopes)
        environment = {**os.environ, "BASE_URL": server.url}
        environment |= dict(zip(("CLIENT_ID", "CLIENT_SECRET"), _values(made.stdout), strict=True))
        environment["PARTNER_PORT"] = str(free_port())
        partner = f"http://127.0.0.1:{environment['PARTNER_PORT']}"
        made = server.command("embed-keys", "create", "--name", "partner", "--origin", partner)
        environment["EMBED_KEY"] = _values(made.stdout)[0]
        environment["WORK_PASSWORD"] = _PASSWORD
        for person in _PEOPLE:
            _employ(server, *person)
        return subprocess.run(
            ["npm", "run", "--silent", "journeys", *sys.argv[1:]],
            cwd=ROOT / "web",
            env=environment,
        ).returncode


def _employ(server: Server, name: str, role: str, region: str) -> None:
    """Make a person with a role."""
    command = [sys.executable, "-m", "services", "--data-dir", str(server.data_dir)]
    words = ["people", "create", name, "--role", role, "--region", region, "--password-stdin"]
    subprocess.run([*command, *words], cwd=ROOT, input=f"{_PASSWORD}\n", text=True, check=True)


def _values(output: str) -> list[str]:
    return [line.partition("=")[2] for line in output.splitlines() if "=" in line]


if __name__ == "__main__":
    sys.exit(main())
