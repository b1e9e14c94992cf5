"""Run every `bench_*.py` (or those named) and write var/bench/results.json."""

from __future__ import annotations

import sys

from tests import figures

if __name__ == "__main__":
    sys.exit(figures.run("bench", sys.argv[1:]))
