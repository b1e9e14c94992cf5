"""Shapes of rank bands and sensitivities: how sure ranks are."""

from __future__ import annotations

from pydantic import BaseModel, Field

from services.indicators.domain.instrument import CompetenceRule
from services.indicators.domain.spec import Aggregation
from services.indicators.editions.schemas import Heading
from services.indicators.published.schemas import Share
from services.indicators.scenarios.schemas import Dimension


class SpecOut(BaseModel):
    """What was varied. With the answers and the methodology it gives the same numbers again."""

    n: int
    seed: int
    weights: str = Field(description="0: not varied.")
    answers: str = Field(description="0: not varied.")
    aggregation: list[Aggregation]
    not_competent: list[CompetenceRule]
    drop: list[str] = Field(description="Indicators of which one, or none, is left out.")


class Within(BaseModel):
    """How often the region is among the first k."""

    k: int
    share: Share


class RankBand(BaseModel):
    """The rank of one region over all replicates; null where it never had a score."""

    region: str
    name: str
    rank: int | None = Field(description="Without any variation.")
    q05: int | None
    median: int | None
    q95: int | None
    unranked: Share = Field(description="Share of the replicates without a score.")
    within: list[Within]


class RobustnessOut(Heading, Dimension):
    """How sure ranks are. `score_id` is that of this simulation."""

    spec: SpecOut
    k: list[int]
    items: list[RankBand]


class DimensionBands(Dimension):
    """How sure the ranks in one dimension are."""

    score_id: str | None = Field(
        description="Of this dimension's simulation, as `/robustness` gives it."
    )
    reason: str | None = Field(description="Why there are no rank bands; null where there are.")
    items: list[RankBand]


class DimensionBandsOut(Heading):
    """How sure the ranks in many dimensions are, every one under the same replicates."""

    spec: SpecOut
    k: list[int]
    items: list[DimensionBands]


class IndexOut(BaseModel):
    """How much of the variance of the mean shift of ranks one assumption explains."""

    factor: str
    first: float = Field(description="Alone.")
    first_low: float
    first_high: float
    total: float = Field(description="With all its interactions.")
    total_low: float
    total_high: float


class DroppedOut(BaseModel):
    """What leaving out one question does to ranks."""

    indicator: str
    title: str | None
    mean_shift: float
    largest_shift: int
    moved: int
    lost: int = Field(description="Regions that lose their score.")


class SensitivityOut(Heading, Dimension):
    """Which assumption moves the ranks. `score_id` is that of this computation."""

    spec: SpecOut
    indices: list[IndexOut] = Field(description="Sobol indices with 95 % intervals.")
    dropped: list[DroppedOut] = Field(description="Largest mean shift first.")
