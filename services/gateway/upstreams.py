"""An upstream is an ASGI application: the service itself, or `Remote` for one elsewhere.

The gateway has one way to call both. Bytes pass through; nothing is re-modelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from yarl import URL

from services.gateway.breaker import Breaker
from services.gateway.passing import Body, Gone
from shared import service
from shared.problems import Problem, Unavailable

# Between one connection and the next these mean something else (RFC 9110, 7.6.1).
_HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"host",
}
# Long polls of the feed take twenty seconds. Longer than this only where a route says so.
_READ_SECONDS = 30.0
# Above any export; an upstream that sends without end is cut off.
_LARGEST = 128_000_000
SECONDS = "gateway.seconds"
"""Set in a scope: how long the upstream may take to begin its answer."""


class Truncated(Exception):
    """An answer broke off after it had begun: the connection is cut, so that nobody takes it
    for whole."""


class Remote:
    """A service at an address, as an ASGI application.

    aiohttp, because httpx's connection pool falls to 300 requests/s at 32 connections
    where aiohttp serves 1,400 to 2,800 (decision 0003). A call is made once more when the
    connection breaks before the answer and a second call does no harm.
    """

    def __init__(self, name: str, base_url: str) -> None:
        self.name = name
        self.base = URL(base_url)
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Hold the connections open inside the block."""
        async with aiohttp.ClientSession(
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=100),
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as self._session:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Unavailable when the service does not answer, Truncated when it stops.

        A caller who goes away before the body is complete has asked for nothing.
        """
        body = Body(receive)
        try:
            await body.begin()
            await self._repeated(scope, body, send)
        except Gone:
            return

    async def _repeated(self, scope: Scope, body: Body, send: Send) -> None:
        """Ask, and once more where that does no harm."""
        started = False
        for attempt in (1, 2):
            try:
                async with self._asked(scope, body) as answer:
                    started = True
                    await _passed_on(answer, send)
                    if not body.whole:
                        # Answered without having been read: nothing else may come over it.
                        answer.close()
                return
            except (TimeoutError, aiohttp.ClientError) as failure:
                if started:
                    raise Truncated(f"the answer of {self.name} broke off") from failure
                if body.failure is not None:
                    raise body.failure from None
                if attempt == 1 and _broke(failure) and _may_repeat(scope) and body.repeatable:
                    continue
                raise Unavailable(
                    f"The {self.name} service does not answer.", headers={"Retry-After": "2"}
                ) from failure

    def _asked(
        self, scope: Scope, body: Body
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        assert self._session is not None
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name not in _HOP_BY_HOP
        ]
        url = self.base.with_path(
            self.base.path.rstrip("/") + scope["raw_path"].decode(), encoded=True
        )
        if scope["query_string"]:
            url = URL(f"{url}?{scope['query_string'].decode('latin-1')}", encoded=True)
        return self._session.request(
            scope["method"],
            url,
            headers=headers,
            data=(body.held or None) if body.whole else body.parts(),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                sock_connect=2, sock_read=max(_READ_SECONDS, scope.get(SECONDS, 0.0))
            ),
        )


class Guarded:
    """An upstream with a deadline and a circuit breaker, whether it is near or far."""

    def __init__(self, name: str, app: ASGIApp, breaker: Breaker | None = None) -> None:
        self.app = app
        self.breaker = breaker or Breaker(name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Unavailable when no answer begins in time."""
        self.breaker.admit()
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            if not started:
                started = True
                # From here on an answer may take the time that its reader needs.
                deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(scope.get(SECONDS)) as deadline:
                await self.app(scope, receive, watched)
        except TimeoutError as late:
            self.breaker.failed()
            if started:
                raise
            raise Unavailable(
                f"The {self.breaker.name} service did not answer in time.",
                headers={"Retry-After": "2"},
            ) from late
        except (Unavailable, Truncated):
            self.breaker.failed()
            raise
        self.breaker.succeeded()


class Answering:
    """An upstream for callers of our own: what it raises is an answer like any other."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self.app(scope, receive, send)
        except Problem as problem:
            await service.answer(problem, Request(scope))(scope, receive, send)


async def _passed_on(answer: aiohttp.ClientResponse, send: Send) -> None:
    headers = [
        (name.lower(), value)
        for name, value in answer.raw_headers
        if name.lower() not in _HOP_BY_HOP
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    size = 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > _LARGEST:
            raise aiohttp.ClientPayloadError("an answer without end")
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _broke(failure: Exception) -> bool:
    """Whether the connection failed, rather than the service took too long or spoke nonsense."""
    return isinstance(failure, aiohttp.ClientConnectionError) and not isinstance(
        failure, TimeoutError
    )


def _may_repeat(scope: Scope) -> bool:
    if scope["method"] in ("GET", "HEAD"):
        return True
    return any(name == b"idempotency-key" for name, _ in scope["headers"])
