"""A gateway's edge over small upstreams on a real socket, and raw requests to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.door import Door
from services.gateway.edge import Edge
from services.gateway.routes import ROUTES
from services.gateway.trusted import Hosts, Proxies, networks
from services.gateway.wire import Lobby, protocol
from shared.actor import Actor
from shared.problems import Unauthorized

KEY = b"the gateway's key of this test"
SITE = "https://platform.example"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An upstream that reads the body and answers how long it was."""
    length = 0
    while (message := await receive())["type"] == "http.request":
        length += len(message["body"])
        if not message["more_body"]:
            break
    body = b'{"read": %d}' % length
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """A web app of one page."""
    headers = [(b"content-type", b"text/html"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def nobody_is_known(token: str) -> Actor:
    """Refuses every token."""
    raise Unauthorized("no")


def edge(upstream: ASGIApp = echo, proxies: str = "", hosts: str = "") -> Edge:
    """The edge, its door over one upstream for every service."""
    door = Door({route.upstream: upstream for route in ROUTES}, nobody_is_known, KEY)
    return Edge(
        page,
        door=door,
        site=page,
        hosts=Hosts(SITE, hosts),
        proxies=Proxies(networks(proxies)),
    )


@asynccontextmanager
async def served(app: ASGIApp, lobby: Lobby | None = None, **seconds: float) -> AsyncGenerator[int]:
    """The app on a port of this machine, on our own protocol with these deadlines."""
    kind = type("Quick", (protocol(lobby or Lobby()),), seconds)
    config = uvicorn.Config(
        app, port=0, http=kind, ws="none", lifespan="off", log_config=None, proxy_headers=False
    )
    server = uvicorn.Server(config)
    # The signals of the test run are not the server's.
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True
        await ticking
        await server.shutdown()


async def said(port: int, raw: bytes, seconds: float = 5) -> bytes:
    """What the server answers to these bytes until it closes or falls silent for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    try:
        writer.write(raw)
        async with asyncio.timeout(seconds):
            while part := await asyncio.wait_for(reader.read(65536), 0.15 if found else seconds):
                found += part
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return found


def status(answer: bytes) -> int | None:
    """The status of the first answer; None when the connection was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None
