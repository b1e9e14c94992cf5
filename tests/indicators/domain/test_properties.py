"""Laws of the scores, whatever the methodology and the answers (S5 to S7, S20)."""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from services.indicators.domain.answers import Answers
from services.indicators.domain.instrument import ALL, OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import Scores, score
from tests.indicators.domain.making import Data, Row, a_methodology, law, row, some_rows

CHANCE = st.randoms(use_true_random=False)


def scored(data: Data, rows: list[Row]) -> Scores:
    methodology = Methodology.parse(data)
    return score(methodology, Answers.parse(methodology, rows))


def example(random: Random) -> tuple[Data, list[Row]]:
    data = a_methodology(random)
    return data, some_rows(random, data)


def same(one: Scores, other: Scores) -> bool:
    pairs = ((one.score, other.score), (one.coverage, other.coverage), (one.state, other.state))
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)


def flat_and_generous(data: Data, overall: Data | None = None) -> Data:
    thresholds = {"dimension": "0", "overall": "0", "n_min": 1}
    return {**data, "thresholds": thresholds, "overall": overall or {"rule": "flat"}}


@given(CHANCE)
@law
def test_the_order_of_rows_and_indicators_changes_no_bit(random: Random):
    data, rows = example(random)
    moved = copy.deepcopy(data)
    random.shuffle(moved["indicators"])
    assert same(scored(data, rows), scored(moved, random.sample(rows, len(rows))))


@given(CHANCE)
@law
def test_adding_a_region_never_changes_the_score_of_another(random: Random):
    data, rows = example(random)
    more = some_rows(random, data, regions=9)
    added = [one | {"region": f"S{one['region']}"} for one in more]
    alone, together = scored(data, rows), scored(data, rows + added)
    kept = [together.row(region) for region in alone.regions]
    assert np.array_equal(alone.score, together.score[:, kept], equal_nan=True)


@given(CHANCE, st.sampled_from(["0.5", "2", "3", "10"]))
@law
def test_scaling_all_weights_changes_no_bit(random: Random, factor: str):
    data, rows = example(random)
    scaled = copy.deepcopy(data)
    for one in scaled["indicators"]:
        weight = Fraction(one["weight"]) * Fraction(factor)
        one["weight"] = f"{float(weight):.4f}"
        assume(Fraction(one["weight"]) == weight)
    assert same(scored(data, rows), scored(scaled, rows))


@given(CHANCE)
@law
def test_a_score_lies_between_0_and_100_and_exists_exactly_when_the_state_is_ok(random: Random):
    scores = scored(*example(random))
    known = ~np.isnan(scores.score)
    assert np.array_equal(known, scores.state == 0)
    assert ((scores.score[known] >= 0) & (scores.score[known] <= 100)).all()
    due = ~np.isnan(scores.coverage)
    assert np.array_equal(due, scores.state != 2)
    assert ((scores.coverage[due] >= 0) & (scores.coverage[due] <= 1)).all()


@given(CHANCE)
@law
def test_raising_an_answer_never_lowers_a_score_or_a_rank(random: Random):
    data, rows = example(random)
    options = {one["code"]: one["options"] for one in data["indicators"]}
    worth = {
        (code, option["code"]): Fraction(str(option["value"]))
        for code in options
        for option in options[code]
    }
    steps = [
        (place, option["code"])
        for place, row in enumerate(rows)
        if row["state"] == "scored"
        for option in options[str(row["indicator"])]
        if worth[str(row["indicator"]), option["code"]]
        > worth[str(row["indicator"]), str(row["option"])]
    ]
    assume(steps)
    place, better = random.choice(steps)
    chosen = rows[place]
    raised = [*rows]
    raised[place] = chosen | {"option": better}
    before, after = scored(data, rows), scored(data, raised)
    own = before.row(str(chosen["region"]))
    known = before.state[:, own] == 0
    assert np.array_equal(before.state, after.state)
    assert (after.keys[known, own] >= before.keys[known, own]).all()
    assert (after.ranks.rank[known, own] <= before.ranks.rank[known, own]).all()


@given(CHANCE, st.sampled_from([0, 25, "33.3333", 99.9, 100]))
@law
def test_when_every_answer_is_worth_the_same_so_is_every_score(random: Random, value: float | str):
    data, rows = example(random)
    data["not_competent"] = "exclude"
    for one in data["indicators"]:
        for option in one["options"]:
            option["value"] = value
    scores = scored(data, rows)
    known = scores.score[scores.state == 0]
    assert np.abs(known - float(value)).max(initial=0) < 1e-9


@given(CHANCE)
@law
def test_not_applicable_is_the_same_as_not_asked(random: Random):
    data, rows = example(random)
    dropped = random.choice(data["indicators"])["code"]
    left = [one for one in data["indicators"] if one["code"] != dropped]
    assume(any(one["weight"] != "0" for one in left))
    data = flat_and_generous(data)
    marked = [
        one | {"state": "not_applicable", "option": None} if one["indicator"] == dropped else one
        for one in rows
    ]
    given_rows = {(one["region"], one["group"]) for one in rows if one["indicator"] == dropped}
    scope = next(one["groups"] for one in data["indicators"] if one["code"] == dropped)
    for region in sorted({str(one["region"]) for one in rows}):
        marked += [
            row(region, dropped, group, "not_applicable")
            for group in scope
            if (region, group) not in given_rows
        ]
    methodology = Methodology.parse(data)
    answers = Answers.parse(methodology, marked)
    without = replace(
        methodology, indicators=tuple(o for o in methodology.indicators if o.code != dropped)
    )
    rest = [one for one in rows if one["indicator"] != dropped]
    expected = score(without, Answers.parse(without, rest, answers.regions))
    assert same(score(methodology, answers), expected)


@given(CHANCE)
@law
def test_weight_0_is_the_same_as_not_asked(random: Random):
    data, rows = example(random)
    light = next((one for one in data["indicators"] if one["weight"] == "0"), None)
    assume(light is not None)
    data = flat_and_generous(data)
    methodology = Methodology.parse(data)
    answers = Answers.parse(methodology, rows)
    without = methodology.only({o.code for o in methodology.indicators} - {light["code"]})
    rest = [one for one in rows if one["indicator"] != light["code"]]
    expected = score(without, Answers.parse(without, rest, answers.regions))
    assert same(score(methodology, answers), expected)


@given(CHANCE)
@law
def test_the_flat_score_is_the_mean_of_an_exclusive_axis_by_available_weight(random: Random):
    data, rows = example(random)
    scores = scored(flat_and_generous(data), rows)
    for region in scores.regions:
        for group in (ALL, *scores.methodology.group_codes):
            whole = scores.contributions(region, OVERALL, OVERALL, group)
            if whole.score is None:
                continue
            parts = whole.by("element")
            mean = sum(
                part.weight * float(scores.one(region, "element", dimension, group).score or 0)
                for dimension, part in parts.items()
                if dimension is not None and part.weight
            )
            assert abs(mean - whole.score) < 1e-9


@given(CHANCE)
@law
def test_contributions_gaps_and_weights_add_up(random: Random):
    scores = scored(*example(random))
    for region in scores.regions:
        for column in scores.columns:
            parts = scores.contributions(region, *column)
            if parts.score is None:
                assert not parts.weights.any()
                continue
            assert abs(parts.weights.sum() - 1) < 1e-12
            assert abs(parts.contributions.sum() - parts.score) < 1e-9
            assert abs(parts.gaps.sum() - (100 - parts.score)) < 1e-9
            shown = sum(round(part * 10) for part in parts.displayed().values())
            assert abs(shown / 10 - parts.score) <= 0.05 + 1e-9


@given(CHANCE)
@law
def test_subtotals_of_an_exclusive_or_optional_axis_add_up_to_the_score(random: Random):
    scores = scored(*example(random))
    for region in scores.regions:
        parts = scores.contributions(region)
        for axis in ("element", "area"):
            subtotals = parts.by(axis).values()
            assert abs(sum(part.contribution for part in subtotals) - (parts.score or 0)) < 1e-9


@given(CHANCE)
@law
def test_a_group_on_its_axis_is_the_flat_score_of_its_cells(random: Random):
    data, rows = example(random)
    scores = scored(flat_and_generous(data), rows)
    for group in scores.methodology.group_codes:
        own = scores.vector("group", group)
        assert np.array_equal(own, scores.vector(OVERALL, OVERALL, group), equal_nan=True)


@given(CHANCE)
@law
def test_shares_of_cells_count_every_cell_in_scope(random: Random):
    data, rows = example(random)
    scores = scored(data, rows)
    heavy = {one["code"] for one in data["indicators"] if one["weight"] != "0"}
    for region in scores.regions:
        states = [a.state for a in scores.answers.rows(region) if a.indicator in heavy]
        found = scores.shares(region)[scores.columns[-1]]
        group = scores.columns[-1].dimension
        own = [
            a.state
            for a in scores.answers.rows(region)
            if a.indicator in heavy and a.group == group
        ]
        assert found == (
            len(own), own.count("not_applicable"), own.count("not_competent"), own.count("missing")
        )  # fmt: skip
        if data["overall"]["rule"] == "flat":
            assert scores.shares(region)[scores.columns[0]].cells == len(states)


@given(CHANCE)
@law
def test_the_shares_of_all_regions_are_those_of_each(random: Random):
    scores = scored(*example(random))
    everywhere = scores.state_shares()
    for place, region in enumerate(scores.regions):
        for column, one in enumerate(scores.shares(region).values()):
            for found, count in zip(everywhere, one[1:3], strict=True):
                expected = count / one.cells if one.cells else np.nan
                assert np.array_equal(found[column, place], expected, equal_nan=True)
