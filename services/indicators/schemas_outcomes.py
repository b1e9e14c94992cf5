"""Shapes of outcome statistics."""

from __future__ import annotations

from pydantic import BaseModel, Field

from services.indicators.records_outcomes import Direction


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
    flag: str | None
    reason: str | None = Field(description="Why there is no value.")
    source: str
    dataset: str
    retrieved: str
    licence: str
    derived: bool
    note: str | None = Field(description="How a derived value was made, or a note on the place.")


class ObservationList(BaseModel):
    """A page of values; `flags` says what the letters mean."""

    items: list[ObservationOut]
    next: str | None
    flags: dict[str, str]
    notice: str | None
