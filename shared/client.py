"""Calling another service: by its address or, in one process, by its ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from starlette.types import ASGIApp

from shared.actor import HEADER, Actor, signed
from shared.problems import Unavailable
from shared.telemetry import trace

Where = str | ASGIApp


class Service:
    """A neighbour. Each call has a deadline, carries the trace id and is signed as a service.

    A GET is tried once more when the connection breaks; nothing else is.
    """

    def __init__(self, name: str, where: Where, internal_key: bytes) -> None:
        self.name = name
        # aiohttp under the httpx interface: httpx's own pool falls to a tenth of the
        # throughput at 32 connections.
        remote = isinstance(where, str)
        # In one process as over the network: a neighbour that fails answers 500.
        transport = (
            AiohttpTransport() if remote else httpx.ASGITransport(where, raise_app_exceptions=False)
        )
        self._http = httpx.AsyncClient(
            transport=transport, base_url=where if isinstance(where, str) else "http://" + name
        )
        me = Actor("service", "internal", frozenset({"internal"}), frozenset({"*"}))
        self._actor = signed(me, internal_key)

    async def get(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 5,
    ) -> httpx.Response:
        """The answer, whatever its status. Raises Unavailable when there is none."""
        try:
            return await self._once("GET", path, timeout_seconds, params=query, headers=headers)
        except Unavailable as failure:
            if not _broke(failure.__cause__):
                raise
            return await self._once("GET", path, timeout_seconds, params=query, headers=headers)

    async def post(self, path: str, body: object, *, timeout_seconds: float = 10) -> httpx.Response:
        """POST a JSON body; the answer, whatever its status. Raises Unavailable without one."""
        return await self._once("POST", path, timeout_seconds, json=body)

    def expect(self, answer: httpx.Response) -> httpx.Response:
        """The answer if it is a success; Unavailable otherwise, naming the service."""
        if answer.is_success:
            return answer
        raise Unavailable(
            f"The {self.name} service answered {answer.status_code}.",
            headers={"Retry-After": "2"},
        )

    async def _once(
        self,
        method: str,
        path: str,
        timeout_seconds: float,
        **more: Any,  # noqa: ANN401
    ) -> httpx.Response:
        try:
            return await self._send(method, path, timeout_seconds, **more)
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError) as failure:
            raise Unavailable(
                f"The {self.name} service does not answer.", headers={"Retry-After": "2"}
            ) from failure

    async def _send(
        self,
        method: str,
        path: str,
        timeout_seconds: float,
        **more: Any,  # noqa: ANN401
    ) -> httpx.Response:
        headers = {**(more.pop("headers", None) or {}), HEADER: self._actor}
        if trace.get():
            headers["traceparent"] = f"00-{trace.get()}-{trace.get()[:16]}-01"
        # httpx counts from byte to byte, and not at all within one process.
        async with asyncio.timeout(timeout_seconds):
            return await self._http.request(
                method, path, headers=headers, timeout=timeout_seconds, **more
            )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, failure, where)


def _broke(cause: BaseException | None) -> bool:
    """Whether the answer broke off. When no answer began, aiohttp has tried once more itself."""
    return isinstance(cause, httpx.ReadError | aiohttp.ClientPayloadError)
