"""Outcome statistics: definitions and values."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Query, Response
from pydantic import StringConstraints
from sqlmodel import Session

from services.indicators.outcomes import datapackage, disparities, flags, kept, store, views
from services.indicators.outcomes import exports as exports_outcomes
from services.indicators.outcomes.exports import OutcomeFormat
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import IndicatorRecord
from services.indicators.outcomes.schemas import (
    GapList,
    GroupGap,
    ObservationList,
    OutcomeIndicatorList,
    ValueCube,
)
from services.indicators.outcomes.store import Catalogue, Wanted
from services.indicators.published import exports, names
from services.indicators.published.exports import Accept
from services.indicators.published.hall import In, body
from services.indicators.published.holdings import Holdings, chosen, existing
from services.indicators.published.paging import Listing, Question
from shared.conditional import CACHED
from shared.pages import CursorParam
from shared.problems import InputError, NotFound
from shared.service import router
from shared.shelf import Body

routes = router(tags=["Outcomes"])

Indicators = Annotated[
    list[str] | None,
    names.listed(names.outcome_indicators(), "Codes of indicators; see /outcomes/indicators."),
]
Regions = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]] | None,
    Query(description="Codes or slugs of regions, or codes of other territories."),
]
Groups = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_-]{1,20}$")]] | None,
    Query(description="Population groups, such as `FOR`; see the series of an indicator."),
]
Periods = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$")]] | None,
    Query(description="Years (2025), months (2025-03) or quarters (2025-Q1)."),
]


@routes.get(
    "/outcomes/indicators",
    operation_id="list_outcome_indicators",
    summary="Definitions of outcome indicators",
    response_model=OutcomeIndicatorList,
    responses=CACHED,
)
async def list_outcome_indicators(listing: Listing) -> Response:
    """All definitions, also those without values, each with its series and their sources."""

    async def make() -> Body:
        catalogue = await kept.catalogue(listing.hall)
        page = listing.page(list(catalogue.indicators.values()), _code)
        items = [views.indicator(one, catalogue) for one in page.items]
        return body(OutcomeIndicatorList(items=items, next=page.next), page.headers)

    return await listing.answer("outcome indicators", make)


@routes.get(
    "/outcomes/observations",
    operation_id="list_observations",
    summary="Values of outcome statistics",
    response_model=ObservationList | ValueCube,
    responses={**CACHED, 200: {"content": exports_outcomes.CONTENT}},
)
async def list_observations(
    hall: In,
    question: Question,
    indicator: Indicators = None,
    region: Regions = None,
    group: Groups = None,
    period: Periods = None,
    accept: Accept = None,
    format: Annotated[
        OutcomeFormat | None,
        Query(
            description="json unless given, or what Accept prefers. json-stat and sdmx-csv are "
            "read by the tools of statistical offices; datapackage is a zip of CSV files that "
            "describes itself."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        Query(
            ge=1,
            le=1000,
            description="How many values at the most. Unless given: 50 as JSON, all in a file.",
        ),
    ] = None,
    cursor: CursorParam = None,
) -> Response:
    """Values as published. A filter given several times means any of them.

    `region` takes a code or slug and finds the values of every territory that describes the
    region: its own, those of its parts and those of a larger one; `territories` says which
    is which. Other territories that carry values (countries, NUTS 1) are found by their code.
    Nothing is estimated; a value that is null has a `reason`.
    """
    form: OutcomeFormat = format or exports.preferred(accept)

    async def make() -> Body:
        holdings, catalogue = await hall.holdings(), await kept.catalogue(hall)
        size = limit if limit is not None or form != "json" else 50
        last = question.last(cursor)
        wanted = Wanted(
            _series(catalogue, indicator, group),
            _territories(holdings, catalogue, region),
            frozenset(period) if period else None,
            after=last if isinstance(last, int) else -1,
            limit=size + 1 if size is not None else None,
        )
        read = partial(
            _page, wanted=wanted, size=size, holdings=holdings, catalogue=catalogue, form=form
        )
        made, following = await hall.shelf.database.read_long(read)
        if isinstance(made, Body):
            link = question.link(question.cursor(following) if following is not None else None)
            return Body(made.content, made.media_type, {**made.headers, **link})
        made.next = question.cursor(following) if following is not None else None
        shown = {one.region for one in made.items}
        made.territories = views.described(region or (), shown, holdings, catalogue)
        return body(made, {**question.link(made.next), "Vary": "Accept"})

    return await hall.answer(("observations", question.name, form), make)


def _page(
    session: Session,
    wanted: Wanted,
    size: int | None,
    holdings: Holdings,
    catalogue: Catalogue,
    form: OutcomeFormat,
) -> tuple[Body | ObservationList, int | None]:
    """The page in the format asked for, and the position that the next one goes on from."""
    rows = store.page(session, wanted)
    shown = rows if size is None else rows[:size]
    following = shown[-1][0] if len(rows) > len(shown) else None
    if form != "json":
        return _file([one for _, one in shown], holdings, catalogue, form), following
    notes = catalogue.notes
    return (
        ObservationList(
            items=[views.observation(one, holdings, catalogue) for _, one in shown],
            next=None,
            territories=[],
            flags=flags.MEANINGS,
            notice=notes.notice if notes else None,
        ),
        following,
    )


def _file(
    rows: list[Observation], holdings: Holdings, catalogue: Catalogue, form: OutcomeFormat
) -> Body:
    if form == "json-stat":
        return exports_outcomes.json_stat(rows, holdings, catalogue)
    if form == "sdmx-csv":
        return exports_outcomes.sdmx(rows, catalogue)
    if form == "datapackage":
        return datapackage.package(rows, holdings, catalogue)
    return exports_outcomes.csv(rows, holdings, catalogue)


@routes.get(
    "/outcomes/gaps",
    operation_id="list_gaps",
    summary="Gaps between groups",
    response_model=GapList,
    responses=CACHED,
)
async def list_gaps(
    listing: Listing,
    indicator: Annotated[
        str,
        Query(
            description="Code of an indicator; see /outcomes/indicators.",
            json_schema_extra={"enum": names.outcome_indicators()},
        ),
    ],
    region: Regions = None,
) -> Response:
    """People from outside the EU, from other EU countries, or all foreigners, compared.

    Compared with nationals, or with people born in the country: both values come from one
    source, for one age, sex and time. In points and as a ratio, only where both values are
    there, with the flags of both. Without `region` every territory that has values.
    """

    async def make() -> Body:
        hall = listing.hall
        holdings, catalogue = await hall.holdings(), await kept.catalogue(hall)
        chosen([indicator], list(catalogue.indicators), "indicator")
        places = _territories(holdings, catalogue, region)
        pairs = disparities.pairs(catalogue.of(indicator))
        wanted = {one.id for pair in pairs for one in (pair.group, pair.others)}
        held = await hall.shelf.database.read_long(partial(store.of, series=wanted))
        found = [
            _gap(gap, holdings, catalogue)
            for pair in pairs
            for gap in disparities.gaps(pair, held)
            if places is None or gap.geo in places
        ]
        page = listing.page(found, _gap_name)
        shown = {one.region for one in page.items}
        listed = GapList(
            items=list(page.items),
            next=page.next,
            territories=views.described(region or (), shown, holdings, catalogue),
            flags=flags.MEANINGS,
            reason=_none(pairs, found),
        )
        return body(listed, page.headers)

    return await listing.answer("gaps", make)


def _none(pairs: list[disparities.Pair], found: list[GroupGap]) -> str | None:
    if not pairs:
        return "No two series of this indicator differ in the group alone."
    return None if found else "There are no values for this territory."


def _gap_name(one: GroupGap) -> str:
    return " ".join((*one.series, one.region, one.period))


def _gap(one: disparities.Gap, holdings: Holdings, catalogue: Catalogue) -> GroupGap:
    group, others = one.pair.group, one.pair.others
    return GroupGap.model_construct(
        indicator=group.indicator,
        region=one.geo,
        region_name=views.name_of(one.geo, holdings, catalogue),
        period=one.period,
        population_group=group.group,
        group_label=group.group_label,
        compared_with=others.group,
        compared_with_label=others.group_label,
        group_basis=group.group_basis,
        sex=group.sex,
        age=group.age,
        group_value=one.group_value,
        compared_value=one.others_value,
        unit=group.unit,
        gap=one.points,
        gap_unit="percentage points" if group.unit == "%" else group.unit,
        ratio=one.ratio,
        flag=one.flag or None,
        breaks_series="b" in one.flag,
        warning=flags.warning(one.flag),
        reason=one.reason,
        series=[group.id, others.id],
        source=group.attribution,
        licence=group.licence,
    )


def _series(
    catalogue: Catalogue, indicators: list[str] | None, groups: list[str] | None
) -> frozenset[str] | None:
    """Ids of the series of these indicators and groups; None when neither is given."""
    if not indicators and not groups:
        return None
    wanted = chosen(indicators, list(catalogue.indicators), "indicator") if indicators else None
    people = existing(groups, catalogue.groups, "group") if groups else None
    return frozenset(
        one.id
        for one in catalogue.series.values()
        if (wanted is None or one.indicator in wanted) and (people is None or one.group in people)
    )


def _territories(
    holdings: Holdings, catalogue: Catalogue, places: list[str] | None
) -> frozenset[str] | None:
    """Codes of all territories that describe the regions named; None when none is named."""
    if not places:
        return None
    found: set[str] = set()
    unknown: list[str] = []
    for name in places:
        code = holdings.codes.get(name)
        if code is not None:
            found |= {one.code for one in holdings.regions[code].statistical_codes}
            found |= {code, *catalogue.within.get(code, ())}
        elif name in catalogue.territories:
            found.add(name)
        else:
            unknown.append(name)
    if unknown:
        allowed = "code or slug of a region (see /regions), or a code such as ES or DE2"
        raise NotFound(
            "The query names a territory that does not exist.",
            [
                InputError(
                    "unknown_region",
                    f"There is no region or territory {name!r}.",
                    "/query/region",
                    value=name,
                    allowed=allowed,
                )
                for name in unknown
            ],
        )
    return frozenset(found)


def _code(one: IndicatorRecord) -> str:
    return one.code
