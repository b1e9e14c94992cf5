"""A receiver of webhooks on this machine: a real server that verifies every signature."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """Takes what comes; `status` says what to answer to the request of this number (from 0)."""

    def __init__(self, status: Callable[[int], int] = lambda _: 200) -> None:
        self.secret = ""
        self.status = status
        self.asked = 0
        self.unsigned = 0
        self.taken: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0
        self.location = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.text()
        number, self.asked = self.asked, self.asked + 1
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.headers.append(headers)
        if self.secret:
            try:
                Webhook(self.secret).verify(body, headers)
            except WebhookVerificationError:
                self.unsigned += 1
        status = self.status(number)
        if status == 200:
            self.taken.append(json.loads(body))
            self.ids.append(headers["webhook-id"])
        return web.Response(status=status, headers={"Location": self.location or "/elsewhere"})

    async def until(self, enough: Callable[[Receiver], bool], seconds: float = 20.0) -> None:
        """Wait; TimeoutError when it does not come true."""
        async with asyncio.timeout(seconds):
            while not enough(self):  # noqa: ASYNC110 - the receiver has no event to wait for
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def open(self, port: int = 0) -> AsyncGenerator[Receiver]:
        """Listen inside the block."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()


def failing(share: float, seed: int) -> Callable[[int], int]:
    """Answers 503 to this share of the requests, at random."""
    chance = random.Random(seed)
    return lambda _: 503 if chance.random() < share else 200
