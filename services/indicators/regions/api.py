"""Regions: who they are, and everything that is known of one."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Path, Query, Response
from sqlmodel import Session

from services.indicators.outcomes import headlines as outcomes
from services.indicators.outcomes import kept, store
from services.indicators.outcomes.store import Catalogue
from services.indicators.published.hall import In, body
from services.indicators.published.holdings import Holdings
from services.indicators.published.paging import Question, cut
from services.indicators.published.records import Country, EditionKind, RegionRecord
from services.indicators.published.schemas import ScoreSet
from services.indicators.regions.schemas import RegionItem, RegionLinks, RegionList, RegionPanel
from shared.conditional import CACHED
from shared.pages import CursorParam, Limit
from shared.service import router
from shared.shelf import Body
from shared.text import Text, folded

routes = router(tags=["regions"])

RegionName = Annotated[
    str,
    Path(min_length=1, max_length=80, description="Code or slug.", examples=["ES51", "catalonia"]),
]


@routes.get(
    "/regions",
    operation_id="list_regions",
    summary="Regions of Europe",
    response_model=RegionList,
    responses=CACHED,
)
async def list_regions(
    hall: In,
    question: Question,
    country: Annotated[
        list[Country] | None,
        Query(description="Country codes, such as `ES`."),
    ] = None,
    in_mipex_r: Annotated[
        bool | None, Query(description="Only the 25 regions of MIPEX-R, or only the others.")
    ] = None,
    has_scores: Annotated[
        bool | None,
        Query(
            description="Only regions with a score in any edition (published, computed or "
            "demonstration), or only those without."
        ),
    ] = None,
    q: Annotated[
        Text | None,
        Query(
            min_length=1,
            max_length=100,
            description="Part of a name in any language, of a code or slug; accents and case "
            "do not matter.",
        ),
    ] = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Response:
    """The 25 regions of MIPEX-R come first, then other regions, then statistical ones."""

    async def make() -> Body:
        holdings = await hall.holdings()
        countries = holdings.countries(country) if country else None
        wanted = folded(q) if q is not None else None
        found = [
            one
            for one in holdings.region_list
            if (countries is None or one.country_code in countries)
            and in_mipex_r in (None, one.in_mipex_r)
            and has_scores in (None, one.code in holdings.with_scores)
            and (wanted is None or any(wanted in name for name in holdings.spellings[one.code]))
        ]
        page = cut(found, _code, limit, cursor, question)
        items = [item(one, holdings) for one in page.items]
        return body(RegionList(items=items, next=page.next), page.headers)

    return await hall.answer(("regions", question.name), make)


@routes.get(
    "/regions/{code}",
    operation_id="read_region",
    summary="One region: competences, population, scores, outcomes",
    response_model=RegionPanel,
    responses=CACHED,
)
async def read_region(hall: In, code: RegionName) -> Response:
    """Everything that the indicators know of a region.

    `mipex_r` holds published scores only; `demonstration` holds synthetic ones that show
    the platform. A headline outcome without a value says why there is none: values are
    never estimated, and rates of parts of a region are never averaged.
    """

    async def make() -> Body:
        holdings, catalogue = await hall.holdings(), await kept.catalogue(hall)
        region = holdings.region(code)
        found = [one.score_set(region.code) for one in await hall.sheets()]
        # Of several editions of a kind the newest that says something about the region.
        sets: dict[EditionKind, ScoreSet] = {one.kind: one for one in found if one is not None}
        read = partial(panel, region=region, holdings=holdings, catalogue=catalogue, sets=sets)
        return body(await hall.shelf.database.read_long(read))

    return await hall.answer(("region", code), make)


def item(region: RegionRecord, holdings: Holdings) -> RegionItem:
    """The region as it stands in lists."""
    return RegionItem(
        **{name: getattr(region, name) for name in RegionItem.model_fields if name != "has_scores"},
        has_scores=region.code in holdings.with_scores,
    )


def panel(
    session: Session,
    region: RegionRecord,
    holdings: Holdings,
    catalogue: Catalogue,
    sets: dict[EditionKind, ScoreSet],
) -> RegionPanel:
    """The region with everything that is known of it."""
    codes = [one.code for one in region.statistical_codes]
    codes += [region.code, f"{region.code}0", *catalogue.within.get(region.code, ())]
    found = store.at(session, codes, outcomes.headline_series(catalogue))
    names = {one: catalogue.territories[one].name for one in codes if one in catalogue.territories}
    names |= {one: holdings.regions[one].name for one in codes if one in holdings.regions}
    return RegionPanel(
        **dict(item(region, holdings)),
        local_name=region.local_name,
        kind=region.kind,
        part_of=region.part_of,
        notes=region.notes,
        competences=list(region.competences),
        competence_note=region.competence_note,
        population=list(region.population),
        mipex_r=sets.get("published"),
        demonstration=sets.get("demonstration"),
        outcomes=outcomes.headlines(region, catalogue, found, names),
        links=RegionLinks(website=region.website),
    )


def _code(region: RegionRecord) -> str:
    return region.code
