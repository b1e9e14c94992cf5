"""An upstream is an ASGI application: the service itself, or `Remote` for one elsewhere.

The gateway has one way to call both. Bytes pass through; nothing is re-modelled.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from shared.problems import Unavailable

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
_DEADLINE = aiohttp.ClientTimeout(total=35, connect=2)


class Remote:
    """A service at an address, as an ASGI application.

    aiohttp, because httpx's connection pool falls to 300 requests/s at 32 connections
    where aiohttp serves 1,400 to 2,800 (decision 0003).
    """

    def __init__(self, name: str, base_url: str) -> None:
        self.name = name
        self.base = URL(base_url)
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Hold the connections open inside the block."""
        async with aiohttp.ClientSession(
            timeout=_DEADLINE,
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=100),
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as self._session:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises Unavailable when the service does not answer."""
        assert self._session is not None
        url = self.base.joinpath("").with_path(
            self.base.path.rstrip("/") + scope["raw_path"].decode(), encoded=True
        )
        if scope["query_string"]:
            url = url.with_query(None).update_query(None)
            url = URL(f"{url}?{scope['query_string'].decode('latin-1')}", encoded=True)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name not in _HOP_BY_HOP
        ]
        body = await _whole(receive)
        try:
            async with self._session.request(
                scope["method"], url, headers=headers, data=body or None, allow_redirects=False
            ) as answer:
                await send(
                    {
                        "type": "http.response.start",
                        "status": answer.status,
                        "headers": [
                            (name.lower(), value)
                            for name, value in answer.raw_headers
                            if name.lower() not in _HOP_BY_HOP
                        ],
                    }
                )
                async for part in answer.content.iter_any():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, aiohttp.ClientError) as failure:
            raise Unavailable(
                f"The {self.name} service does not answer.", headers={"Retry-After": "2"}
            ) from failure


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message: Message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False) and message["type"] == "http.request"
    return b"".join(parts)
