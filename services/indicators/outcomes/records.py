"""Records of outcome statistics, as their files hold them: definitions, sources, series."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from services.indicators.published.records import Code, Line, Note, Record, Web

Group = Annotated[str, Field(pattern=r"^[A-Z0-9_-]{1,20}$")]
Direction = Literal["higher is better", "lower is better", "none"]

# Only numbers of things can be added up over territories; rates and classes cannot.
COUNTED = frozenset({"persons", "thousand persons", "million EUR"})
CLASS = "class"


class IndicatorRecord(Record):
    """The definition of an outcome indicator; no series means that no values are held."""

    code: Code
    name: Line
    group: Line
    unit: Line | None
    direction: Direction
    populations: tuple[Line, ...] = Field(strict=False)
    datasets: tuple[Line, ...] = Field(strict=False)
    lowest_level: Line | None
    status: Line
    headline: bool
    note: Note | None
    source: Note | None
    series: tuple[Code, ...] = Field(strict=False)
    headline_series: tuple[Code, ...] = Field(strict=False)
    nearest_series: tuple[Code, ...] = Field(strict=False)


class SourceRecord(Record):
    """Where a copy of published figures was found, and how far to trust it."""

    id: Code
    letter: Line
    publisher: Line
    repository: Web
    file: Line
    commit: Line
    extracted: Line
    date: Line
    trust: Line
    trust_note: Note
    flags_kept: bool
    nuts_version: Line
    licence: Line


class SeriesRecord(Record):
    """Values of one indicator for one group from one source; series are never chained."""

    id: Code
    indicator: Code
    dataset: Line
    unit: Line
    group: Group | None
    group_basis: Line | None
    group_label: Line | None
    sex: Line | None
    age: Line | None
    dims: dict[str, Line]
    source: Code
    date: Line
    licence: Line
    attribution: Line
    derived: bool
    calculation: Note | None
    flags_kept: bool
    nuts_version: Line
    periods: tuple[Line, ...] = Field(strict=False)
    places: int
    values: int
    doubts: tuple[Note, ...] = Field(strict=False)
    geo_notes: dict[str, Note] = Field(default_factory=dict[str, str])
    updated: Line | None = None
    """The vintage: when the publisher made this state of the dataset; None: not known."""

    @property
    def counted(self) -> bool:
        """Whether values of parts add up to the value of the whole."""
        return self.unit in COUNTED


class TerritoryRecord(Record):
    """A territory that carries values and is not a region: a country, NUTS 1 or 3, an aggregate."""

    code: Code
    name: Line
    kind: Line
    level: int | None
    nuts_version: Line | None
    part_of: Code | None


class OutcomeNotes(Record):
    """What holds for all outcome values."""

    licence: Line
    notice: Note
    flags: dict[str, Line]
    flags_note: Note
    groups: dict[str, Line]
