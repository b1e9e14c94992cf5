"""CPU of the platform layer alone, in microseconds a request: `python -m tests.bench.layer`.

Request id, JSON log line, metrics, ES256 token, quota, protecting headers, table of routes,
signed actor; the upstream answers at once. Logging goes to memory, as a pipe would take it.
"""

from __future__ import annotations

import asyncio
import io
import logging
import tempfile
import time
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from services.gateway.door import Door
from services.gateway.edge import Edge
from services.gateway.quotas import Limits, Quotas
from services.gateway.routes import ROUTES
from services.gateway.seen import Seen
from services.gateway.shield import Shield
from services.gateway.trusted import Hosts, Proxies
from shared.actor import Actor
from shared.telemetry import JsonLines, Telemetry
from shared.tokens import Keys

_SITE = "https://platform.example"
_REQUESTS = 5000


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def _layer(keys: Keys) -> Telemetry:
    seen = Seen(_SITE, "bench")

    def identify(token: str) -> Actor:
        claims = seen.verify(keys, token)
        return Actor("client", claims.client_id, claims.scopes, claims.regions)

    limits = Limits(Quotas(), peer=10**9, client=10**9, person=10**9)
    upstreams = {route.upstream: _nothing for route in ROUTES}
    door = Door(upstreams, identify, b"a key of the bench", limits=limits)
    edge = Edge(_nothing, door=door, site=_nothing, hosts=Hosts(_SITE, ""), proxies=Proxies(()))
    return Telemetry(Shield(edge), service="gateway", access_log=True)


async def _main() -> float:
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(JsonLines())
    logging.basicConfig(level="INFO", handlers=[handler], force=True)
    with tempfile.TemporaryDirectory() as folder:
        keys = Keys.kept_in(Path(folder))
        token = keys.issue(
            "client_1",
            frozenset({"practices:write"}),
            frozenset({"ES51"}),
            issuer=_SITE,
            audience="bench",
        )
        app = _layer(keys)
        headers = [
            (b"host", b"platform.example"),
            (b"authorization", f"Bearer {token}".encode()),
            (b"accept", b"application/json"),
        ]

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            assert message.get("status", 200) == 200

        async def ask(times: int) -> float:
            began = time.process_time()
            for _ in range(times):
                await app(_scope(headers), receive, send)
            return (time.process_time() - began) / times

        await ask(500)
        return await ask(_REQUESTS) * 1_000_000


def _scope(headers: list[tuple[bytes, bytes]]) -> Scope:
    path = "/api/v1/practices/0190a5d2-0000-7000-8000-000000000000"
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("192.0.2.1", 1),
        "server": ("127.0.0.1", 8000),
    }


if __name__ == "__main__":
    print(round(asyncio.run(_main()), 1))
