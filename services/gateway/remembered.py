"""The last good answer to public reads, for when a service does not answer (RFC 5861).

What is signed in, private or not stored is never kept.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.stale import LONGEST_SECONDS, Headers, aged
from shared.problems import Unavailable

KEEP = "gateway.keep"
"""Set in a scope: the answer is for everybody, so it may be kept."""

_LARGEST = 1_000_000
_TOTAL = 32_000_000
_GONE = (502, 503, 504)
_NEGOTIATED = (b"accept", b"accept-language")


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: Headers
    body: bytes
    at: float


class Remembered:
    """An upstream whose last good public answers outlive it for an hour, within 32 MB."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._clock = clock
        self._kept: OrderedDict[tuple[str, ...], _Answer] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, from memory where the upstream does not."""
        if not scope.get(KEEP):
            await self.app(scope, receive, send)
            return
        key = _key(scope)
        one = _Passing(send, self._good(key))
        try:
            await self.app(scope, receive, one.send)
        except Unavailable:
            if one.instead is None or one.started:
                raise
            await self._serve(one.instead, send)
            return
        if one.is_down and one.instead is not None:
            await self._serve(one.instead, send)
        elif one.good is not None:
            self._keep(key, _Answer(one.good, bytes(one.body), self._clock()))

    def _good(self, key: tuple[str, ...]) -> _Answer | None:
        found = self._kept.get(key)
        if found is None or self._clock() - found.at > LONGEST_SECONDS:
            return None
        return found

    def _keep(self, key: tuple[str, ...], answer: _Answer) -> None:
        old = self._kept.pop(key, None)
        self._bytes += len(answer.body) - (len(old.body) if old else 0)
        self._kept[key] = answer
        while self._bytes > _TOTAL:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)

    async def _serve(self, kept: _Answer, send: Send) -> None:
        headers = aged(kept.headers, self._clock() - kept.at)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": kept.body})


class _Passing:
    """One answer on its way: copied when it is good, held back when a kept one is better."""

    def __init__(self, send: Send, instead: _Answer | None) -> None:
        self._send = send
        self.instead = instead
        self.started = False
        self.is_down = False
        self.good: Headers | None = None
        self.body = bytearray()

    async def send(self, message: Message) -> None:
        """What the upstream sends."""
        if message["type"] == "http.response.start":
            self.is_down = message["status"] in _GONE
            headers = list(message.get("headers", ()))
            self.good = headers if message["status"] == 200 and _may_keep(headers) else None
        if self.is_down and self.instead is not None:
            return
        self.started = True
        if self.good is not None and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if len(self.body) > _LARGEST:
                self.good = None
        await self._send(message)


def _key(scope: Scope) -> tuple[str, ...]:
    asked = [value.decode("latin-1") for name, value in scope["headers"] if name in _NEGOTIATED]
    return (scope["path"], scope["query_string"].decode("latin-1"), *asked)


def _may_keep(headers: Headers) -> bool:
    for name, value in headers:
        if name == b"set-cookie":
            return False
        if name == b"cache-control" and (b"no-store" in value or b"private" in value):
            return False
    return True
