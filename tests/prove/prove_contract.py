"""Every operation under 200 generated requests, and chains of operations, over the running gateway.

SCHEMATHESIS_EXAMPLES and SCHEMATHESIS_CHAINS set how many; `make test` runs fewer.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.figures import Row, row
from tests.server import ROOT

_LONG = {"SCHEMATHESIS_EXAMPLES": "200", "SCHEMATHESIS_CHAINS": "300"}


def rows() -> list[Row]:
    """How many operations were asked and how many failed."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "tests/contract"],
        cwd=ROOT,
        env={**_LONG, **os.environ},
        capture_output=True,
        text=True,
    )
    said = ended.stdout[-20_000:]
    if ended.returncode:
        print(said)
    passed, failed = (_number(said, word) for word in ("passed", "failed|error"))
    asked = os.environ.get("SCHEMATHESIS_EXAMPLES", _LONG["SCHEMATHESIS_EXAMPLES"])
    return [
        row(f"contract, {asked} requests an operation, tests passed", passed, "tests"),
        row(
            f"contract, {asked} requests an operation, tests failed",
            failed,
            "tests",
            goal="0",
            holds=failed == 0 and passed > 0,
        ),
    ]


def _number(text: str, word: str) -> int:
    return sum(int(one) for one in re.findall(rf"(\d+) (?:{word})", text))
