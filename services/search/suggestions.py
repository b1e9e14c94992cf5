"""Suggestions: practices like one, and practices for a gap of a region, each with its reasons.

The engine brings candidates through filters; `domain.suggestions` scores and explains.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, Field

from services.search.domain import suggestions
from services.search.domain.suggestions import Document, Gap, Kind, Suggestion
from services.search.domain.tree import All, Among, Compare, Filter, Has, Not, build, joined
from services.search.index import Engine
from services.search.writer import Regions, Writer
from shared.problems import InputError, NotFound, Unavailable
from shared.service import router
from shared.text import folded

routes = router(tags=["Search"])

Area = Literal[
    "antidiscrimination",
    "culture-and-religion",
    "education",
    "health",
    "housing",
    "labour-market",
    "language",
    "social-security-and-assistance",
]
Phase = Literal["formulation", "policy-output", "implementation", "evaluation"]
Group = Literal["TCN", "BIP"]
Few = Annotated[int, Query(ge=1, le=20, description="How many practices at the most.")]

_DATA = File(__file__).parent / "data"
_ANSWERING = json.loads((_DATA / "areas.json").read_text("utf-8"))
_CANDIDATES = 100
_A_WORD = 40
_FIELDS = [
    "id",
    "language",
    "title",
    "translations",
    "summary",
    "objectives",
    "activities",
    "results",
    "lessons",
    "year",
    "confidence",
    "region_codes",
    "filter_regions",
    "filter_areas",
    "filter_target_groups",
    "filter_status",
    "filter_result",
]


def _function_words() -> dict[str, frozenset[str]]:
    lists = json.loads((_DATA / "function-words.json").read_text("utf-8"))["lists"].values()
    languages: set[str] = {language for one in lists for language in one}
    return {
        language: frozenset(folded(word) for one in lists for word in one.get(language, ()))
        for language in sorted(languages)
    }


# By language, folded: words that two texts may share without being alike.
FUNCTION_WORDS = _function_words()


class ReasonOut(BaseModel):
    """Why a practice is suggested; `values` are what the reason rests on."""

    kind: Kind
    values: list[str]
    text: str


class TranslationOut(BaseModel):
    """Title and summary in a further language; null where only the title was given."""

    language: str
    title: str
    summary: str | None


class SuggestedOut(BaseModel):
    """A suggested practice. `score` orders this answer and means nothing beside another."""

    id: str
    language: str = Field(description="Of `title` and `summary`.")
    title: str
    summary: str | None
    translations: list[TranslationOut]
    regions: list[str]
    region_names: list[str]
    areas: list[str]
    target_groups: list[str]
    status: str | None
    result: str | None
    year: int | None
    confidence: str | None
    score: float
    why: list[ReasonOut]


class SimilarOut(BaseModel):
    """Practices like the one of that id, most alike first."""

    practice: str
    items: list[SuggestedOut]


class GapOut(BaseModel):
    """Practices of other regions for a gap, best first; `region` by its code."""

    region: str
    areas: list[Area]
    phase: Phase | None
    group: Group | None
    practice_areas: list[str] = Field(description="The areas of practices that answer `areas`.")
    items: list[SuggestedOut]


async def _writer(request: Request) -> Writer:
    return request.app.state.search.follower.writer


Written = Annotated[Writer, Depends(_writer)]


@routes.get(
    "/practices/{practice_id}/similar",
    operation_id="similar_practices",
    summary="Practices like this one",
)
async def similar_practices(
    practice_id: Annotated[str, Path(min_length=1, max_length=64)],
    writer: Written,
    limit: Few = 5,
) -> SimilarOut:
    """Published practices that share areas, target groups, a result or telling words with one.

    Each says why it is there. Nothing is learned from readers: the same index gives the
    same answer to everybody.
    """
    wanted = Compare("id", "=", practice_id)
    found = await _candidates(writer.engine, [_query("", wanted, 1)])
    if not found:
        raise NotFound(f"There is no published practice {practice_id[:64]!r}.")
    one = found[0]
    others = await _candidates(writer.engine, _like(one))
    chosen = suggestions.similar(one, others, limit, FUNCTION_WORDS)
    return SimilarOut(practice=practice_id, items=[_out(each) for each in chosen])


@routes.get(
    "/regions/{code}/suggestions",
    operation_id="region_suggestions",
    summary="Practices for a region's gap",
)
async def region_suggestions(
    code: Annotated[
        str,
        Path(
            min_length=1,
            max_length=80,
            pattern="^[A-Za-z0-9-]+$",
            description="NUTS code or slug.",
            examples=["ES51", "catalonia"],
        ),
    ],
    writer: Written,
    area: Annotated[
        list[Area] | None,
        Query(max_length=8, description="Policy areas of MIPEX-R; several mean any of them."),
    ] = None,
    phase: Annotated[
        Phase | None,
        Query(
            description="A phase of policy. Practices carry none: they are chosen by words, "
            "for `evaluation` by a result on record too, and `why` says so."
        ),
    ] = None,
    group: Annotated[
        Group | None,
        Query(description="Third-country nationals or beneficiaries of international protection."),
    ] = None,
    limit: Few = 5,
) -> GapOut:
    """Practices of other regions that answer a weak dimension, at most two of one region.

    Each meets every part that was asked for. Those whose result is on record and whose
    source is good come first. Without area, phase and group: the best documented ones.
    """
    own = _code(code, writer.regions)
    areas = list(dict.fromkeys(area or ()))
    gap = _gap(areas, phase, group)
    found = await _candidates(writer.engine, _answering(gap, own))
    chosen = suggestions.for_gap(gap, found, limit)
    return GapOut(
        region=own,
        areas=areas,
        phase=phase,
        group=group,
        practice_areas=list(gap.areas),
        items=[_out(each) for each in chosen],
    )


# ------------------------------------------------------------------ what to ask the engine


def _gap(areas: Sequence[Area], phase: Phase | None, group: Group | None) -> Gap:
    groups: Mapping[str, Sequence[str]] = _ANSWERING["groups"][group] if group else {}
    return Gap(
        areas=[answer for area in areas for answer in _ANSWERING["areas"][area]],
        named=groups.get("named", ()),
        included=groups.get("included", ()),
        phase=phase or "",
        phase_words=_ANSWERING["phases"][phase] if phase else (),
    )


def _code(name: str, regions: Regions) -> str:
    """The code of a region given by code or slug. NotFound for another name."""
    if not regions.known:
        raise Unavailable(
            "The list of regions has not been read yet.", headers={"Retry-After": "1"}
        )
    if name.upper() in regions.known:
        return name.upper()
    for code, facts in regions.known.items():
        if facts["slug"] == name.lower():
            return code
    error = InputError("unknown_region", "GET /regions lists them.", "/path/code", value=name)
    raise NotFound(f"There is no region {name!r}.", [error])


def _like(one: Document) -> list[dict[str, Any]]:
    """Practices with the words of the title, of its areas or groups or of any."""
    areas = Among("filter_areas", tuple(one["filter_areas"]))
    groups = Among("filter_target_groups", tuple(one["filter_target_groups"]))
    return [
        _query(one["title"], None, _CANDIDATES),
        _query(one["title"], areas, _CANDIDATES),
        _query(one["summary"] or "", groups, _CANDIDATES),
        _query("", All((areas, groups)), _CANDIDATES),
    ]


def _answering(gap: Gap, own: str) -> list[dict[str, Any]]:
    """Practices of other regions with what was asked for, those that are preferred on their own."""
    base: list[Filter] = [Not(Compare("region_codes", "=", own))]
    base += [Among("filter_areas", tuple(gap.areas))] if gap.areas else []
    groups = (*gap.named, *gap.included)
    base += [Among("filter_target_groups", groups)] if groups else []
    judged = [*base, Not(Has("filter_result", "IS EMPTY"))]
    sure = [*base, Compare("confidence", "=", "high")]
    queries = [_query("", joined(All, tuple(one)), _CANDIDATES) for one in (judged, sure, base)]
    if gap.named:
        named = [*sure, Among("filter_target_groups", tuple(gap.named))]
        queries.append(_query("", All(tuple(named)), _CANDIDATES))
    filtered = joined(All, tuple(base))
    return [*queries, *(_query(word, filtered, _A_WORD) for word in gap.phase_words)]


def _query(q: str, tree: Filter | None, limit: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "indexUid": "practices",
        # A minus or a quote in a title is no operator.
        "q": re.sub(r"\W+", " ", q)[:500],
        "limit": limit,
        "attributesToRetrieve": _FIELDS,
        # The commonest words are given up first, so the telling ones stay.
        "matchingStrategy": "frequency",
    }
    return body | ({"filter": build(tree)} if tree else {})


async def _candidates(engine: Engine, queries: list[dict[str, Any]]) -> list[Document]:
    """The documents of all queries, each once. Raises Unavailable."""
    answer = await engine.ask("/multi-search", {"queries": queries})
    if answer.status != 200:
        raise RuntimeError(f"the engine refused a query of ours: {answer.content[:300]!r}")
    found: dict[str, Document] = {}
    for result in json.loads(answer.content)["results"]:
        found |= {hit["id"]: hit for hit in result["hits"]}
    return list(found.values())


def _out(one: Suggestion) -> SuggestedOut:
    found = one.document
    return SuggestedOut(
        id=found["id"],
        language=found["language"],
        title=found["title"],
        summary=found["summary"],
        # An index of the former form answers until the new one is built.
        translations=found.get("translations", []),
        regions=found["region_codes"],
        region_names=found["filter_regions"],
        areas=found["filter_areas"],
        target_groups=found["filter_target_groups"],
        status=next(iter(found["filter_status"]), None),
        result=next(iter(found["filter_result"]), None),
        year=found["year"],
        confidence=found["confidence"],
        score=one.score,
        why=[ReasonOut(kind=why.kind, values=why.values, text=why.text) for why in one.why],
    )
