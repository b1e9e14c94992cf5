"""Run every `bench_*.py` (or those named) and write var/bench/results.json."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from tests.server import ROOT


def main() -> int:
    """1 when a goal is missed, so that nobody overlooks it."""
    folder = Path(__file__).parent
    names = sys.argv[1:] or sorted(
        path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py")
    )
    found = []
    for name in names:
        print(f"== {name}", flush=True)
        for row in importlib.import_module(f"tests.bench.bench_{name}").rows():
            found.append(row)
            print(_line(row), flush=True)
    out = ROOT / "var" / "bench" / "results.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    missed = [row["name"] for row in found if row["holds"] is False]
    print(f"{len(found)} figures in {out.relative_to(ROOT)}; goals missed: {len(missed)}")
    return 1 if missed else 0


def _line(row: dict) -> str:
    line = f"  {row['name']}: {row['value']} {row['unit']}"
    if row["baseline"] is not None:
        line += f" (baseline {row['baseline']}, ratio {row['ratio']})"
    if row["goal"]:
        verdict = {True: "holds", False: "MISSED", None: "no verdict"}[row["holds"]]
        line += f"; goal {row['goal']}: {verdict}"
    return line


if __name__ == "__main__":
    sys.exit(main())
