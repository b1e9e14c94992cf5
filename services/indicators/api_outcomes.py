"""Outcome statistics: definitions and values."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Query, Response
from pydantic import StringConstraints
from sqlmodel import Session

from services.indicators import exports, names, store_outcomes
from services.indicators.exports import CSV_CONTENT, Accept, Format
from services.indicators.formats_outcomes import Observation
from services.indicators.hall import CACHED, In, body
from services.indicators.holdings import Holdings, chosen, existing
from services.indicators.paging import Question, WholeLimit, cut
from services.indicators.records_outcomes import IndicatorRecord, SeriesRecord
from services.indicators.schemas_outcomes import (
    ObservationList,
    ObservationOut,
    OutcomeIndicatorList,
    OutcomeIndicatorOut,
    SeriesOut,
)
from services.indicators.shelf import Body
from services.indicators.store_outcomes import Catalogue, Wanted
from services.indicators.territory import missing
from shared.pages import CursorParam
from shared.problems import InputError, NotFound
from shared.service import router

routes = router(tags=["outcomes"])

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
async def list_outcome_indicators(
    hall: In,
    question: Question,
    limit: WholeLimit = None,
    cursor: CursorParam = None,
) -> Response:
    """All definitions, also those without values, each with its series and their sources."""

    async def make() -> Body:
        catalogue = await hall.catalogue()
        page = cut(list(catalogue.indicators.values()), _code, limit, cursor, question)
        items = [_indicator(one, catalogue) for one in page.items]
        return body(OutcomeIndicatorList(items=items, next=page.next), page.headers)

    return await hall.answer(("outcome indicators", question.name), make)


@routes.get(
    "/outcomes/observations",
    operation_id="list_observations",
    summary="Values of outcome statistics",
    response_model=ObservationList,
    responses={**CACHED, 200: {"content": CSV_CONTENT}},
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
        Format | None, Query(description="json unless given, or what Accept prefers.")
    ] = None,
    limit: Annotated[
        int | None,
        Query(
            ge=1,
            le=1000,
            description="How many values at the most. Unless given: 50 as JSON, all as CSV.",
        ),
    ] = None,
    cursor: CursorParam = None,
) -> Response:
    """Values as published. A filter given several times means any of them.

    `region` takes a code or slug and finds the values of every territory that describes the
    region: its own, those of its parts and those of a larger one. Other territories that
    carry values (countries, NUTS 1) are found by their code. Nothing is estimated; a value
    that is null has a `reason`.
    """
    form = format or exports.preferred(accept)

    async def make() -> Body:
        holdings, catalogue = await hall.holdings(), await hall.catalogue()
        size = limit if limit is not None or form == "csv" else 50
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
        return body(made, {**question.link(made.next), "Vary": "Accept"})

    return await hall.answer(("observations", question.name, form), make)


def _page(
    session: Session,
    wanted: Wanted,
    size: int | None,
    holdings: Holdings,
    catalogue: Catalogue,
    form: Format,
) -> tuple[Body | ObservationList, int | None]:
    """The page in the format asked for, and the position that the next one goes on from."""
    rows = store_outcomes.page(session, wanted)
    shown = rows if size is None else rows[:size]
    following = shown[-1][0] if len(rows) > len(shown) else None
    if form == "csv":
        cells = (_cells(_observation(one, holdings, catalogue)) for _, one in shown)
        return exports.table("outcomes", COLUMNS, cells), following
    notes = catalogue.notes
    return (
        ObservationList(
            items=[_observation(one, holdings, catalogue) for _, one in shown],
            next=None,
            flags=dict(notes.flags) if notes else {},
            notice=notes.notice if notes else None,
        ),
        following,
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


def _observation(one: Observation, holdings: Holdings, catalogue: Catalogue) -> ObservationOut:
    series = catalogue.series[one.series]
    place = holdings.regions.get(one.geo) or catalogue.territories[one.geo]
    return ObservationOut.model_construct(
        indicator=series.indicator,
        series=series.id,
        region=one.geo,
        region_name=place.name,
        population_group=series.group,
        group_label=series.group_label,
        sex=series.sex,
        age=series.age,
        period=one.period,
        value=one.value,
        unit=series.unit,
        flag=one.flag or None,
        reason=missing(one),
        source=series.attribution,
        dataset=series.dataset,
        retrieved=series.date,
        licence=series.licence,
        derived=series.derived,
        note=series.geo_notes.get(one.geo) or series.calculation,
    )


COLUMNS = tuple(ObservationOut.model_fields)


def _cells(one: ObservationOut) -> list[exports.Cell]:
    return [getattr(one, name) for name in COLUMNS]


def _indicator(one: IndicatorRecord, catalogue: Catalogue) -> OutcomeIndicatorOut:
    facts = one.model_dump(exclude={"series", "headline_series", "nearest_series"})
    return OutcomeIndicatorOut(
        **facts,
        has_values=bool(one.series),
        series=[_series_out(each, catalogue) for each in catalogue.of(one.code)],
        nearest_series=list(one.nearest_series),
    )


def _series_out(one: SeriesRecord, catalogue: Catalogue) -> SeriesOut:
    return SeriesOut(
        id=one.id,
        dataset=one.dataset,
        unit=one.unit,
        population_group=one.group,
        group_basis=one.group_basis,
        group_label=one.group_label,
        sex=one.sex,
        age=one.age,
        first_period=one.periods[0],
        last_period=one.periods[-1],
        n_values=one.values,
        n_territories=one.places,
        source=one.attribution,
        licence=one.licence,
        retrieved=one.date,
        trust=catalogue.sources[one.source].trust,
        derived=one.derived,
        calculation=one.calculation,
        flags_kept=one.flags_kept,
        nuts_version=one.nuts_version,
        doubts=list(one.doubts),
    )


def _code(one: IndicatorRecord) -> str:
    return one.code
