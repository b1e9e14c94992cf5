"""The door: every request to `/api/v1` comes through here, as pure ASGI.

It looks the operation up in the table of routes, finds out who asks and whether the quota
allows it, signs that, and hands the request on. Nothing that a caller sends can pose as
our signature.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol
from urllib.parse import quote

from fastapi import Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import routes
from services.gateway.composed import Kept, serve
from services.gateway.embeds import bearer, key_asked, key_in
from services.gateway.headers import by_name
from services.gateway.quotas import Limits
from services.gateway.remembered import KEEP, Remembered
from services.gateway.routes import Route
from services.gateway.stale import Headers
from services.gateway.store_embeds import PREFIX as EMBED_KEY
from services.gateway.upstreams import SECONDS
from shared import actor, service, telemetry
from shared.actor import NOBODY, Actor
from shared.problems import BadRequest, MethodNotAllowed, NotAllowed, NotFound, Problem, TooLarge

PREFIX = "/api/v1"
_LONGEST_URL = 8192


# Read by anyone from any page; nothing here is tied to a cookie.
_CORS = (b"access-control-allow-origin", b"*")
_EXPOSED = (
    b"access-control-expose-headers",
    b"etag, link, location, retry-after, x-request-id, idempotent-replayed, ratelimit, "
    b"ratelimit-policy",
)
_FOR_THE_CALLER = (b"cache-control", b"private, no-store")
# What we say ourselves, and what only a proxy of ours may say.
_OURS = frozenset(
    {
        actor.HEADER.encode(),
        b"traceparent",
        b"tracestate",
        b"forwarded",
        b"x-real-ip",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        service.PREFIX_HEADER.encode(),
    }
)
# A session and a token are the gateway's business: no service sees them.
_OURS_ALONE = _OURS | {b"cookie", b"authorization"}


IdentifyCookie = Callable[[Iterable[tuple[bytes, bytes]], str], Awaitable[Actor | None]]


async def _nobody(headers: Iterable[tuple[bytes, bytes]], method: str) -> Actor | None:
    return None


class Embedding(Protocol):
    """What the door asks about an embed key; `embeds.Embeds` is one."""

    def cors(self, key_id: str, origin: bytes | None) -> Headers:
        """The headers that let a page of this origin read the answer, or a Problem."""
        ...

    def counted(self, key_id: str) -> Headers:
        """Count one search; what is left of the quota, or TooMany."""
        ...


class Door:
    """The public API as one ASGI application over the upstreams."""

    def __init__(
        self,
        upstreams: Mapping[str, ASGIApp],
        identify: Callable[[str], Actor],
        internal_key: bytes,
        known: Callable[[str], Kept | None] = lambda _: None,
        identify_cookie: IdentifyCookie = _nobody,
        *,
        limits: Limits | None = None,
        embeds: Embedding | None = None,
    ) -> None:
        """Made once.

        identify  gives the actor of a bearer token or raises Unauthorized
        identify_cookie  gives the person of a request's cookie, None without one; raises
                  NotAllowed when a page of another site wants to change something
        known     an answer to an address that needs no composing, None when there is none
        limits    counts clients, people and peers; None counts nobody
        embeds    knows embed keys; None knows none
        """
        # Our own answers are compressed once, when they are composed.
        self._upstreams = {
            name: app
            if name == routes.OWN
            else GZipMiddleware(Remembered(app), minimum_size=1000, compresslevel=4)
            for name, app in upstreams.items()
        }
        self._known = known
        self._identify = identify
        self._identify_cookie = identify_cookie
        self._key = internal_key
        self._limits = limits
        self._embeds = embeds

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        asked: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """Serve one request; a Problem becomes its answer here.

        asked  the headers of the request by name, where the caller has them already
        """
        more: Headers = [_CORS, _EXPOSED]
        try:
            asked = by_name(scope["headers"]) if asked is None else asked
            await self._pass(scope, receive, send, asked, more)
        except Problem as problem:
            answer = service.answer(problem, Request(scope))
            told = {name for name, _ in answer.raw_headers}
            answer.raw_headers += [pair for pair in more if pair[0] not in told]
            await answer(scope, receive, send)

    async def _pass(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        asked: Mapping[bytes, bytes],
        more: Headers,
    ) -> None:
        path: str = scope["path"].removeprefix(PREFIX) or "/"
        method: str = scope["method"]
        if len(scope["raw_path"]) + len(scope["query_string"]) > _LONGEST_URL:
            raise BadRequest(f"The address is longer than {_LONGEST_URL} bytes.")
        if method == "OPTIONS":
            await self._preflight(path, scope, asked, send)
            return
        route = _route("GET" if method == "HEAD" else method, path)
        scope["route_template"] = PREFIX + route.path
        caller = NOBODY
        query = scope["query_string"]
        if route.embeds and self._embeds is not None:
            query = self._admitted(scope, asked, more)
        else:
            caller = await self._caller(scope, route, asked, more)
        if route.scopes:
            caller.needs(*route.scopes)
        if route.upstream == routes.OWN:
            kept = self._known(f"{path}?{query.decode('latin-1')}")
            if kept is not None:
                await serve(kept, method, asked, send, more)
                return
        if route.scopes:
            more.append(_FOR_THE_CALLER)
        inner = self._inner(scope, route, path, query, caller)
        if route.method != "GET":
            receive = _bounded(receive, route.largest, asked.get(b"content-length"))
        await self._upstreams[route.upstream](inner, receive, _marked(send, method, more))

    def _admitted(self, scope: Scope, asked: Mapping[bytes, bytes], more: Headers) -> bytes:
        """The query without the embed key; with one, its CORS and quota instead of everybody's."""
        assert self._embeds is not None
        key_id, query = key_asked(scope, asked)
        if key_id is None:
            if self._limits is not None:
                more += self._limits.of(NOBODY, scope)
            return query
        try:
            cors = self._embeds.cors(key_id, asked.get(b"origin"))
        except NotAllowed:
            # The page of another origin cannot read anything of ours with this key.
            more.remove(_CORS)
            raise
        more[:1] = cors
        more += self._embeds.counted(key_id)
        return query

    async def _caller(
        self, scope: Scope, route: Route, asked: Mapping[bytes, bytes], more: Headers
    ) -> Actor:
        """Who asks, counted. A token that is refused counts for the peer that sent it."""
        caller = NOBODY
        try:
            if not route.tokens:
                pass
            elif b"authorization" in asked:
                caller = self._identify(_token(asked[b"authorization"]))
            elif b"cookie" in asked:
                headers = scope["headers"]
                caller = await self._identify_cookie(headers, scope["method"]) or NOBODY
        finally:
            if self._limits is not None:
                more += self._limits.of(caller, scope)
        return caller

    def _inner(self, scope: Scope, route: Route, path: str, query: bytes, caller: Actor) -> Scope:
        dropped = _OURS if route.upstream == routes.OWN else _OURS_ALONE
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
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": scope.get("client"),
            "server": scope.get("server"),
            SECONDS: route.seconds,
            KEEP: route.method == "GET" and not route.scopes and caller is NOBODY,
        }

    async def _preflight(
        self, path: str, scope: Scope, asked: Mapping[bytes, bytes], send: Send
    ) -> None:
        allowed = routes.methods(path)
        if not allowed:
            raise NotFound(f"There is nothing at {PREFIX}{path[:200]}.")
        cors = [_CORS]
        # A preflight never carries a token; the key stands in the address or nowhere.
        key_id, _ = key_in(scope["query_string"])
        if key_id and self._embeds is not None and path.startswith("/search/"):
            cors = self._embeds.cors(key_id, asked.get(b"origin"))
        headers = [
            *cors,
            (b"allow", ", ".join([*allowed, "OPTIONS"]).encode()),
            # A browser may read and search; writing is for systems, which send no preflight.
            (b"access-control-allow-methods", b"GET, HEAD, POST"),
            (b"access-control-allow-headers", b"content-type, authorization, x-meilisearch-client"),
            (b"access-control-max-age", b"86400"),
        ]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _token(authorization: bytes) -> str:
    token = bearer(authorization)
    if token.startswith(EMBED_KEY):
        raise NotAllowed("An embed key may search and nothing else.")
    return token


def _route(method: str, path: str) -> Route:
    route = routes.find(method, path)
    if route is not None:
        return route
    allowed = routes.methods(path)
    if allowed:
        listed = ", ".join(allowed)
        raise MethodNotAllowed(f"{PREFIX}{path} answers to {listed}.", headers={"Allow": listed})
    raise NotFound(f"There is nothing at {PREFIX}{path[:200]}. {PREFIX}/docs lists what there is.")


def _bounded(receive: Receive, largest: int, declared: bytes | None) -> Receive:
    """The body, never more than the route takes, whatever length was declared."""
    left = largest
    if declared is not None and (not declared.isdigit() or int(declared) > largest):
        raise TooLarge(f"The body may have {largest} bytes here.")

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge(f"The body may have {largest} bytes here.")
        return message

    return bounded


def _marked(send: Send, method: str, more: Headers) -> Callable[[Message], Awaitable[None]]:
    async def outgoing(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if _FOR_THE_CALLER in more:
                # Whatever a service says of it: what needs a scope is for nobody's cache.
                headers = [h for h in headers if h[0] != b"cache-control" or b"public" not in h[1]]
            said = {name for name, _ in headers}
            # What the upstream says of its own answer stands, but for whom may read it: ours.
            headers += [pair for pair in more if pair[0] not in said or pair[0] == b"vary"]
            message = {**message, "headers": headers}
        elif method == "HEAD":
            message = {**message, "body": b""}
        await send(message)

    return outgoing
