"""Shapes of map layers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from services.indicators.published.schemas import Number, Provenance

LayerKind = Literal["outcome", "score"]
LayerProvenance = Literal["statistics"] | Provenance
ValueState = Literal[
    "ok",
    "larger",
    "summed",
    "parts",
    "unreliable",
    "missing",
    "insufficient",
    "not_applicable",
]


class Layer(BaseModel):
    """What the map can be coloured by."""

    id: str = Field(examples=["outcome.employment-gap"])
    name: str
    kind: LayerKind
    unit: str
    edition: str | None
    axis: str | None
    dimension: str | None
    indicator: str | None
    provenance: LayerProvenance
    groups: list[str] = Field(description="The first is shown unless `group` names another.")
    period: str | None
    source: str | None


class LayerList(BaseModel):
    """All layers; the first is the one to begin with."""

    items: list[Layer]
    next: str | None


class Scale(BaseModel):
    """Class limits. A value belongs to the class above every break that it reaches."""

    type: Literal["threshold"]
    breaks: list[float]
    direction: Literal["higher", "lower", "none"] = Field(description="Which end is better.")


class LayerValue(BaseModel):
    """The value of one region; null is not 0, and `state` says why there is none.

    ok; larger: of a territory that holds more than the region; summed: added from parts;
    parts: published for parts only; unreliable: too unreliable to publish; missing: no
    value held; insufficient: too few answers; not_applicable: nothing to score.
    """

    code: str
    value: Number | None
    state: ValueState
    provenance: LayerProvenance
    flag: str | None
    note: str | None


class LayerValues(BaseModel):
    """A layer with a value for each region that it says something about."""

    layer: str
    name: str
    kind: LayerKind
    unit: str
    group: str
    group_label: str | None
    scale: Scale
    period: str | None
    source: str | None
    dataset: str | None
    licence: str | None
    provenance: LayerProvenance
    notice: str | None
    doubts: list[str]
    values: list[LayerValue]
