"""The scoring rules a second time: slow, in exact fractions, straight from the file formats.

Written from the rules S2 to S8, S11 and S13 alone; it shares no code with the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Data = dict[str, Any]
Rows = list[dict[str, str | None]]
Place = tuple[str, str, str]


@dataclass
class Exact:
    """One score: points or None, coverage or None, state and counts; and what made it."""

    score: Fraction | None
    coverage: Fraction | None
    state: str
    n_scored: int
    n_eligible: int
    weights: dict[str, Fraction]
    points: dict[str, Fraction | None]

    def contributions(self) -> dict[str, Fraction]:
        return {code: e * (self.points[code] or 0) for code, e in self.weights.items()}

    def gaps(self) -> dict[str, Fraction]:
        return {code: e * (100 - (self.points[code] or 0)) for code, e in self.weights.items()}


def number(value: object) -> Fraction:
    return Fraction(str(value))


class Reference:
    """Scores of one methodology file and one list of answer rows."""

    def __init__(self, data: Data, rows: Rows) -> None:
        self.data = data
        self.groups = [group["code"] for group in data["groups"]]
        self.cells = {(r["region"], r["indicator"], r["group"]): r for r in rows}
        self.regions = sorted({str(r["region"]) for r in rows})

    def places(self) -> list[Place]:
        found = []
        for group in ["ALL", *self.groups]:
            found.append(("overall", "overall", group))
            for axis in self.data["axes"]:
                found += [(axis["code"], one["code"], group) for one in axis["dimensions"]]
        return found + [("group", group, "ALL") for group in self.groups]

    def cell(self, region: str, one: Data, group: str) -> tuple[bool, Fraction | None]:
        """Whether a value is or should be there, and the value (S2)."""
        row = self.cells.get((region, one["code"], group))
        state = row["state"] if row else "missing"
        if state == "scored":
            options = {option["code"]: number(option["value"]) for option in one["options"]}
            return True, options[row["option"]]
        if state == "not_competent" and self.data["not_competent"] == "zero":
            return True, Fraction(0)
        return state == "missing", None

    def indicator(self, region: str, one: Data, group: str) -> tuple[bool, Fraction | None]:
        """The same for an indicator: over the groups in scope, or of one group (S3)."""
        wanted = [code for code in one["groups"] if group in ("ALL", code)]
        cells = {code: self.cell(region, one, code) for code in wanted}
        weights = {g["code"]: number(g.get("weight", "1")) for g in self.data["groups"]}
        scored = {code: value for code, (_, value) in cells.items() if value is not None}
        total = sum(weights[code] for code in scored)
        mean = (
            sum(weights[code] * value for code, value in scored.items()) / total if scored else None
        )
        return any(eligible for eligible, _ in cells.values()), mean

    def score(self, region: str, axis: str, dimension: str, group: str) -> Exact:
        overall = self.data["overall"]
        if axis == "group":
            return self.mean(region, self.data["indicators"], dimension, "dimension")
        if axis == "overall" and overall["rule"] == "area_mean":
            return self.area_mean(region, group)
        inside = [
            one
            for one in self.data["indicators"]
            if axis == "overall" or dimension in one["tags"][axis]
        ]
        return self.mean(region, inside, group, "overall" if axis == "overall" else "dimension")

    def mean(self, region: str, inside: list[Data], group: str, threshold: str) -> Exact:
        """S4."""
        found = {one["code"]: self.indicator(region, one, group) for one in inside}
        weight = {one["code"]: number(one["weight"]) for one in inside}
        eligible = [code for code, (due, _) in found.items() if due]
        scored = [code for code, (_, value) in found.items() if value is not None]
        due, have = sum(weight[c] for c in eligible), sum(weight[c] for c in scored)
        points = {code: value for code, (_, value) in found.items()}
        n_scored = sum(weight[code] > 0 for code in scored)
        n_eligible = sum(weight[code] > 0 for code in eligible)
        if due == 0:
            none = {code: Fraction(0) for code in found}
            return Exact(None, None, "not_applicable", n_scored, n_eligible, none, points)
        coverage = have / due
        if not self.enough(coverage, n_scored, threshold):
            none = {code: Fraction(0) for code in found}
            return Exact(None, coverage, "insufficient", n_scored, n_eligible, none, points)
        weights = {code: weight[code] / have if code in scored else Fraction(0) for code in found}
        score = sum(weights[code] * points[code] for code in scored)
        return Exact(Fraction(score), coverage, "ok", n_scored, n_eligible, weights, points)

    def area_mean(self, region: str, group: str) -> Exact:
        """S5: the weighted mean of the areas that have a score."""
        rule, asked = self.data["overall"], self.data["indicators"]
        blocks = [
            (number(weight), [one for one in asked if area in one["tags"][rule["axis"]]])
            for area, weight in rule["weights"].items()
        ]
        blocks.append(
            (number(rule["cross_area"]), [o for o in asked if not o["tags"][rule["axis"]]])
        )
        blocks = [(weight, inside) for weight, inside in blocks if weight]
        areas = [(w, self.mean(region, inside, group, "dimension")) for w, inside in blocks]
        due = sum(weight for weight, area in areas if area.state != "not_applicable")
        have = sum(weight for weight, area in areas if area.state == "ok")
        counted = {one["code"] for _, inside in blocks for one in inside}
        everything = self.mean(region, [o for o in asked if o["code"] in counted], group, "overall")
        n_scored, n_eligible = everything.n_scored, everything.n_eligible
        points = {one["code"]: self.indicator(region, one, group)[1] for one in asked}
        weights = {one["code"]: Fraction(0) for one in asked}
        if due == 0:
            return Exact(None, None, "not_applicable", n_scored, n_eligible, weights, points)
        coverage = Fraction(have) / due
        if have == 0 or not self.enough(coverage, n_scored, "overall"):
            return Exact(None, coverage, "insufficient", n_scored, n_eligible, weights, points)
        for weight, area in areas:
            for code, share in area.weights.items():
                weights[code] += weight / have * share
        score = sum(w * area.score for w, area in areas if area.score is not None) / have
        return Exact(score, coverage, "ok", n_scored, n_eligible, weights, points)

    def enough(self, coverage: Fraction, n_scored: int, threshold: str) -> bool:
        limits = self.data["thresholds"]
        return coverage >= number(limits[threshold]) and n_scored >= limits["n_min"]


def ranks(scores: list[Fraction | None]) -> list[int | None]:
    """Competition ranks, best first (S13)."""
    known = [score for score in scores if score is not None]
    return [None if s is None else 1 + sum(other > s for other in known) for s in scores]


def half_up(value: Fraction, decimals: int) -> Fraction:
    """S11, for numbers that are not negative."""
    step = 10**decimals
    return Fraction((2 * value * step + 1) // 2, step)


def difference(a: Exact, b: Exact) -> dict[str, tuple[Fraction, Fraction]]:
    """Score effect and coverage effect of every indicator (S8); both must have a score."""
    assert a.score is not None
    assert b.score is not None
    middle = (a.score + b.score) / 2
    found = {}
    for code in sorted({*a.weights, *b.weights}):
        e_a, e_b = a.weights.get(code, Fraction(0)), b.weights.get(code, Fraction(0))
        s_a, s_b = a.points.get(code), b.points.get(code)
        if s_a is not None and s_b is not None:
            found[code] = ((e_a + e_b) / 2 * (s_b - s_a), (e_b - e_a) * ((s_a + s_b) / 2 - middle))
        elif s_a is not None or s_b is not None:
            one = s_a if s_a is not None else s_b
            found[code] = (Fraction(0), (e_b - e_a) * (one - middle))
        else:
            found[code] = (Fraction(0), Fraction(0))
    return found
