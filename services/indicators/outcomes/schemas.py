"""Shapes of outcome statistics."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from services.indicators.outcomes.records import Direction
from services.indicators.published.schemas import JsonStat


class SeriesOut(BaseModel):
    """Values of one indicator for one group from one source. Series are never chained."""

    id: str
    dataset: str
    unit: str
    population_group: str | None
    group_basis: str | None
    group_label: str | None
    sex: str | None
    age: str | None
    first_period: str
    last_period: str
    n_values: int
    n_territories: int
    source: str
    licence: str
    retrieved: str
    updated: str | None = Field(
        description="The vintage: when the publisher made this state of the dataset."
    )
    trust: str
    derived: bool
    calculation: str | None
    flags_kept: bool = Field(description="False: an empty flag says nothing.")
    nuts_version: str
    doubts: list[str]


class OutcomeIndicatorOut(BaseModel):
    """The definition of an outcome indicator; without series no values are held."""

    code: str
    name: str
    group: str
    unit: str | None
    direction: Direction
    populations: list[str]
    datasets: list[str]
    lowest_level: str | None
    status: str = Field(description="confirmed: shown by the REGIN platform; else candidate.")
    headline: bool
    note: str | None
    source: str | None
    has_values: bool
    series: list[SeriesOut]
    nearest_series: list[str] = Field(description="Not this indicator, but the closest held.")


class OutcomeIndicatorList(BaseModel):
    """All definitions, those without values too."""

    items: list[OutcomeIndicatorOut]
    next: str | None


class ObservationOut(BaseModel):
    """One value with everything needed to use and to cite it."""

    indicator: str
    series: str
    region: str = Field(description="Code of the territory of the value.")
    region_name: str
    population_group: str | None
    group_label: str | None
    sex: str | None
    age: str | None
    period: str
    value: float | None
    unit: str
    flag: str | None = Field(description="Letters; with b a chart breaks its line here.")
    flag_original: str | None = Field(description="The flag as it stood, where it was written so.")
    confidentiality: str | None = Field(description="The capitals among the flags.")
    warning: str | None = Field(description="What to know before using the value.")
    reason: str | None = Field(description="Why there is no value.")
    source: str
    dataset: str
    updated: str | None = Field(description="The vintage of the dataset, where it is known.")
    retrieved: str
    licence: str
    derived: bool
    note: str | None = Field(description="How a derived value was made, or a note on the place.")


class Described(BaseModel):
    """A territory with values here, and how it fits the region that was asked for.

    matches: the same. larger: it holds more than the region. part: one of several that make
    up the region; counts may be added, rates may not be averaged.
    """

    region: str
    territory: str
    fit: Literal["matches", "larger", "part"]


class ObservationList(BaseModel):
    """A page of values; `flags` says what the letters mean.

    territories: of the regions that `region` names, those with values on this page.
    """

    items: list[ObservationOut]
    next: str | None
    territories: list[Described]
    flags: dict[str, str]
    notice: str | None


class ValueCube(JsonStat):
    """The same values as a JSON-stat 2.0 dataset."""

    role: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])
    dimension: dict[str, dict[str, Any]]
    value: list[float | None] | dict[str, float | None] = Field(
        description="All cells in order or, where some are missing, by their place."
    )
    status: dict[str, str] = Field(
        default_factory=dict[str, str], description="Flags of cells, by their place."
    )


class GroupGap(BaseModel):
    """How far a group is from nationals, or from people born in the country."""

    indicator: str
    region: str
    region_name: str
    period: str
    population_group: str
    group_label: str | None
    compared_with: str
    compared_with_label: str | None
    group_basis: str | None = Field(description="citizenship, or country of birth.")
    sex: str | None
    age: str | None
    group_value: float | None
    compared_value: float | None
    unit: str = Field(description="Of the two values.")
    gap: float | None = Field(description="Group minus the others: below 0, the group has less.")
    gap_unit: str
    ratio: float | None = Field(description="Group divided by the others.")
    flag: str | None = Field(description="What holds for either value.")
    breaks_series: bool = Field(description="A chart breaks its line before this one.")
    warning: str | None
    reason: str | None = Field(description="Why there is no gap: one of the values is missing.")
    series: list[str] = Field(description="The two series: group, others.")
    source: str
    licence: str


class GapList(BaseModel):
    """Gaps of an indicator; `reason` says why there are none at all.

    territories: of the regions that `region` names, those with gaps on this page.
    """

    items: list[GroupGap]
    next: str | None
    territories: list[Described]
    flags: dict[str, str]
    reason: str | None


class Part(BaseModel):
    """The value of a territory that the region is made of."""

    code: str
    name: str
    value: float | None
    flag: str | None


class TerritorialFit(BaseModel):
    """How the territory of the statistic fits the region.

    matches: the same. larger: it holds more than the region. summed: counts of the
    parts, added. parts: there are only values of parts, and rates are not averaged.
    """

    kind: Literal["matches", "larger", "summed", "parts"]
    codes: list[str]
    note: str | None


class Outcome(BaseModel):
    """A headline value of outcome statistics; `reason` says why there is none."""

    indicator: str
    name: str
    population_group: str | None
    group_label: str | None
    value: float | None
    unit: str
    period: str | None
    flag: str | None
    reason: str | None
    series: str | None
    sex: str | None
    age: str | None
    source: str | None
    dataset: str | None
    licence: str | None
    retrieved: str | None
    derived: bool | None
    calculation: str | None = Field(description="How a figure that is not the source's was made.")
    doubts: list[str]
    territorial_fit: TerritorialFit | None
    parts: list[Part]
