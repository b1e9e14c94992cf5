"""Run measurements, print their figures, keep them under var/: `make bench` and `make prove`."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from typing import Any

from tests.server import ROOT

Row = dict[str, Any]


def row(
    name: str,
    value: float,
    unit: str,
    *,
    baseline: float | None = None,
    ratio: float | None = None,
    goal: str = "",
    holds: bool | None = None,
) -> Row:
    """One figure. `holds` says whether the goal is met, None where there is none."""
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": baseline,
        "ratio": round(ratio, 2) if ratio is not None else None,
        "goal": goal,
        "holds": holds,
    }


def run(kind: str, names: Sequence[str]) -> int:
    """Every `KIND_*.py` of tests/KIND, or those named; 1 when a goal is missed, 2 for a name
    that there is not."""
    folder = ROOT / "tests" / kind
    known = sorted(path.stem.removeprefix(f"{kind}_") for path in folder.glob(f"{kind}_*.py"))
    if set(names) - set(known):
        print(f"usage: python -m tests.{kind} [NAME ...], of: {', '.join(known)}")
        return 2
    found: list[Row] = []
    for name in names or known:
        print(f"== {name}", flush=True)
        for each in importlib.import_module(f"tests.{kind}.{kind}_{name}").rows():
            found.append(each)
            print(_line(each), flush=True)
    out = ROOT / "var" / kind / "results.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    missed = [each["name"] for each in found if each["holds"] is False]
    print(f"{len(found)} figures in {out.relative_to(ROOT)}; goals missed: {len(missed)}")
    return 1 if missed else 0


def _line(one: Row) -> str:
    line = f"  {one['name']}: {one['value']} {one['unit']}"
    if one["baseline"] is not None:
        line += f" (baseline {one['baseline']}, ratio {one['ratio']})"
    if one["goal"]:
        verdict = {True: "holds", False: "MISSED", None: "no verdict"}[one["holds"]]
        line += f"; goal {one['goal']}: {verdict}"
    return line
