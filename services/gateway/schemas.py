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
