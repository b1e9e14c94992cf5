"""The browser journeys of `web/tests/journeys` against the whole platform."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.server import ROOT, free_port, running


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
        return subprocess.run(
            ["npm", "run", "--silent", "journeys", *sys.argv[1:]],
            cwd=ROOT / "web",
            env=environment,
        ).returncode


def _values(output: str) -> list[str]:
    return [line.partition("=")[2] for line in output.splitlines() if "=" in line]


if __name__ == "__main__":
    sys.exit(main())
