"""The body of a request on its way to a service elsewhere: a small one whole, a large in parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.types import Receive

# What routes take unless they say otherwise. Only imports are larger, and those are never held.
_HELD = 2_000_000


class Gone(Exception):
    """The caller went away before the body was complete: a part of it is not what was meant."""


class Body:
    """What a caller sends. A small body can be sent once more, a large one only before its second
    part was taken."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._begun = False
        self.held = b""
        self.whole = False
        self.failure: Exception | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it can be sent from its beginning."""
        return not self._begun

    async def begin(self) -> None:
        """Read it, or so much that it is a large one. Raises Gone, and what the door refuses."""
        parts: list[bytes] = []
        size = 0
        while not self.whole and size <= _HELD:
            parts.append(await self._next())
            size += len(parts[-1])
        self.held = b"".join(parts)

    async def parts(self) -> AsyncGenerator[bytes]:
        """All of a large body, each part when the one before is sent.

        What ends it early is kept in `failure`: the HTTP client would make an error of the
        connection of it.
        """
        yield self.held
        self._begun, self.held = True, b""
        try:
            while not self.whole:
                yield await self._next()
        except Exception as failure:
            self.failure = failure
            raise

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] != "http.request":
            raise Gone
        self.whole = not message.get("more_body", False)
        return message.get("body", b"")
