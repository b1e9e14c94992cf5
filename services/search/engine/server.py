"""The HTTP routes. Searches run on the event loop, what touches the disk for long in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.search.engine import administration as admin
from services.search.engine.bodies import (
    LARGEST_BODY,
    checked_uid,
    facet_request,
    need_json,
    parsed,
)
from services.search.engine.document_routes import ROUTES as DOCUMENT_ROUTES
from services.search.engine.engine import Engine
from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json, encoded
from services.search.engine.keys import Keys
from services.search.engine.multi import multi_search
from services.search.engine.requests import from_query_string, search_of
from services.search.engine.searching import answer, facet_answer

Handler = Callable[[Request], Awaitable[Response]]


class Answer(JSONResponse):
    """JSON in UTF-8; a number that JSON does not have becomes null."""

    def render(self, content: Json) -> bytes:
        """The body."""
        return encoded(content)


async def body_of(request: Request) -> Json:
    """The JSON body. Raises EngineError when missing, too large or not JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    need_json(kind)
    return parsed(await raw_body(request))


async def raw_body(request: Request) -> bytes:
    """The bytes of the body. Raises EngineError when there are too many."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            raise EngineError(
                "payload_too_large", f"The provided payload exceeds {LARGEST_BODY} bytes."
            )
        pieces.append(piece)
    return b"".join(pieces)


def uid_of(request: Request) -> str:
    """The index named in the path. Raises EngineError when the name is not possible."""
    return checked_uid(request.path_params["uid"])


class Server:
    """The routes over one engine."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine = engine
        self._keys = keys

    def app(self) -> Starlette:
        """The application, with every error in Meilisearch's shape."""
        routes = [
            Route("/health", self._health),
            *self._search_routes(),
            *self._admin_routes(),
        ]
        handlers: Mapping[Any, Any] = {
            EngineError: _engine_error,
            HTTPException: _http_error,
            Exception: _unexpected,
        }
        return Starlette(routes=routes, exception_handlers=handlers)

    def _search_routes(self) -> list[Route]:
        return [
            self._route("/indexes/{uid}/search", self._search, ["POST"], "search"),
            self._route("/indexes/{uid}/search", self._search_by_get, ["GET"], "search"),
            self._route("/indexes/{uid}/facet-search", self._facet_search, ["POST"], "search"),
            self._route("/multi-search", self._multi_search, ["POST"], "search"),
        ]

    def _admin_routes(self) -> list[Route]:
        routes: list[Route] = []
        for path, verb, action, work in (*admin.ROUTES, *DOCUMENT_ROUTES):
            routes.append(self._route(path, self._administer(work), [verb], action))
        return routes

    def _route(self, path: str, handler: Handler, verbs: list[str], action: str) -> Route:
        async def guarded(request: Request) -> Response:
            self._keys.check(request.headers.get("authorization"), action)
            return await handler(request)

        return Route(path, guarded, methods=verbs)

    async def _health(self, _: Request) -> Response:
        return Answer({"status": "available"})

    async def _opened(self, uid: str) -> None:
        if not self._engine.is_open(uid):
            await asyncio.to_thread(self._engine.index, uid)

    async def _search(self, request: Request) -> Response:
        uid = uid_of(request)
        search = search_of(await body_of(request))
        await self._opened(uid)
        return Answer(answer(self._engine, uid, search))

    async def _search_by_get(self, request: Request) -> Response:
        uid = uid_of(request)
        search = search_of(from_query_string(request.query_params))
        await self._opened(uid)
        return Answer(answer(self._engine, uid, search))

    async def _facet_search(self, request: Request) -> Response:
        uid = uid_of(request)
        name, query, search = facet_request(await body_of(request))
        await self._opened(uid)
        return Answer(facet_answer(self._engine, uid, name, query, search))

    async def _multi_search(self, request: Request) -> Response:
        body = await body_of(request)
        for uid in _uids(body):
            await self._opened(uid)
        return Answer(multi_search(self._engine, body))

    def _administer(self, work: admin.Work) -> Handler:
        async def handler(request: Request) -> Response:
            raw = await raw_body(request)
            asked = admin.Asked(
                dict(request.path_params),
                request.query_params,
                raw,
                request.headers.get("content-type", "").split(";")[0].strip(),
            )
            status, body = await asyncio.to_thread(work, self._engine, self._keys, asked)
            return Answer(body, status) if body is not None else Response(status_code=status)

        return handler


def _uids(body: Json) -> set[str]:
    queries = body.get("queries") if isinstance(body, dict) else None
    found = {q.get("indexUid") for q in queries if isinstance(q, dict)} if queries else set()
    return {uid for uid in found if isinstance(uid, str)}


async def _engine_error(_: Request, error: EngineError) -> Response:
    return Answer(error.body(), error.status)


async def _http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == 405:
        wrong = EngineError(
            "method_not_allowed", f"{request.method} is not allowed on {request.url.path}."
        )
    else:
        wrong = EngineError("not_found", f"There is no route {request.url.path}.")
    return Answer(wrong.body(), wrong.status)


async def _unexpected(_: Request, error: Exception) -> Response:
    wrong = EngineError("internal", f"{type(error).__name__}: {error}")
    return Answer(wrong.body(), wrong.status)
