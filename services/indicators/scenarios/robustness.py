"""How sure ranks are: what is varied, read from a query, and what came out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.indicators.domain import editions
from services.indicators.domain import robustness as simulation
from services.indicators.domain import spec as specs
from services.indicators.domain.faults import decimal, refusal
from services.indicators.domain.instrument import ALL, OVERALL, CompetenceRule
from services.indicators.domain.plan import Column
from services.indicators.domain.scoring import Scores
from services.indicators.domain.sensitivity import sobol
from services.indicators.domain.spec import Aggregation, Spec
from services.indicators.editions import profiles
from services.indicators.published.holdings import Holdings, chosen, groups
from services.indicators.published.sheets import Sheet
from services.indicators.scenarios.computed import about, place, scores_of, titles
from services.indicators.scenarios.schemas_robustness import (
    DimensionBands,
    DimensionBandsOut,
    DroppedOut,
    IndexOut,
    RankBand,
    RobustnessOut,
    SensitivityOut,
    SpecOut,
    Within,
)
from shared.problems import InputError, Invalid, NotFound

DRAWN_AT_MOST = 150_000_000
"""Cells that may be drawn anew, over all replicates: about fifteen seconds of one processor."""


OVERALL_COLUMN = Column(OVERALL, OVERALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is varied, as a query names it.

    weights  how far each weight may move ("0.25"), or `dirichlet`, or `bootstrap`; "0": not at all
    answers  the probability that an answer moves to a neighbouring option; "0": none
    drop     indicators of which one, or none, is left out; empty: none
    """

    n: int
    seed: int
    weights: str = "0"
    answers: str = "0"
    aggregation: Sequence[Aggregation] = ()
    not_competent: Sequence[CompetenceRule] = ()
    drop: Sequence[str] = ()
    dimension: str = OVERALL
    group: str = ALL
    k: Collection[int] = field(default=())

    def shown(self) -> SpecOut:
        """The specification as answers repeat it."""
        return SpecOut(
            n=self.n,
            seed=self.seed,
            weights=self.weights,
            answers=self.answers,
            aggregation=list(self.aggregation),
            not_competent=list(self.not_competent),
            drop=list(self.drop),
        )


def read(asked: Asked, scores: Scores, fewest: int, most: int, columns: int = 1) -> Spec:
    """The specification. Invalid (E_MC_SPEC) when it cannot be run for so many dimensions."""
    data: dict[str, Any] = {"n": asked.n, "seed": asked.seed}
    if asked.weights in ("dirichlet", "bootstrap"):
        data["weights"] = {"kind": asked.weights}
    elif decimal(asked.weights) != 0:
        data["weights"] = {"kind": "uniform", "indicator": asked.weights}
    if decimal(asked.answers) != 0:
        data["answers"] = asked.answers
        drawn = scores.answers.codes.size * columns
        if asked.n * drawn > DRAWN_AT_MOST:
            detail = f"{asked.n} replicates that vary {drawn} answers each are too many"
            limit = f"n from {fewest} to {DRAWN_AT_MOST // drawn}, or answers=0"
            raise refusal("E_MC_SPEC", detail, pointer="/query/n", value=asked.n, allowed=limit)
    if asked.aggregation:
        data["aggregations"] = list(asked.aggregation)
        if "geometric" in asked.aggregation:
            data["geometric_zero"] = "floor"
    if asked.not_competent:
        data["not_competent"] = list(asked.not_competent)
    if asked.drop:
        data["drop"] = list(asked.drop)
    return Spec.parse(data, scores.methodology, fewest, most)


def bands(sheet: Sheet, holdings: Holdings, asked: Asked) -> RobustnessOut:
    """Rank bands of every region."""
    scores = scores_of(sheet, "Rank bands")
    column = place(scores, asked.dimension, asked.group)
    spec = read(asked, scores, specs.FEWEST, specs.MOST)
    return RobustnessOut(
        **_heading(sheet, scores, spec, column, "rank_bands"),
        spec=asked.shown(),
        k=sorted(asked.k),
        items=_ranked(scores, holdings, spec, column, asked.k),
    )


def every_band(
    sheet: Sheet, holdings: Holdings, asked: Asked, axes: Collection[str]
) -> DimensionBandsOut:
    """Rank bands of every region in every dimension of the axes (none named: of all).

    A dimension that cannot be simulated says why; Invalid when none can.
    """
    scores = scores_of(sheet, "Rank bands")
    columns = _columns(scores, axes, asked.group)
    spec = read(asked, scores, specs.FEWEST, specs.MOST, len(columns))
    refusals: list[Invalid] = []
    items: list[DimensionBands] = []
    for column in columns:
        own = about(sheet, column)
        try:
            found = _ranked(scores, holdings, spec, column, asked.k)
        except Invalid as refused:
            refusals.append(refused)
            items.append(DimensionBands(**own, score_id=None, reason=refused.detail, items=[]))
            continue
        name = identity(scores, spec, column, "rank_bands")
        items.append(DimensionBands(**own, score_id=name, reason=None, items=found))
    if len(refusals) == len(items):
        raise refusals[0]
    return DimensionBandsOut(
        **profiles.heading(sheet), spec=asked.shown(), k=sorted(asked.k), items=items
    )


def only(whole: bytes, regions: Collection[str]) -> DimensionBandsOut:
    """The answer with the rank bands of these regions alone."""
    found = DimensionBandsOut.model_validate_json(whole)
    for one in found.items:
        one.items = [band for band in one.items if band.region in regions]
    return found


def _columns(scores: Scores, axes: Collection[str], group: str) -> list[Column]:
    chosen([group], groups(scores.methodology), "group")
    known = list(dict.fromkeys(one.axis for one in scores.columns))
    wanted = chosen(axes, known, "axis") if axes else known
    columns = [one for one in scores.columns if one.axis in wanted and one.group == group]
    if not columns:
        detail = f"The axis {', '.join(wanted)} compares the groups; ask for it with group={ALL}."
        raise NotFound(
            detail,
            [InputError("unknown_axis", detail, "/query/group", value=group, allowed=[ALL])],
        )
    return columns


def _ranked(
    scores: Scores, holdings: Holdings, spec: Spec, column: Column, k: Collection[int]
) -> list[RankBand]:
    found = simulation.rank_bands(scores.methodology, scores.answers, spec, column)
    within = {one: found.within(one).tolist() for one in sorted(k)}
    return [
        RankBand(
            region=one.region,
            name=holdings.regions[one.region].name,
            rank=one.nominal,
            q05=one.q05,
            median=one.median,
            q95=one.q95,
            unranked=one.unranked,
            within=[Within(k=k, share=shares[row]) for k, shares in within.items()],
        )
        for row, one in enumerate(found.bands())
    ]


def sensitivity(sheet: Sheet, holdings: Holdings, asked: Asked, most: int) -> SensitivityOut:
    """Sobol indices of what is varied, and the effect of leaving out each question."""
    scores = scores_of(sheet, "Sensitivities")
    column = place(scores, asked.dimension, asked.group)
    spec = read(asked, scores, 64, most)
    named = titles(sheet, holdings)
    indices = sobol(scores.methodology, scores.answers, spec, column)
    dropped = simulation.drop_one(scores.methodology, scores.answers, column)
    return SensitivityOut(
        **_heading(sheet, scores, spec, column, "sobol"),
        spec=asked.shown(),
        indices=[IndexOut(**one._asdict()) for one in indices],
        dropped=[DroppedOut(title=named.get(one.indicator), **one._asdict()) for one in dropped],
    )


def identity(scores: Scores, spec: Spec, column: Column, kind: str) -> str:
    """The name of the computation: with it the numbers can be cited and computed again."""
    settings = {kind: dict(specs.settings(spec)), "column": list(column)}
    return editions.score_id(scores.answers, scores.methodology, settings)


def _heading(sheet: Sheet, scores: Scores, spec: Spec, column: Column, kind: str) -> dict[str, Any]:
    own = {"score_id": identity(scores, spec, column, kind)}
    return {**profiles.heading(sheet), **own, **about(sheet, column)}
