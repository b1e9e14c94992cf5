"""Bodies and answers that the gateway makes itself.

The linked answers repeat what the indicators and practices services promise; a
contract test holds the joined document against real answers.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Open(BaseModel):
    """An answer that may say more than is listed here."""

    model_config = ConfigDict(extra="allow")


class Nuts(BaseModel):
    """A code in the nomenclature of territorial units; the version matters, codes change."""

    code: str
    level: int
    version: str


class Region(Open):
    """A region in a list."""

    code: str
    slug: str
    name: str
    country_code: str
    nuts: Nuts | None
    website: str | None
    lab_label: str | None
    search_label: str
    in_mipex_r: bool
    has_scores: bool
    practice_count: int


class RegionList(BaseModel):
    """A page of regions."""

    items: list[Region]
    next: str | None


class Practices(BaseModel):
    """The practices of a region: how many, and the newest five."""

    count: int
    newest: list[dict[str, Any]]


class Links(BaseModel):
    """Where to go on."""

    website: str | None
    profile: str
    practices_search: str


class Panel(Region):
    """All that is known of a region, from both halves of the platform."""

    competences: list[dict[str, Any]]
    population: list[dict[str, Any]]
    mipex_r: dict[str, Any] | None = Field(
        description="Published scores; null where there are none."
    )
    demonstration: dict[str, Any] | None = Field(
        description="Synthetic scores for showing the platform; findings about no region."
    )
    outcomes: list[dict[str, Any]]
    practices: Practices
    links: Links


class Option(BaseModel):
    """An answer to an indicator's question, and its points."""

    code: str
    value: float
    text: str


class GapStep(Open):
    """One answer moved to its next better option."""

    indicator: str
    title: str | None
    group: str
    areas: list[str]
    from_option: Option
    to_option: Option
    gain: float = Field(description="Points of the score.")
    score: float = Field(description="The score after this step and those before it.")


class Reason(Open):
    """Why a practice is among them."""

    kind: str
    values: list[str]
    text: str


class FittingPractice(Open):
    """A practice of another region that answers the gap."""

    id: str
    title: str
    summary: str | None
    regions: list[str]
    region_names: list[str]
    areas: list[str]
    score: float
    why: list[Reason]


class Named(Open):
    """A region by code and name."""

    code: str
    name: str


class Gap(Open):
    """How far a score is from a target, the fewest steps that reach it, and who can help."""

    edition: str
    provenance: str
    axis: str
    dimension: str
    group: str
    region: Named
    target: float
    score: float | None
    gap: float | None = Field(description="Points that are missing; 0 when the target is reached.")
    attainable: float | None = Field(
        description="The score with every known answer at its best; what is not known stays so."
    )
    out_of_reach: float | None = Field(description="Points of the target above `attainable`.")
    reached: float | None = Field(description="The score after all steps.")
    steps: list[GapStep] = Field(
        description="Each moves one answer to its next better option, the largest gain first."
    )
    areas: list[str] = Field(description="Policy areas of the steps, largest gain first.")
    suggestions_link: str | None = Field(
        description="More of these practices; null when no step has an area."
    )
    practices: list[FittingPractice] | None = Field(
        description="Practices of other regions that answer the gap, best first, each with its "
        "reasons in `why`; null while the search does not answer."
    )
    practices_note: str | None = Field(description="Why there are no practices.")


class Layer(Open):
    """Something that can be coloured on the map."""

    id: str
    name: str
    kind: Literal["outcome", "practices", "score"]
    unit: str
    provenance: str


class LayerList(BaseModel):
    """Everything that can be coloured."""

    items: list[Layer]
    next: None = None


class LayerValues(Open):
    """A layer with its values. A null value has a state that says why."""

    layer: str
    name: str
    kind: str
    unit: str
    provenance: str
    scale: dict[str, Any]
    values: list[dict[str, Any]]


class Token(BaseModel):
    """An access token (RFC 6749)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
    regions: list[str]
