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
from services.indicators.published.holdings import Holdings
from services.indicators.published.sheets import Sheet
from services.indicators.scenarios.computed import about, place, scores_of, titles
from services.indicators.scenarios.schemas_robustness import (
    DroppedOut,
    IndexOut,
    RankBand,
    RobustnessOut,
    SensitivityOut,
    SpecOut,
    Within,
)

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


def read(asked: Asked, scores: Scores, fewest: int, most: int) -> Spec:
    """The specification. Invalid (E_MC_SPEC) when it cannot be run for this edition."""
    data: dict[str, Any] = {"n": asked.n, "seed": asked.seed}
    if asked.weights in ("dirichlet", "bootstrap"):
        data["weights"] = {"kind": asked.weights}
    elif decimal(asked.weights) != 0:
        data["weights"] = {"kind": "uniform", "indicator": asked.weights}
    if decimal(asked.answers) != 0:
        data["answers"] = asked.answers
        cells = scores.answers.codes.size
        if asked.n * cells > DRAWN_AT_MOST:
            detail = f"{asked.n} replicates that vary {cells} answers each are too many"
            limit = f"n from {fewest} to {DRAWN_AT_MOST // cells}, or answers=0"
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
    found = simulation.rank_bands(scores.methodology, scores.answers, spec, column)
    within = {k: found.within(k).tolist() for k in sorted(asked.k)}
    return RobustnessOut(
        **_heading(sheet, scores, spec, column, "rank_bands"),
        spec=asked.shown(),
        k=list(within),
        items=[
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
        ],
    )


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
