"""The page of the guide "Embed the search", in a browser, from another origin."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.habits.blocks import block
from tests.server import ROOT, Server, free_port

pytestmark = pytest.mark.xdist_group("platform")

GUIDE = ROOT / "docs" / "how-to" / "embed-search.md"


def test_a_partners_page_on_another_origin_finds_practices(server: Server):
    # Inside node_modules, so that the bundler finds what the web app has installed.
    folder = ROOT / "web" / "node_modules" / ".partner-page"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "index.html").write_text(block(GUIDE, "page"))
    script = block(GUIDE, "main").replace("http://127.0.0.1:8000", server.url)
    (folder / "main.js").write_text(script)
    build = ["npx", "--no-install", "vite", "build", "--logLevel", "error", "."]
    subprocess.run(build, cwd=folder, check=True, timeout=120)
    port = free_port()
    serve = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    partner = subprocess.Popen(
        [*serve, "--directory", "dist"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        seen = subprocess.run(
            ["node", str(ROOT / "tests/journeys/partner.mjs"), f"http://127.0.0.1:{port}/"],
            cwd=ROOT / "web",
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "robotics" in seen.stdout, seen.stderr
    finally:
        partner.kill()
        partner.wait()
        shutil.rmtree(folder)
