"""Comparisons, what-if, gaps, peers, trends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import anyio.to_thread
from fastapi import Path, Query, Response
from pydantic import BaseModel, StringConstraints
from pydantic_core import to_json
from sqlmodel import Session

from services.indicators.domain.instrument import ALL, OVERALL
from services.indicators.editions import frozen
from services.indicators.editions.api import EditionId
from services.indicators.outcomes import kept
from services.indicators.outcomes import store as store_outcomes
from services.indicators.published import names
from services.indicators.published.hall import Hall, In
from services.indicators.published.holdings import Holdings, chosen, groups
from services.indicators.published.paging import Question
from services.indicators.published.sheets import Keep, Sheet
from services.indicators.scenarios import comparisons, context, gaps, trends
from services.indicators.scenarios.computed import member, members, scores_of
from services.indicators.scenarios.context import Known
from services.indicators.scenarios.schemas import (
    ComparisonOut,
    GapOut,
    PeerList,
    TrendList,
    WhatIfIn,
    WhatIfOut,
)
from shared.conditional import CACHED
from shared.problems import InputError, Invalid
from shared.service import router
from shared.shelf import Body

routes = router(tags=["MIPEX-R"])

RegionName = Annotated[str, Path(min_length=1, max_length=80, description="Code or slug.")]
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"
Pair = Annotated[
    str,
    Query(
        max_length=500,
        description="Two to five codes or slugs, with commas: `ES51,SE224`.",
        # For readers of the document; `_pair` says in words what is wrong.
        json_schema_extra={"pattern": f"^{_NAME}(,{_NAME}){{1,4}}$"},
    ),
]
_PAIR = "/query/regions"
Named = Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]


def one_of(values: list[str], description: str) -> object:
    """A query parameter with its values in the document."""
    return Query(description=description, json_schema_extra={"enum": values})


Dimension = Annotated[str, one_of(names.dimensions(), "Dimension of any axis.")]
Group = Annotated[str, one_of(names.groups(), "Target group of the answers.")]


@routes.get(
    "/editions/{edition}/compare",
    operation_id="compare_regions",
    summary="Regions side by side",
    response_model=ComparisonOut,
    responses=CACHED,
)
async def compare_regions(hall: In, edition: EditionId, regions: Pair) -> Response:
    """Every dimension of two to five regions, and what makes the first differ from the others.

    A difference has two parts that add up to it: `score_effect`, because questions were
    answered better or worse, and `coverage_effect`, because other questions were answered
    and so weigh more or less. 409 for an edition that was published without its answers.
    """
    asked = _pair(regions)

    async def make() -> Body:
        sheet, holdings = await hall.sheet(edition), await hall.holdings()
        scores_of(sheet, "Comparisons")
        found = members(sheet, holdings, asked)
        codes = [one.code for one in found]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise Invalid(
                "A region is named twice.",
                [
                    InputError("E_DUPLICATE_CODE", f"{code} is named twice.", _PAIR, value=code)
                    for code in twice
                ],
            )
        return await written(lambda: comparisons.comparison(sheet, holdings, found))

    return await hall.answer(("compare", edition, tuple(asked)), make)


def _pair(regions: str) -> list[str]:
    names = regions.split(",")
    if not 2 <= len(names) <= 5 or not all(names):
        raise Invalid(
            "Two to five regions can be compared.",
            [
                InputError(
                    "number_of_regions", f"Regions named: {sum(map(bool, names))}.", _PAIR,
                    value=regions[:80], allowed="two to five codes or slugs, with commas",
                )
            ],
        )  # fmt: skip
    return names


@routes.post(
    "/editions/{edition}/what-if",
    operation_id="what_if",
    summary="What other answers would do",
    response_model=WhatIfOut,
)
async def what_if(hall: In, edition: EditionId, body: WhatIfIn) -> Response:
    """Every dimension of a region as it is and as it would be, with ranks and contributions.

    Nothing is stored. Everything that is wrong with the changes is listed at once. 409 for
    an edition that was published without its answers.
    """
    sheet, holdings = await hall.sheet(edition), await hall.holdings()
    scores_of(sheet, "What-if questions")
    made = await written(lambda: comparisons.what_if(sheet, holdings, body))
    return Response(made.content, media_type=made.media_type, headers={"Cache-Control": "no-store"})


@routes.get(
    "/editions/{edition}/regions/{code}/gaps",
    operation_id="read_gap",
    summary="The way to a target",
    response_model=GapOut,
    responses=CACHED,
)
async def read_gap(
    hall: In,
    question: Question,
    edition: EditionId,
    code: RegionName,
    target: Annotated[float, Query(ge=0, le=100, description="Points.")],
    dimension: Dimension = OVERALL,
    group: Group = ALL,
) -> Response:
    """What is missing to a target, the fewest steps that would reach it, what is out of reach.

    Each step moves one answer to its next better option, the largest gain first; missing
    answers stay missing. `suggestions_link` leads to practices of other regions in the
    areas of the steps. 409 for an edition that was published without its answers.
    """

    async def make() -> Body:
        sheet, holdings = await hall.sheet(edition), await hall.holdings()
        scores_of(sheet, "Gaps and plans")
        region = member(sheet, holdings, code)
        return await written(
            lambda: gaps.gap(sheet, holdings, region, target, dimension, group, question.base)
        )

    return await hall.answer(("gaps", edition, code, target, dimension, group), make)


@routes.get(
    "/editions/{edition}/regions/{code}/peers",
    operation_id="list_peers",
    summary="Regions that are alike, or a set of your own",
    response_model=PeerList,
    responses=CACHED,
)
async def list_peers(
    hall: In,
    edition: EditionId,
    code: RegionName,
    k: Annotated[int, Query(ge=1, le=50, description="How many at the most.")] = 5,
    region: Annotated[
        list[Named] | None,
        Query(max_length=50, description="Codes or slugs: these instead of the nearest."),
    ] = None,
) -> Response:
    """The nearest regions of the edition by population, GDP per inhabitant, foreign-born share,
    net migration and unemployment.

    Variables are brought to one scale (standard deviations); a region that shares less than
    half of them is no candidate. `reason` says why there are fewer than asked for. With `region`
    the set is yours: the same scores, ranks within it, and distances where they are known.
    """

    async def make() -> Body:
        sheet, holdings = await hall.sheet(edition), await hall.holdings()
        centre = member(sheet, holdings, code)
        known = await _context(hall, sheet, holdings)
        named = members(sheet, holdings, region or [], "/query/region")
        codes = dict.fromkeys(one.code for one in named if one.code != centre.code)
        asked = context.Set([*codes], k)
        return await written(lambda: context.peers(sheet, holdings, known, centre, asked))

    return await hall.answer(("peers", edition, code, k, tuple(region or ())), make)


@routes.get(
    "/editions/{edition}/trends",
    operation_id="read_trends",
    summary="What changed since another edition",
    response_model=TrendList,
    responses=CACHED,
)
async def read_trends(
    hall: In,
    edition: EditionId,
    with_: Annotated[
        str, Query(alias="with", pattern=f"^{_NAME}$", description="Id of the earlier edition.")
    ],
    revision: Annotated[
        int | None, Query(ge=1, le=10_000, description="Of `edition`; the newest unless given.")
    ] = None,
    with_revision: Annotated[
        int | None, Query(ge=1, le=10_000, description="Of `with`; the newest unless given.")
    ] = None,
    region: Annotated[
        list[Named] | None, Query(description="Codes or slugs; all unless given.")
    ] = None,
    dimension: Annotated[
        list[str] | None, names.listed(names.dimensions(), "Dimensions; all unless given.")
    ] = None,
    group: Annotated[
        list[str] | None, names.listed(names.groups(), "Target groups; all unless given.")
    ] = None,
) -> Response:
    """Scores over the questions that both editions asked in the same way, by the rules of
    `edition`; beside them the scores over all questions.

    Two revisions of one edition show what a correction did. `flag` is `b` where the
    questionnaire changed. Changes within a billionth of a point are
    none. 409 when no question is common, or an edition was published without its answers.
    """

    async def make() -> Body:
        holdings = await hall.holdings()
        later = await _revision(hall, edition, revision)
        earlier = await _revision(hall, with_, with_revision)
        scores = scores_of(later, "Trends")
        scores_of(earlier, "Trends", "/query/with")
        codes = holdings.region_codes(region) if region else None
        keep = Keep(
            codes,
            None,
            chosen(dimension, [one for _, one in later.names], "dimension") if dimension else None,
            chosen(group, groups(scores.methodology), "group") if group else None,
        )
        return await written(lambda: trends.trend(earlier, later, keep))

    key = tuple(tuple(one or ()) for one in (region, dimension, group))
    sides = (edition, revision, with_, with_revision)
    return await hall.answer(("trends", *sides, key), make)


async def _revision(hall: Hall, edition: str, number: int | None) -> Sheet:
    """The sheet of an edition at a revision; the newest unless given."""
    holdings = await hall.holdings()
    if number is None or number == holdings.edition(edition).revision:
        return await hall.sheet(edition)
    return await hall.shelf.database.read_long(frozen.sheet_reader(holdings, edition, number))


async def _context(hall: Hall, sheet: Sheet, holdings: Holdings) -> Known:
    catalogue = await kept.catalogue(hall)
    regions = [holdings.regions[code] for code in sheet.edition.regions]

    def read(session: Session) -> Known:
        codes = context.territories(regions, catalogue)
        found = store_outcomes.at(session, codes, context.series(catalogue))
        return context.read(regions, catalogue, found)

    return await hall.shelf.thing(("context", sheet.edition.record.id), read)


async def written(make: Callable[[], BaseModel]) -> Body:
    """The answer as bytes, made in a thread: other requests go on meanwhile."""
    return Body(await anyio.to_thread.run_sync(lambda: to_json(make())))
