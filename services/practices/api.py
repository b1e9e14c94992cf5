"""Reading published practices, and what other services read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from services.practices import catalogue, exports, jsonld, rendered
from services.practices.catalogue import Found, Question
from services.practices.domain.citation import Cited, as_text
from services.practices.regions import Regions
from services.practices.schemas import (
    PracticeItem,
    PracticeList,
    PracticeOut,
    RegionOut,
)
from services.practices.schemas_parts import VOCABULARY
from services.practices.tables import FEED
from shared import feed
from shared.client import Service
from shared.feed import Cursor
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.problems import InputError, Invalid, NotFound
from shared.service import Db, for_services_only, router
from shared.text import Text

routes = router(tags=["Practices"])
internal = router(prefix="/internal", dependencies=[for_services_only], include_in_schema=False)

_POLL_SECONDS = 0.1
PUBLIC = "public, max-age=30, stale-while-revalidate=60"


class Sort(StrEnum):
    """Orders of the list; a minus means the newest or largest first."""

    newest = "-published_at"
    oldest = "published_at"
    by_title = "title"
    latest_year = "-year"
    earliest_year = "year"


async def known_regions(request: Request) -> Regions:
    """The list of regions, fresh enough."""
    regions: Regions = request.app.state.regions
    await regions.refresh()
    return regions


KnownRegions = Annotated[Regions, Depends(known_regions)]


def _listed(values: Sequence[str]) -> Any:  # noqa: ANN401 - FastAPI's parameter marker
    return Query(json_schema_extra={"items": {"type": "string", "enum": list(values)}})


async def filters(
    regions: KnownRegions,
    country: Annotated[
        list[Annotated[str, Query(pattern="^[A-Z]{2}$")]] | None,
        Query(description="ISO 3166 codes; several mean any of them.", max_length=50),
    ] = None,
    region: Annotated[
        list[Annotated[str, Query(pattern="^[A-Za-z0-9-]{1,80}$")]] | None,
        Query(description="Codes or slugs of regions.", max_length=100),
    ] = None,
    role: Annotated[list[str] | None, _listed(VOCABULARY.roles)] = None,
    area: Annotated[list[str] | None, _listed(VOCABULARY.areas)] = None,
    target_group: Annotated[list[str] | None, _listed(VOCABULARY.target_groups)] = None,
    status: Annotated[list[str] | None, _listed(VOCABULARY.statuses)] = None,
    result: Annotated[list[str] | None, _listed(VOCABULARY.results)] = None,
    year: Annotated[
        list[Annotated[int, Query(ge=1950, le=2100)]] | None,
        Query(description="Years of the start.", max_length=50),
    ] = None,
) -> dict[str, list[str]]:
    """The filters of the list.

    Raises Invalid for values outside a closed list, NotFound for places that are not here;
    either names every one.
    """
    coded: dict[str, tuple[Sequence[str] | None, Sequence[str]]] = {
        "role": (role, VOCABULARY.roles),
        "area": (area, VOCABULARY.areas),
        "target_group": (target_group, VOCABULARY.target_groups),
        "status": (status, VOCABULARY.statuses),
        "result": (result, VOCABULARY.results),
    }
    wrong = [
        InputError(
            "unknown_value",
            f"{value!r} is not a {name}.",
            f"/query/{name}",
            value=value,
            allowed=allowed,
        )
        for name, (values, allowed) in coded.items()
        for value in values or ()
        if value not in allowed
    ]
    missing = [
        InputError(
            "unknown_value",
            f"No region lies in {code!r}.",
            "/query/country",
            value=code,
            allowed="ISO 3166 codes of countries with regions here, such as ES",
        )
        for code in country or ()
        if not regions.of_country(code)
    ]
    codes: list[str] = []
    for name in region or ():
        try:
            codes.append(regions.code(name, "/query/region"))
        except NotFound as unknown:
            missing += unknown.errors
    if wrong:
        raise Invalid("The filters have values that do not exist.", [*wrong, *missing])
    if missing:
        raise NotFound("The filters name places that do not exist here.", missing)
    chosen = {name: list(values or ()) for name, (values, _) in coded.items()}
    chosen |= {"country": country or [], "region": codes, "year": [str(one) for one in year or ()]}
    return {name: values for name, values in chosen.items() if values}


Filters = Annotated[dict[str, list[str]], Depends(filters)]
# Not in the document: OpenAPI describes Accept by the media types of the answers.
Accept = Annotated[str | None, Header(include_in_schema=False)]


@routes.get(
    "/practices",
    response_model=PracticeList,
    operation_id="list_practices",
    summary="Published practices",
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/geo+json": {"schema": {"type": "object"}},
                "application/ld+json": {"schema": {"type": "object"}},
                exports.XLSX: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
)
async def list_practices(
    request: Request,
    db: Db,
    regions: KnownRegions,
    chosen: Filters,
    q: Annotated[
        Text | None, Query(min_length=1, max_length=500, description="Words to search for.")
    ] = None,
    sort: Annotated[
        Sort | None,
        Query(description="Without it: best match first with `q`, newest first otherwise."),
    ] = None,
    facets: Annotated[bool, Query(description="Also count the values of each filter.")] = False,
    format: Annotated[
        exports.Format | None,
        Query(
            description="Without it: what Accept puts first, else json. The others hold every "
            "match, not one page."
        ),
    ] = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
    accept: Accept = None,
) -> Response:
    """All published practices that match, a page at a time.

    Filters of one kind widen (`area=health&area=housing` means either), different kinds
    narrow. `facets=true` adds how many of the matches hold each value.
    """
    question = Question(chosen, sort or Sort.newest)
    kind = format or exports.preferred(accept)
    if kind != "json":
        return await _exported(_every(request, db, question, q, sort), kind, regions, request)
    asked = repr((sorted(chosen.items()), sort, q))
    key: bytes = request.app.state.internal_key
    after = read_cursor(cursor, asked, key) if cursor else None
    if q:
        found = await _search(request, db, q, question, sort, (after or [0])[0], limit)
    elif facets:
        found = await db.read_long(catalogue.find, question, after, limit, counts=True)
    else:
        found = await db.read(catalogue.find, question, after, limit, counts=False)
    following = make_cursor(found.last, asked, key) if found.last else None
    body = PracticeList(
        items=[item(record, regions) for record in found.items],
        next=following,
        total=found.total,
        facets=found.facets if facets else None,
    )
    link = next_link(
        f"{request.app.state.public_base}/practices",
        list(request.query_params.multi_items()),
        following,
    )
    return Response(
        body.model_dump_json(),
        media_type="application/json",
        headers={**link, "Cache-Control": PUBLIC, "Vary": "Accept"},
    )


@routes.get(
    "/practices/{practice_id}",
    response_model=PracticeOut,
    operation_id="get_practice",
    summary="One practice",
    responses={200: {"content": {"application/ld+json": {"schema": {"type": "object"}}}}},
)
async def get_practice(
    request: Request,
    practice_id: Annotated[str, Path(min_length=1, max_length=64)],
    db: Db,
    regions: KnownRegions,
    format: Annotated[
        Literal["json", "jsonld"] | None,
        Query(description="jsonld: linked data in the words of schema.org. Accept does as well."),
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
    accept: Accept = None,
) -> Response:
    """All that is known of a published practice, with its sources and how sure they are.

    `rendered` holds the long texts, which are Markdown, as safe HTML.
    """
    record = await db.read(catalogue.one, practice_id)
    headers = {"Cache-Control": "public, max-age=60", "Vary": "Accept"}
    if (format or exports.preferred(accept)) == "jsonld":
        linked = jsonld.document(record, regions, request.app.state.site)
        return JSONResponse(linked, headers=headers, media_type="application/ld+json")
    tag = f'"v{record["version"]}"'
    headers["ETag"] = tag
    if if_none_match and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    body = whole(record, regions, request.app.state.site)
    return Response(body.model_dump_json(), media_type="application/json", headers=headers)


@routes.get(
    "/practices/{practice_id}/versions/{number}",
    response_model=PracticeOut,
    operation_id="get_practice_version",
    summary="A published version as it was",
)
async def get_practice_version(
    request: Request,
    practice_id: Annotated[str, Path(min_length=1, max_length=64)],
    number: Annotated[int, Path(ge=1, le=1_000_000)],
    db: Db,
    regions: KnownRegions,
) -> Response:
    """A version never changes once it is published, so it can be cited."""
    record = await db.read(catalogue.version, practice_id, number)
    body = whole(record, regions, request.app.state.site)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(body.model_dump_json(), media_type="application/json", headers=headers)


@internal.get("/changes", response_model=feed.Page)
async def changes(
    db: Db,
    epoch: Annotated[str, Query(max_length=36)],
    after: Annotated[int, Query(ge=0)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    wait: Annotated[int, Query(ge=0, le=30)] = 0,
) -> feed.Page:
    """The changes after a cursor; waits up to `wait` seconds for the first one."""
    deadline = time.monotonic() + wait
    cursor = Cursor(epoch, after)
    while True:
        page = await db.read(feed.read, FEED, cursor, limit, catalogue.states)
        if page.items or time.monotonic() >= deadline:
            return page
        # One indexed row; another process may be the writer, so nothing can wake us.
        await asyncio.sleep(_POLL_SECONDS)


@internal.get("/state")
async def state(
    db: Db,
    after: Annotated[str, Query(max_length=36)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> dict[str, Any]:
    """All public practices by id, and the feed's cursor from which to go on."""
    head, records = await db.read_long(catalogue.scan, after, limit)
    return {
        "epoch": head.epoch,
        "seq": head.seq,
        "items": records,
        "next": records[-1]["id"] if len(records) == limit else None,
    }


@internal.get("/digest")
async def digest(db: Db) -> dict[str, Any]:
    """Id and version of every public practice, for the drift audit."""
    head, versions = await db.read_long(catalogue.versions)
    return {"epoch": head.epoch, "seq": head.seq, "versions": versions}


async def _search(
    request: Request,
    db: Db,
    q: str,
    question: Question,
    sort: Sort | None,
    offset: int,
    limit: int,
) -> Found:
    search: Service = request.app.state.search
    body = {
        "q": q,
        "filters": question.filters,
        "sort": sort.value if sort else None,
        "offset": offset,
        "limit": limit,
    }
    answer = search.expect(await search.post("/internal/matching", body)).json()
    records = await db.read(catalogue.by_ids, answer["ids"])
    reached = offset + len(answer["ids"])
    last = [reached] if answer["ids"] and reached < answer["total"] else None
    return Found(records, answer["total"], last, answer["facets"])


async def _every(
    request: Request, db: Db, question: Question, q: str | None, sort: Sort | None
) -> AsyncGenerator[Sequence[Mapping[str, Any]]]:
    """All matches, a page at a time."""
    after: list[Any] | None = None
    while True:
        if q:
            found = await _search(request, db, q, question, sort, (after or [0])[0], 1000)
            records, after = found.items, found.last
        else:
            records, after = await db.read_long(catalogue.page, question, after, 500)
        yield records
        if after is None:
            return


async def _exported(
    pages: AsyncGenerator[Sequence[Mapping[str, Any]]],
    kind: exports.Format,
    regions: Regions,
    request: Request,
) -> Response:
    # The first page is read before the answer begins, so that a failure is still a problem.
    first = await anext(pages)
    media = exports.MEDIA[kind] + ("; charset=utf-8; header=present" if kind == "csv" else "")
    return StreamingResponse(
        exports.written(first, pages, kind, regions, request.app.state.site),
        media_type=media,
        headers={
            "Content-Disposition": f'attachment; filename="practices.{kind}"',
            "Cache-Control": PUBLIC,
            "Vary": "Accept",
        },
    )


def item(record: Mapping[str, Any], regions: Regions) -> PracticeItem:
    """The practice for a list."""
    return PracticeItem.model_validate({**record, "regions": _places(record, regions)})


def whole(record: Mapping[str, Any], regions: Regions, site: str) -> PracticeOut:
    """The practice with everything, and how to cite it."""
    places = _places(record, regions)
    more = {
        "regions": places,
        "citation": as_text(cited(record, regions, site)),
        "rendered": rendered.of(record),
    }
    return PracticeOut.model_validate({**record, **more})


def cited(record: Mapping[str, Any], regions: Regions, site: str) -> Cited:
    """What a citation of this version names."""
    return Cited(
        id=record["id"],
        version=record["version"],
        title=record["title"],
        authors=tuple(regions.shown(code)["name"] for code in record["regions"]),
        day=record["updated_at"][:10],
        url=f"{site}/practices/{record['id']}",
        language=record["language"],
        licence=record["licence"],
    )


def _places(record: Mapping[str, Any], regions: Regions) -> list[RegionOut]:
    return [RegionOut(**regions.shown(code)) for code in record["regions"]]
