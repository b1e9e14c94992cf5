"""The commands of the guide to personal data, as they stand there."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.habits.blocks import block
from tests.server import ROOT

GUIDE = ROOT / "docs/how-to/erase-personal-data.md"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"), [("export", '"contacts": []'), ("sweep", "removed 0 rows")]
)
def test_a_command_of_the_guide_does_what_it_says(name, said, tmp_path):
    done = subprocess.run(
        ["bash", "-e", "-c", block(GUIDE, name)],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
