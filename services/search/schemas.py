"""Bodies and answers of what the other services ask, and the indexes as their files declare them.

The public routes speak Meilisearch's protocol: `domain.door` checks them, `described` tells
of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.search.domain.catalogue import Index, index, mutual, translated
from services.search.domain.labels import Labels
from services.search.domain.values import MAX_HITS, MAX_OFFSET, MAX_QUERY_CHARACTERS
from shared.text import Text

_DATA = Path(__file__).parent / "data"


def _read(name: str) -> dict[str, Any]:
    return json.loads((_DATA / f"{name}.json").read_text("utf-8"))


def _catalogue() -> dict[str, Index]:
    words = _read("settings/synonyms")
    synonyms = translated(mutual(words["groups"]), words["translations"].values())
    languages: dict[str, list[str]] = _read("settings/stop-words")["words"]
    stop_words = sorted({word for words in languages.values() for word in words})
    return {
        uid: index(uid, _read(f"settings/{uid}"), synonyms, stop_words)
        for uid in ("practices", "regions")
    }


def _labels() -> Labels:
    read = _read("labels")
    places = _read("places")["places"]
    return Labels(read["areas"], read["target_groups"], read["countries"], places)


# The public indexes, from their settings files.
CATALOGUE = _catalogue()
LABELS = _labels()

# What the practices service calls a facet, and the attribute of the index.
MATCHING = {
    "country": "country_codes",
    "region": "region_codes",
    "role": "filter_roles",
    "area": "filter_areas",
    "target_group": "filter_target_groups",
    "status": "filter_status",
    "result": "filter_result",
    "year": "year",
}
SORTS = {
    "published_at": "published_at:asc",
    "-published_at": "published_at:desc",
    "year": "year:asc",
    "-year": "year:desc",
    "title": "title:asc",
}
FilterName = Literal[
    "country", "region", "role", "area", "target_group", "status", "result", "year"
]
SortName = Literal["published_at", "-published_at", "year", "-year", "title"]
Values = Annotated[list[Text], Field(max_length=200)]


class MatchingIn(BaseModel):
    """Which practices match: words, and per facet the values of which one must hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    q: Annotated[Text, Field(max_length=MAX_QUERY_CHARACTERS)] = ""
    filters: dict[FilterName, Values] = Field(default_factory=dict[FilterName, Values])
    sort: SortName | None = None
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Field(ge=0, le=MAX_HITS)] = 50


class MatchingOut(BaseModel):
    """Their ids in order, how many there are in all, and how many have each facet value."""

    ids: list[str]
    total: int
    facets: dict[str, dict[str, int]]


class EngineOut(BaseModel):
    """The engine: `embedded` or `meilisearch`; pid and starts only of an embedded one."""

    kind: Literal["embedded", "meilisearch"]
    available: bool
    version: str | None
    pid: int | None
    starts: int | None
    documents: dict[str, int]


class RefusedOut(BaseModel):
    """A practice that is not searchable because the engine refused it, and why."""

    id: str
    seq: int
    code: str
    message: str
    at: str


class StatusOut(BaseModel):
    """How true the index is. `lag` is head minus seq; null where it cannot be known now.

    `fence` is the number under which this process writes the index, null when another one does.
    """

    ready: bool
    fence: int | None
    epoch: str | None
    seq: int | None
    head: int | None
    lag: int | None
    engine: EngineOut
    quarantine: list[RefusedOut]


class RebuiltOut(BaseModel):
    """Up to where the new index is true."""

    epoch: str
    seq: int


class HealthOut(BaseModel):
    """Whether searches are answered, in Meilisearch's words."""

    status: Literal["available"]
