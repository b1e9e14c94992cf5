"""The search API: the public door in Meilisearch's protocol, and what the other services ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from services.search.audit import Report, audit
from services.search.described import (
    FACET_FOUND,
    FACET_SEARCH_BODY,
    FOUND,
    MULTI_FOUND,
    MULTI_SEARCH_BODY,
    REFUSED,
    SEARCH_BODY,
    UID,
    Schema,
)
from services.search.domain import door
from services.search.domain.catalogue import Index
from services.search.domain.refusal import Refusal
from services.search.domain.tree import build, typed
from services.search.embedded import Embedded
from services.search.follower import Follower
from services.search.index import Answer, Engine
from services.search.rebuild import changes
from services.search.schemas import (
    MATCHING,
    SORTS,
    EngineOut,
    HealthOut,
    MatchingIn,
    MatchingOut,
    RebuiltOut,
    RefusedOut,
    StatusOut,
)
from shared import strict
from shared.problems import Unavailable
from shared.service import for_services_only, router


@dataclass(frozen=True, slots=True)
class Search:
    """What the routes need, on `app.state.search`."""

    engine: Engine
    catalogue: Mapping[str, Index]
    follower: Follower
    embedded: Embedded | None


async def _search(request: Request) -> Search:
    return request.app.state.search


Searching = Annotated[Search, Depends(_search)]
# What names an index is decided in the door, in the words of its clients.
Uid = Annotated[str, Path(json_schema_extra=UID)]


# ------------------------------------------------------------------ the public door


class DoorRoute(APIRoute):
    """A route whose mistakes are told as Meilisearch tells them, for its clients read that."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The stock handler; what is wrong with the request becomes Meilisearch's error."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                _no_parameters(request)
                return await handle(strict.StrictRequest(request.scope, request.receive))
            except Refusal as refusal:
                return _refused(refusal)
            except HTTPException as failure:
                if failure.status_code != 413:
                    raise
                limit = request.app.state.max_body_bytes
                text = f"The provided payload is larger than {limit} bytes."
                return _refused(Refusal(text, "payload_too_large"))

        return answered


def _no_parameters(request: Request) -> None:
    for name in request.query_params:
        raise Refusal(
            f"Unknown parameter `{name[:80]}`: all fields go into the body", "bad_request"
        )


def _refused(refusal: Refusal) -> Response:
    raw = json.dumps(refusal.body(), ensure_ascii=False)
    return Response(raw, refusal.status, media_type="application/json")


async def _payload(request: Request) -> object:
    """The JSON body. Raises Refusal for anything that is none."""
    kind = request.headers.get("content-type")
    if kind is None:
        raise Refusal(
            "A Content-Type header is missing. Accepted values for the Content-Type header are: "
            "`application/json`",
            "missing_content_type",
        )
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(
            f"The Content-Type `{kind[:80]}` is invalid. Accepted values for the Content-Type "
            "header are: `application/json`",
            "invalid_content_type",
        )
    raw = await request.body()
    if not raw.strip():
        raise Refusal("A json payload is missing.", "missing_payload")
    try:
        return strict.loads(raw)
    except json.JSONDecodeError as broken:
        # What is JSON but not of the strict kind is told without its place.
        what = broken if broken.doc else broken.msg
        raise Refusal(
            f"The json payload provided is malformed. `{what}`.", "malformed_payload"
        ) from None


def _passed_on(answer: Answer, search: Search) -> Response:
    """The engine's answer, byte for byte, with the number up to which the index is true."""
    cursor = search.follower.cursor
    headers = {"Search-Sequence": str(cursor.seq)} if cursor else {}
    return Response(answer.content, answer.status, headers, media_type="application/json")


def _described(body: Schema, found: Schema) -> dict[str, Any]:
    """What the API description says of a route of the door."""
    refused: Schema = {"content": {"application/json": {"schema": REFUSED}}}
    answers = {
        400: "Something in the request cannot be used; `message` says what and where.",
        404: "There is no such index.",
        413: "The body is too large.",
        415: "The body is not `application/json`.",
    }
    success: Schema = {
        "description": "What was found.",
        "headers": {
            "Search-Sequence": {
                "description": "The number of the change up to which the index is true.",
                "schema": {"type": "integer"},
            }
        },
        "content": {"application/json": {"schema": found}},
    }
    return {
        "response_class": Response,
        "responses": {200: success}
        | {status: {"description": text, **refused} for status, text in answers.items()},
        "openapi_extra": {
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}}
        },
    }


public = APIRouter(prefix="/search", tags=["Search"], route_class=DoorRoute)


@public.post(
    "/multi-search",
    operation_id="multi_search",
    summary="Several searches at once",
    **_described(MULTI_SEARCH_BODY, MULTI_FOUND),
)
async def multi_search(request: Request, search: Searching) -> Response:
    """What InstantSearch calls: `instantMeiliSearch("<this site>/api/v1/search", "")` just works.

    Up to 20 queries over the indexes `practices` and `regions`, each with words, filters,
    facets, sorting and paging as Meilisearch describes them. With `federation` the answers
    are joined into one list, best first; a query's `federationOptions.weight` says how much
    it counts. One query that cannot be used fails the call.
    """
    body = door.multi_search(await _payload(request), search.catalogue)
    return _passed_on(await search.engine.ask("/multi-search", body), search)


@public.post(
    "/indexes/{uid}/search",
    operation_id="search_index",
    summary="Search practices or regions",
    **_described(SEARCH_BODY, FOUND),
)
async def search_index(request: Request, uid: Uid, search: Searching) -> Response:
    """One search in one index. `regions` has attributes of its own: see multi-search."""
    body = door.search(await _payload(request), uid, search.catalogue)
    return _passed_on(await search.engine.ask(f"/indexes/{uid}/search", body), search)


@public.post(
    "/indexes/{uid}/facet-search",
    operation_id="search_facet",
    summary="Search among the values of a facet",
    **_described(FACET_SEARCH_BODY, FACET_FOUND),
)
async def search_facet(request: Request, uid: Uid, search: Searching) -> Response:
    """The values of `facetName` with a word that begins with `facetQuery`, and their counts.

    Typos and accents do not matter: `cata` finds `Generalitat de Catalunya (Catalonia)`. (A
    Meilisearch server in the place of the embedded engine looks at the first word only.)

    Fields that belong to a search and not to this are ignored, as InstantSearch sends them.
    """
    body = door.facet_search(await _payload(request), uid, search.catalogue)
    return _passed_on(await search.engine.ask(f"/indexes/{uid}/facet-search", body), search)


availability = router(prefix="/search", tags=["Search"])


@availability.get("/health", operation_id="search_health", summary="Whether searches are answered")
async def search_health(search: Searching) -> HealthOut:
    """`available`, or a 503 problem while the engine does not answer."""
    if not await search.engine.healthy():
        raise Unavailable("The search engine does not answer.", headers={"Retry-After": "1"})
    return HealthOut(status="available")


# ------------------------------------------------------------------ for the other services

internal = router(prefix="/internal", dependencies=[for_services_only], include_in_schema=False)


@internal.post("/matching")
async def matching(question: MatchingIn, search: Searching) -> MatchingOut:
    """The ids and counts behind `GET /practices?q=`: the same engine, the same index."""
    chosen: dict[str, list[str]] = dict(question.filters.items())
    found = typed(chosen, MATCHING)
    body: dict[str, Any] = {
        "q": question.q,
        "offset": question.offset,
        "limit": question.limit,
        "facets": list(MATCHING.values()),
        "attributesToRetrieve": ["id"],
    }
    body |= {"filter": build(found)} if found else {}
    body |= {"sort": [SORTS[question.sort]]} if question.sort else {}
    answer = await search.engine.ask("/indexes/practices/search", body)
    if answer.status != 200:
        raise RuntimeError(f"the engine refused a filter of ours: {answer.content[:300]!r}")
    result = json.loads(answer.content)
    counts = result["facetDistribution"]
    return MatchingOut(
        ids=[hit["id"] for hit in result["hits"]],
        total=result["estimatedTotalHits"],
        facets={name: _by_count(counts[attribute]) for name, attribute in MATCHING.items()},
    )


def _by_count(counted: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


@internal.get("/status")
async def status(search: Searching) -> StatusOut:
    """How true the index is, and how its engine does."""
    follower = search.follower
    cursor = follower.cursor
    head = await _head(follower)
    return StatusOut(
        ready=follower.caught_up,
        fence=follower.lease.fence,
        epoch=cursor.epoch if cursor else None,
        seq=cursor.seq if cursor else None,
        head=head,
        lag=head - cursor.seq if cursor and head is not None else None,
        engine=await _engine(search),
        quarantine=[RefusedOut(**asdict(one)) for one in follower.writer.quarantine.items.values()],
    )


async def _head(follower: Follower) -> int | None:
    if follower.cursor is None:
        return None
    try:
        page = await changes(follower.practices, follower.cursor, limit=1)
    except Unavailable:
        return None
    return page.head if page else None


async def _engine(search: Search) -> EngineOut:
    child = search.embedded
    try:
        version, documents = await search.engine.version(), await search.engine.counts()
    except Unavailable:
        version, documents = None, {}
    return EngineOut(
        kind="embedded" if child else "meilisearch",
        available=version is not None,
        version=version,
        pid=child.pid if child else None,
        starts=child.starts if child else None,
        documents=documents,
    )


@internal.post("/rebuild")
async def rebuild(search: Searching) -> RebuiltOut:
    """Build the index anew; searches are answered from the old one meanwhile."""
    cursor = await search.follower.rebuild()
    return RebuiltOut(epoch=cursor.epoch, seq=cursor.seq)


@internal.post("/audit")
async def run_audit(search: Searching) -> Report:
    """Compare the index with the practices and mend it."""
    return await audit(search.follower)
