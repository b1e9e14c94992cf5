"""The door: every request to `/api/v1` comes through here, as pure ASGI.

It looks the operation up in the table of routes, finds out who asks, signs that, and
hands the request on. Nothing that a caller sends can pose as our signature.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import quote

from fastapi import Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import routes
from services.gateway.routes import Route
from services.gateway.shelf import Kept, serve
from shared import actor, service, telemetry
from shared.actor import NOBODY, Actor
from shared.problems import BadRequest, MethodNotAllowed, NotFound, Problem

PREFIX = "/api/v1"
_LONGEST_URL = 8192


# Read by anyone from any page; nothing here is tied to a cookie.
_CORS = [(b"access-control-allow-origin", b"*")]
_EXPOSED = (
    b"access-control-expose-headers",
    b"etag, link, location, retry-after, x-request-id, idempotent-replayed",
)


IdentifyCookie = Callable[[Iterable[tuple[bytes, bytes]], str], Awaitable[Actor | None]]


async def _nobody(headers: Iterable[tuple[bytes, bytes]], method: str) -> Actor | None:
    return None


class Door:
    """The public API as one ASGI application over the upstreams."""

    def __init__(
        self,
        upstreams: Mapping[str, ASGIApp],
        identify: Callable[[str], Actor],
        internal_key: bytes,
        known: Callable[[str], Kept | None] = lambda _: None,
        identify_cookie: IdentifyCookie = _nobody,
    ) -> None:
        """Made once.

        identify  gives the actor of a bearer token or raises Unauthorized
        identify_cookie  gives the person of a request's cookie, None without one; raises
                  NotAllowed when a page of another site wants to change something
        known     an answer to an address that needs no composing, None when there is none
        """
        # Our own answers are compressed once, when they are composed.
        self._upstreams = {
            name: app
            if name == routes.OWN
            else GZipMiddleware(app, minimum_size=1000, compresslevel=4)
            for name, app in upstreams.items()
        }
        self._known = known
        self._identify = identify
        self._identify_cookie = identify_cookie
        self._key = internal_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a Problem becomes its answer here."""
        try:
            await self._pass(scope, receive, send)
        except Problem as problem:
            answer = service.answer(problem, Request(scope))
            answer.headers["Access-Control-Allow-Origin"] = "*"
            await answer(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(PREFIX) or "/"
        if len(scope["raw_path"]) + len(scope["query_string"]) > _LONGEST_URL:
            raise BadRequest(f"The address is longer than {_LONGEST_URL} bytes.")
        if scope["method"] == "OPTIONS":
            await _preflight(path, send)
            return
        head = scope["method"] == "HEAD"
        route = _route("GET" if head else scope["method"], path)
        scope["route_template"] = PREFIX + route.path
        caller = await self._caller(scope, route)
        if route.scopes:
            caller.needs(*route.scopes)
        if route.upstream == routes.OWN:
            kept = self._known(f"{path}?{scope['query_string'].decode('latin-1')}")
            if kept is not None:
                await serve(kept, scope, send, [*_CORS, _EXPOSED])
                return
        inner = self._inner(scope, route, path, caller)
        outgoing = _marked(send, head)
        await self._upstreams[route.upstream](inner, receive, outgoing)

    async def _caller(self, scope: Scope, route: Route) -> Actor:
        found = [value for name, value in scope["headers"] if name == b"authorization"]
        if not route.tokens:
            return NOBODY
        if not found:
            return await self._identify_cookie(scope["headers"], scope["method"]) or NOBODY
        if len(found) > 1:
            raise BadRequest("Send one Authorization header.")
        kind, _, token = found[0].decode("latin-1").partition(" ")
        return self._identify(token.strip() if kind.lower() == "bearer" else "")

    def _inner(self, scope: Scope, route: Route, path: str, caller: Actor) -> Scope:
        ours = (actor.HEADER.encode(), service.PREFIX_HEADER.encode(), b"traceparent")
        # A session is the gateway's business: no service sees its cookie.
        dropped = ours if route.upstream == routes.OWN else (*ours, b"cookie")
        headers = [pair for pair in scope["headers"] if pair[0] not in dropped]
        headers.append((service.PREFIX_HEADER.encode(), PREFIX.encode()))
        if caller is not NOBODY:
            headers.append((actor.HEADER.encode(), actor.signed(caller, self._key).encode()))
        trace_id = telemetry.trace.get()
        headers.append((b"traceparent", f"00-{trace_id}-{trace_id[:16]}-01".encode()))
        return {
            "type": "http",
            "asgi": scope["asgi"],
            "http_version": scope["http_version"],
            "method": route.method,
            "scheme": scope["scheme"],
            "path": path,
            "raw_path": quote(path, safe="/:@!$&'()*+,;=~").encode(),
            "query_string": scope["query_string"],
            "root_path": "",
            "headers": headers,
            "client": scope.get("client"),
            "server": scope.get("server"),
        }


def _route(method: str, path: str) -> Route:
    route = routes.find(method, path)
    if route is not None:
        return route
    allowed = routes.methods(path)
    if allowed:
        listed = ", ".join(allowed)
        raise MethodNotAllowed(f"{PREFIX}{path} answers to {listed}.", headers={"Allow": listed})
    raise NotFound(f"There is nothing at {PREFIX}{path[:200]}. {PREFIX}/docs lists what there is.")


async def _preflight(path: str, send: Send) -> None:
    allowed = routes.methods(path)
    if not allowed:
        raise NotFound(f"There is nothing at {PREFIX}{path[:200]}.")
    headers = [
        *_CORS,
        (b"allow", ", ".join([*allowed, "OPTIONS"]).encode()),
        # A browser may read and search; writing is for systems, which send no preflight.
        (b"access-control-allow-methods", b"GET, HEAD, POST"),
        (b"access-control-allow-headers", b"content-type, authorization, x-meilisearch-client"),
        (b"access-control-max-age", b"86400"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _marked(send: Send, head: bool) -> Callable[[Message], Awaitable[None]]:
    async def outgoing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), *_CORS, _EXPOSED]
            message = {**message, "headers": headers}
        elif head:
            message = {**message, "body": b""}
        await send(message)

    return outgoing
