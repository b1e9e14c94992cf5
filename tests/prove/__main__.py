"""Run every `prove_*.py` (or those named) and write var/prove/results.json."""

from __future__ import annotations

import sys

from tests import figures

if __name__ == "__main__":
    sys.exit(figures.run("prove", sys.argv[1:]))
