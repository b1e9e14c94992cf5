"""Cases computed by hand in exact fractions; the working is in the golden files."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from services.indicators.domain.answers import Answers
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import score
from tests.indicators.domain.making import a_small_methodology, rows_of
from tests.indicators.domain.reference import Reference

CASES = {
    path.stem: json.loads(path.read_text())
    for path in sorted(Path(__file__).parents[2].joinpath("golden").glob("scoring-*.json"))
}


def test_there_are_golden_cases_for_multi_and_optional_axes():
    assert {"scoring-multi-axis", "scoring-optional-axis"} <= CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_the_service_gives_the_numbers_computed_by_hand(name: str):
    case = CASES[name]
    data = a_small_methodology(**case["methodology"])
    methodology = Methodology.parse(data)
    scores = score(methodology, Answers.parse(methodology, rows_of("\n".join(case["answers"]))))
    for expected in case["scores"]:
        found = scores.one(expected["region"], *expected["of"])
        assert found.state == expected["state"]
        assert near(found.score, expected["score"])
        assert near(found.coverage, expected["coverage"])
    for expected in case["contributions"]:
        parts = scores.contributions(expected["region"], *expected["of"])
        rows = {row.indicator: row for row in parts.rows()}
        for code, (weight, part) in expected["weight and contribution"].items():
            assert near(rows[code].weight, weight)
            assert near(rows[code].contribution, part)


@pytest.mark.parametrize("name", CASES)
def test_the_reference_gives_exactly_the_numbers_computed_by_hand(name: str):
    case = CASES[name]
    data = a_small_methodology(**case["methodology"])
    reference = Reference(data, rows_of("\n".join(case["answers"])))
    for expected in case["scores"]:
        found = reference.score(expected["region"], *expected["of"])
        assert found.score == exact(expected["score"])
        assert found.coverage == exact(expected["coverage"])


def exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def near(found: float | None, text: Any) -> bool:
    if found is None or text is None:
        return found is None and text is None
    return abs(Fraction(found) - Fraction(text)) <= 1e-9
