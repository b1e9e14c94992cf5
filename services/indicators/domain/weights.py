"""Weight sets: other weights for the same questions, from a file or from experts' points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from services.indicators.domain.faults import (
    PLACES,
    Faults,
    decimal,
    decimal_text,
    pointer,
    refusal,
)
from services.indicators.domain.methodology import Methodology, digest
from shared.problems import Invalid


@dataclass(frozen=True, eq=False)
class WeightSet:
    """Weights of indicators by code. Not negative, not all 0."""

    weights: Mapping[str, Fraction]

    @classmethod
    def of(cls, methodology: Methodology) -> WeightSet:
        """The methodology's own weights."""
        return cls({one.code: one.weight for one in methodology.indicators})

    @classmethod
    def parse(cls, methodology: Methodology, rows: Iterable[Mapping[str, str | None]]) -> WeightSet:
        """Weights from rows with the columns indicator and weight, one row for every indicator.

        Invalid with all errors at once; the first row after the header is row 2.
        """
        faults = Faults("The weights are not valid.")
        found: dict[str, Fraction] = {}
        for number, row in enumerate(rows, start=2):
            code, text = row.get("indicator") or "", row.get("weight") or ""
            if code not in methodology.positions:
                faults.add(
                    "E_UNKNOWN_INDICATOR", "no such indicator", row=number, column="indicator",
                    value=code, allowed=list(methodology.positions),
                )  # fmt: skip
            elif code in found:
                faults.add(
                    "E_DUPLICATE_CODE", f"{code} was given before", row=number,
                    column="indicator", value=code,
                )  # fmt: skip
            found[code] = _weight(faults, number, text)
        for code in methodology.positions:
            if code not in found:
                detail = f"{code} has no row"
                faults.add("E_UNWEIGHTED_INDICATOR", detail, column="indicator", value=code)
        faults.stop()
        return cls(found)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the weights; the order of rows does not matter."""
        return digest({code: decimal_text(weight) for code, weight in self.weights.items()})

    def on(self, methodology: Methodology) -> Methodology:
        """The methodology with these weights.

        Invalid when a rule does not hold with them, for instance E_ZERO_WEIGHT_SUM.
        """
        return Methodology.parse(methodology.reweighted(self.weights).as_dict())


def budget(methodology: Methodology, allocations: Sequence[Mapping[str, object]]) -> WeightSet:
    """The mean of what experts gave each indicator out of their points (budget allocation).

    allocations  one per expert: code -> points, a decimal that is not negative; a
                 code that is left out gets nothing. Each expert's points are first
                 brought to a sum of 100, so no expert counts more than another.

    Weights are rounded half-up to four decimals. Invalid with all errors at once.
    """
    if not allocations:
        raise refusal("E_ZERO_WEIGHT_SUM", "no expert gave any points", pointer="")
    faults = Faults("The allocations are not valid.")
    shares = [
        _allocation(methodology, faults, number, one) for number, one in enumerate(allocations)
    ]
    faults.stop()
    means = {
        code: sum((share[code] for share in shares), Fraction(0)) / len(shares)
        for code in methodology.positions
    }
    step = 10**PLACES
    return WeightSet(
        {code: Fraction((2 * mean * step + 1) // 2, step) for code, mean in means.items()}
    )


def of_experts(methodology: Methodology, rows: Iterable[Mapping[str, str | None]]) -> WeightSet:
    """Budget allocation from rows with the columns expert, indicator and points.

    Invalid with all errors at once; the first row after the header is row 2.
    """
    faults = Faults("The allocations are not valid.")
    given: dict[str, dict[str, object]] = {}
    lines: dict[str | None, int] = {}
    for number, row in enumerate(rows, start=2):
        expert, code = row.get("expert") or "", row.get("indicator") or ""
        own = given.setdefault(expert, {})
        place = list(given).index(expert)
        lines.setdefault(pointer(place), number)
        if not expert:
            faults.add(
                "E_FORMAT", "whose points these are is not said", row=number, column="expert"
            )
        if code in own:
            faults.add(
                "E_DUPLICATE_CODE", f"{expert} gave points to {code} before", row=number,
                column="indicator", value=code,
            )  # fmt: skip
        else:
            own[code], lines[pointer(place, code)] = row.get("points") or "", number
    made: WeightSet | None = None
    try:
        made = budget(methodology, list(given.values()))
    except Invalid as refused:
        columns = {"E_UNKNOWN_INDICATOR": "indicator", "E_ZERO_WEIGHT_SUM": "expert"}
        for one in refused.errors:
            column = columns.get(one.code, "points")
            faults.errors.append(
                replace(one, pointer=None, row=lines.get(one.pointer), column=column)
            )
    faults.stop()
    assert made is not None
    return made


def _allocation(
    methodology: Methodology, faults: Faults, number: int, given: Mapping[str, object]
) -> dict[str, Fraction]:
    points: dict[str, Fraction] = dict.fromkeys(methodology.positions, Fraction(0))
    for code, value in given.items():
        where = pointer(number, code)
        exact = decimal(value)
        if code not in points:
            faults.add("E_UNKNOWN_INDICATOR", "no such indicator", pointer=where, value=code)
        elif exact is None:
            faults.add("E_FORMAT", "points are a decimal number", pointer=where, value=value)
        elif exact < 0:
            faults.add("E_NEGATIVE_WEIGHT", "points are 0 or more", pointer=where, value=value)
        else:
            points[code] = exact
    total = sum(points.values(), Fraction(0))
    if not total:
        detail = "an expert gave no points at all"
        faults.add("E_ZERO_WEIGHT_SUM", detail, pointer=pointer(number))
        return points
    return {code: 100 * value / total for code, value in points.items()}


def _weight(faults: Faults, row: int, text: str) -> Fraction:
    exact = decimal(text)
    wanted = f"a decimal from 0 to 1000 with at most {PLACES} decimal places"
    if exact is None or exact > 1000:
        faults.add("E_FORMAT", "not a weight", row=row, column="weight", value=text, allowed=wanted)
        return Fraction(0)
    if exact < 0:
        faults.add(
            "E_NEGATIVE_WEIGHT", "a weight is not negative", row=row, column="weight",
            value=text, allowed=wanted,
        )  # fmt: skip
    return exact
