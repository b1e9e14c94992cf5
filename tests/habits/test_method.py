"""The method is explained by examples that the scoring core computes; each error has its page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from services.__main__ import main
from services.indicators.domain import editions, peers, robustness, scenarios, sensitivity, targets
from services.indicators.domain.answers import Answers
from services.indicators.domain.display import rounded
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import score
from services.indicators.domain.spec import Spec
from services.indicators.published.formats import methodology_of
from tests.habits.blocks import block
from tests.habits.names import ROOT

DOCS = ROOT / "docs"
DATA = ROOT / "services/indicators/data"
ERRORS = DOCS / "reference/errors"

OPTIONS = {"100": "a", "50": "b", "0": "c"}
STATES = {"?": "missing", "na": "not_applicable", "nc": "not_competent"}
R = {"A": "100 50", "B": "50 ?", "C": "0 0", "D": "? ?", "E": "na na", "F": "nc nc"}
Q = {"A": "100 100", "B": "? ?", "C": "50 50", "D": "100 50", "E": "na na", "F": "nc nc"}


@cache
def instrument() -> dict[str, Any]:
    return json.loads((DATA / "open-instrument-1.json").read_text("utf-8"))


def methodology(codes: str, **rules: str) -> Methodology:
    """The questions of the examples, each with the options 100, 50 and 0."""
    options = [
        {"code": code, "value": int(points), "text": points, "test": points}
        for points, code in OPTIONS.items()
    ]
    question = instrument()["indicators"][0]
    asked = [question | {"code": code, "options": options} for code in codes]
    return methodology_of(instrument() | {"indicators": asked} | rules)


def answers(asked: Methodology, table: Mapping[str, Mapping[str, str]]) -> Answers:
    """Answers of a table: region -> question -> what stands for TCN and BIP."""
    rows = [
        {
            "region": region,
            "indicator": code,
            "group": group,
            "state": STATES.get(answer, "scored"),
            "option": OPTIONS.get(answer, ""),
        }
        for region, cells in table.items()
        for code, both in cells.items()
        for group, answer in zip(("TCN", "BIP"), both.split(), strict=True)
    ]
    return Answers.parse(asked, rows)


def page(name: str) -> str:
    return " ".join((DOCS / "method" / name).read_text("utf-8").split())


def test_each_rule_has_its_place():
    found = "".join(page(one) for one in ("scoring.md", "differences.md", "robustness.md"))
    found += page("editions.md")
    for number in range(1, 19):
        assert re.search(rf"\*\*S{number} |\(S{number}\)", found), f"S{number}"


def test_the_difference_is_split_as_the_page_says():
    asked, text = methodology("ABCDEF"), page("differences.md")
    scores = score(asked, answers(asked, {"R": R, "Q": Q}))
    found = scenarios.difference(scores.contributions("R"), scores.contributions("Q"))
    assert found is not None
    effects = {one.indicator: one for one in found.effects}
    before, after, change = (rounded(one) for one in (found.before, found.after, found.change))
    assert f"R has {before} points, Q {after}: a difference of {change}." in text
    assert f"**score effect {rounded(found.score_effect)}**" in text
    a, c = (rounded(effects[code].score_effect) for code in "AC")
    assert f"A adds {a} and C {c}." in text
    assert f"**coverage effect {rounded(found.coverage_effect)}**" in text
    b, d = (rounded(effects[code].coverage_effect) for code in "BD")
    assert f"Not knowing B adds {b} " in text
    assert f"knowing D adds {d}." in text


def test_the_plan_is_that_of_the_page():
    asked, text = methodology("ABCDEF"), page("differences.md")
    plan = targets.plan(score(asked, answers(asked, {"R": R})), "R", 60)
    assert plan.gap is not None
    assert f"R wants 60 points and has 41.7: the gap is {rounded(plan.gap)}." in text
    (first, second), points = plan.steps, plan.score or 0
    for number, step in ((1, first), (2, second)):
        points += step.gain
        assert f"{number}. {step.indicator} for {step.group} from 50 to 100: " in text
        assert f"{rounded(step.gain)} points" in text
        assert f"That makes {rounded(points)}" in text


def test_what_is_out_of_reach_is_that_of_the_page():
    asked, text = methodology("ABCDEF", not_competent="zero"), page("differences.md")
    plan = targets.plan(score(asked, answers(asked, {"R": R})), "R", 80)
    now, most, beyond = (plan.score or 0, plan.attainable or 0, plan.out_of_reach or 0)
    assert f"R would have {rounded(now)} points, and could attain {rounded(most)} at the" in text
    assert f"of a target of 80, {rounded(beyond)} points are out of reach" in text


def test_the_distances_are_those_of_the_page():
    text = page("differences.md")
    table = re.findall(r"\| ([K-N]) \| (\d+) \| (\d+|not known) \|", text)
    context = {
        code: {"population": float(people), "gdp": None if gdp == "not known" else float(gdp)}
        for code, people, gdp in table
    }
    near, middle, far = peers.nearest(context, "K", 3)
    assert f"is {near.region} (distance {near.distance:.2f})" in text
    assert f"then {middle.region} ({middle.distance:.2f}, over population alone)" in text
    assert f"then {far.region} ({far.distance:.2f})" in text


def test_the_rank_bands_are_those_of_the_page():
    asked, text = methodology("ABCDEF"), page("robustness.md")
    table = re.findall(r"\| ([T-W]) \| ((?:\d+ \d+ \| ){6})([\d.]+) \| (\d) \|", text)
    given = {
        region: dict(zip("ABCDEF", cells.split(" | "), strict=False)) for region, cells, *_ in table
    }
    found = answers(asked, given)
    scores = score(asked, found)
    spec = {"n": 1000, "seed": 1, "weights": {"kind": "uniform", "indicator": "0.25"}}
    made = robustness.rank_bands(asked, found, Spec.parse(spec, asked))
    for (region, _, points, rank), band in zip(table, made.bands(), strict=True):
        assert rounded(scores.one(region).score or 0) == float(points)
        assert band.nominal == int(rank)
    shares = dict(zip(found.regions, made.within(2), strict=True))
    assert f"T is among the first two in {shares['T']:.1%} of the runs, U in {shares['U']:.1%}".replace("%", " %") in text  # fmt: skip # noqa: E501
    assert (shares["W"], shares["V"]) == (1, 0)


def test_the_sensitivities_are_those_of_the_page():
    asked, text = methodology_of(instrument()), page("robustness.md")
    found = Answers.from_csv(asked, (DATA / "demonstration/answers.csv").read_text("utf-8"))
    spec = {
        "n": 256,
        "seed": 1,
        "weights": {"kind": "uniform", "indicator": "0.25"},
        "aggregations": ["flat", "geometric"],
        "geometric_zero": "floor",
    }
    weights, mean = sensitivity.sobol(asked, found, Spec.parse(spec, asked, 64, 2000))
    assert f"explains {mean.total:.0%} (total index), the weights {weights.total:.0%}".replace("%", " %") in text  # fmt: skip # noqa: E501
    first = robustness.drop_one(asked, found)[0]
    assert f"Leaving out the question {first.indicator} shifts ranks by {first.mean_shift} " in text
    assert f"places on average, at the most by {first.largest_shift}:" in text


def test_the_trend_and_the_score_id_are_those_of_the_page():
    text = page("editions.md")
    before, after = methodology("ABCDEF"), methodology("ABCDEG")
    later = {code: cells for code, cells in R.items() if code != "F"}
    later |= {"C": "50 50", "G": "100 100"}
    first = answers(before, {"R": R})
    found = editions.compare(first, answers(after, {"R": later}))
    assert found is not None
    trend = found.trend("R")
    assert trend.flag == "b"
    old, new, whole, change = (
        rounded(one or 0) for one in (trend.before, trend.after, trend.full_after, trend.change)
    )
    assert f"Over all questions the score went from {old} to {whole}." in text
    assert f"it went from {old} to {new}: up by {change}." in text
    assert f"`{editions.score_id(first, before)}`" in text


def test_the_offline_command_of_the_page_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(ROOT)
    words = shlex.split(block(DOCS / "reference/file-formats.md", "score offline"))
    assert words[:3] == [".venv/bin/python", "-m", "services"]
    assert main(words[3:]) == 0
    assert capsys.readouterr().out.startswith("region,axis,dimension,group,score")


# ------------------------------------------------------------------ a page per error


def raised() -> set[str]:
    """Every error code in the code of the indicators."""
    sources = (ROOT / "services/indicators").rglob("*.py")
    return {code for path in sources for code in re.findall(r'"(E_[A-Z_]+)"', path.read_text())}


def test_each_error_has_a_page_and_each_page_an_error():
    assert {path.stem for path in ERRORS.glob("E_*.md")} == raised()


@pytest.mark.parametrize("code", sorted(path.stem for path in ERRORS.glob("E_*.md")))
def test_the_page_of_an_error_says_what_it_means_shows_one_and_says_what_to_do(code: str):
    text = (ERRORS / f"{code}.md").read_text("utf-8")
    found = re.fullmatch(
        rf"# {code}\n\n(.+?)\n\n## Example\n\n```json\n(.+?)\n```\n\n## What to do\n\n(.+)\n",
        text,
        re.S,
    )
    assert found
    shown = json.loads(found[2])
    assert shown["code"] == code
    assert shown.keys() <= {"code", "detail", "pointer", "row", "column", "value", "allowed"}
    assert f"[{code}]({code}.md)" in (ERRORS / "index.md").read_text("utf-8")
