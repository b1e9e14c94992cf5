"""Methodologies and answers made by chance, in their file formats.

Everything comes from one `random.Random`, so a seed names an example and
Hypothesis can make it smaller (`st.randoms`).
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

from hypothesis import settings

law = settings(deadline=None, max_examples=int(os.environ.get("LAW_EXAMPLES", "30")))
"""For properties: few examples in the ordinary run, LAW_EXAMPLES=1000 for the long proof."""

Data = dict[str, Any]
Row = dict[str, str | None]

WEIGHTS = ("0", "0.5", "1", "1", "1", "2", "0.3333", "12.75")
VALUES = (0, 0, 25, 50, 50, 75, 100, 100, "33.3333", 66.6667, "12.5", 99.9)
THRESHOLDS = ("0", "0.5", "0.65", "0.6667", "1")
BANDS = (("lowest", 0), ("low", 1), ("fair", 21), ("half", 41), ("good", 60), ("best", 80))


def a_methodology(random: Random, indicators: int | None = None) -> Data:
    """A valid methodology file of 1 to 12 indicators, with every kind of axis and rule."""
    groups = ["TCN", "BIP", "EUM"][: random.randint(1, 3)]
    axes = [_axis(random, code, kind) for code, kind in _AXES]
    count = indicators or random.randint(1, 12)
    asked = [_indicator(random, f"Q{n:02d}", groups, axes) for n in range(count)]
    random.shuffle(asked)
    _repair_zero_sums(asked, axes)
    return {
        "id": "by-chance", "version": "1", "title": "By chance", "notice": "made for a test",
        "language": "en", "licence": "CC0-1.0", "source": "chance", "date": "2026-01-01",
        "groups": [
            {"code": code, "name": code, "weight": random.choice(("1", "1", "2", "0.5"))}
            for code in groups
        ],
        "axes": axes,
        "overall": _overall(random, axes, asked),
        "thresholds": {
            "dimension": random.choice(THRESHOLDS),
            "overall": random.choice(THRESHOLDS),
            "n_min": random.choice((1, 1, 2, 3)),
        },
        "not_competent": random.choice(("exclude", "zero")),
        "bands": [{"code": code, "name": code, "from": edge} for code, edge in BANDS],
        "display_decimals": 1,
        "indicators": asked,
    }  # fmt: skip


def some_rows(random: Random, data: Data, regions: int | None = None) -> list[Row]:
    """Answers of 1 to 6 regions in any order, some cells without a row."""
    rows: list[Row] = []
    for number in range(regions or random.randint(1, 6)):
        gaps = random.choice((0.0, 0.05, 0.4, 1.0))
        for one in data["indicators"]:
            for group in one["groups"]:
                rows.append(_row(random, f"R{number:02d}", one, group, gaps))
    random.shuffle(rows)
    return [row for row in rows if row["state"] != "missing" or random.random() < 0.5] or rows[:1]


def row(region: str, indicator: str, group: str, state: str, option: str | None = None) -> Row:
    """One row of an answers file."""
    return {
        "region": region,
        "indicator": indicator,
        "group": group,
        "state": state,
        "option": option,
    }


_AXES = (("element", "exclusive"), ("phase", "multi"), ("area", "optional"))


def _axis(random: Random, code: str, kind: str) -> Data:
    names = [f"{code}-{letter}" for letter in "abcd"[: random.randint(1, 4)]]
    dimensions = [{"code": name, "name": name} for name in names]
    return {"code": code, "name": code, "kind": kind, "dimensions": dimensions}


def _indicator(random: Random, code: str, groups: list[str], axes: list[Data]) -> Data:
    values = [random.choice(VALUES) for _ in range(random.randint(1, 5))]
    return {
        "code": code,
        "groups": random.sample(groups, random.randint(1, len(groups))),
        "weight": random.choice(WEIGHTS),
        "tags": {axis["code"]: _tags(random, axis) for axis in axes},
        "question": f"What about {code}?",
        "options": [{"code": "abcde"[n], "value": value} for n, value in enumerate(values)],
    }


def _tags(random: Random, axis: Data) -> list[str]:
    names = [one["code"] for one in axis["dimensions"]]
    most = {"exclusive": 1, "optional": 1, "multi": len(names)}[axis["kind"]]
    least = 0 if axis["kind"] == "optional" else 1
    return random.sample(names, random.randint(least, most))


def _repair_zero_sums(asked: list[Data], axes: list[Data]) -> None:
    if all(one["weight"] == "0" for one in asked):
        asked[0]["weight"] = "1"
    for axis in axes:
        for dimension in axis["dimensions"]:
            inside = [one for one in asked if dimension["code"] in one["tags"][axis["code"]]]
            if inside and all(one["weight"] == "0" for one in inside):
                inside[0]["weight"] = "1"


def _overall(random: Random, axes: list[Data], asked: list[Data]) -> Data:
    axis = random.choice(axes)
    weights = {one["code"]: random.choice(("0", "1", "1", "2.5")) for one in axis["dimensions"]}
    cross = random.choice(("0", "1"))

    def counted(one: Data) -> bool:
        tags = one["tags"][axis["code"]]
        return any(weights[tag] != "0" for tag in tags) if tags else cross != "0"

    if random.random() < 0.5 or not any(counted(o) and o["weight"] != "0" for o in asked):
        return {"rule": "flat"}
    return {
        "rule": "area_mean",
        "axis": axis["code"],
        "weights": weights,
        "cross_area": cross,
        "left_out": [one["code"] for one in asked if not counted(one)],
    }


def _row(random: Random, region: str, one: Data, group: str, gaps: float) -> Row:
    if random.random() < gaps:
        state = random.choice(("missing", "not_applicable", "not_competent"))
        return row(region, one["code"], group, state, random.choice((None, "")))
    return row(region, one["code"], group, "scored", random.choice(one["options"])["code"])


def a_small_methodology(**changes: Any) -> Data:
    """Three questions, one of them for TCN only: small enough to check by hand.

    Q1 (weight 1) culture, formulation       TCN and BIP
    Q2 (weight 1) culture, both phases       TCN and BIP
    Q3 (weight 2) no area, implementation    TCN
    """
    options = [{"code": "a", "value": 100}, {"code": "b", "value": 50}, {"code": "c", "value": 0}]
    asked = [
        ("Q1", ["TCN", "BIP"], "1", ["culture"], ["formulation"]),
        ("Q2", ["TCN", "BIP"], "1", ["culture"], ["formulation", "implementation"]),
        ("Q3", ["TCN"], "2", [], ["implementation"]),
    ]
    return {
        "id": "small", "version": "1", "title": "Small", "notice": "made for a test",
        "language": "en", "licence": "CC0-1.0", "source": "chance", "date": "2026-01-01",
        "groups": [{"code": "TCN", "name": "A"}, {"code": "BIP", "name": "B"}],
        "axes": [
            {"code": "area", "name": "Area", "kind": "optional",
             "dimensions": [{"code": "culture", "name": "Culture"}]},
            {"code": "phase", "name": "Phase", "kind": "multi",
             "dimensions": [{"code": "formulation", "name": "Formulation"},
                            {"code": "implementation", "name": "Implementation"}]},
        ],
        "overall": {"rule": "flat"},
        "thresholds": {"dimension": "0.5", "overall": "0.5", "n_min": 1},
        "not_competent": "exclude",
        "bands": [{"code": code, "name": code, "from": edge} for code, edge in BANDS],
        "display_decimals": 1,
        "indicators": [
            {"code": code, "groups": groups, "weight": weight, "question": f"{code}?",
             "tags": {"area": area, "phase": phases},
             "options": [dict(option) for option in options]}
            for code, groups, weight, area, phases in asked
        ],
        **changes,
    }  # fmt: skip


def rows_of(text: str) -> list[Row]:
    """Answer rows from lines like `ES51 Q1 TCN a` (an option) or `ES51 Q1 TCN missing`."""
    found = []
    for line in text.split("\n"):
        if line.strip():
            region, indicator, group, word = line.split()
            scored = len(word) == 1
            found.append(
                row(region, indicator, group, "scored" if scored else word, word if scored else "")
            )
    return found
