"""Reading published practices: the list, its files, and one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from services.practices.catalogue import exports, jsonld, store
from services.practices.catalogue.filters import Filters, Sort
from services.practices.catalogue.schemas import PracticeList, PracticeOut
from services.practices.catalogue.shown import PUBLIC, item, whole
from services.practices.catalogue.store import Found, Question
from services.practices.record.parts import PracticeId
from services.practices.regions import KnownRegions, Regions
from shared.client import Service
from shared.conditional import CACHED, IfNoneMatch
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.service import Db, router
from shared.shelf import Body, Shelf
from shared.text import Text

routes = router(tags=["Practices"])

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
        },
        304: {"description": "Not changed: the caller has this page. Not with `q`."},
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
    if_none_match: IfNoneMatch = None,
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

    async def page() -> Body:
        if q:
            found = await _search(request, db, q, question, sort, (after or [0])[0], limit)
        else:
            read = db.read_long if facets else db.read
            found = await read(store.find, question, after, limit, counts=facets)
        following = make_cursor(found.last, asked, key) if found.last else None
        body = PracticeList(
            items=[item(record, regions) for record in found.items],
            next=following,
            total=found.total,
            facets=found.facets if facets else None,
        )
        query = list(request.query_params.multi_items())
        link = next_link(f"{request.app.state.public_base}/practices", query, following)
        headers = {**link, "Cache-Control": PUBLIC, "Vary": "Accept"}
        return Body(body.model_dump_json().encode(), headers=headers)

    if q:
        # What is found depends on the index, which follows what is public.
        found = await page()
        return Response(found.content, media_type=found.media_type, headers=found.headers)
    shelf: Shelf = request.app.state.shelf
    return await shelf.answer(if_none_match, (request.url.query, regions.version), page)


@routes.get(
    "/practices/{practice_id}",
    response_model=PracticeOut,
    operation_id="get_practice",
    summary="One practice",
    responses={
        **CACHED,
        200: {"content": {"application/ld+json": {"schema": {"type": "object"}}}},
    },
)
async def get_practice(
    request: Request,
    practice_id: PracticeId,
    db: Db,
    regions: KnownRegions,
    format: Annotated[
        Literal["json", "jsonld"] | None,
        Query(description="jsonld: linked data in the words of schema.org. Accept does as well."),
    ] = None,
    if_none_match: IfNoneMatch = None,
    accept: Accept = None,
) -> Response:
    """All that is known of a published practice, with its sources and how sure they are.

    `rendered` holds the long texts, which are Markdown, as safe HTML.
    """
    record = await db.read(store.one, practice_id)
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
    records = await db.read(store.by_ids, answer["ids"])
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
            records, after = await db.read_long(store.page, question, after, 500)
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
