"""The two lines of the front door and of the tutorial, on a page of another origin."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.habits.blocks import block
from tests.server import ROOT, Server

pytestmark = pytest.mark.xdist_group("platform")

README = ROOT / "README.md"
TUTORIAL = ROOT / "docs/tutorial/first-embed.md"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The folder on a free port: an origin that is not the platform's."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as partner:
        threading.Thread(target=partner.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{partner.server_port}"
        partner.shutdown()


@pytest.mark.parametrize(("page", "name"), [(README, "two-lines"), (TUTORIAL, "partner")])
def test_the_two_lines_show_the_practices_of_campania_in_italian(
    page: Path, name: str, server: Server, tmp_path: Path
):
    text = block(page, name).replace("http://127.0.0.1:8000", server.url)
    (tmp_path / "partner.html").write_text(text)
    with serving(tmp_path) as address:
        seen = subprocess.run(
            ["node", str(ROOT / "tests/journeys/two-lines.mjs"), f"{address}/partner.html"],
            cwd=ROOT / "web",
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert "Campania" in seen.stdout, seen.stderr
    assert "pratic" in seen.stdout
