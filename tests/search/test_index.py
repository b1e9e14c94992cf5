"""An engine that answers junk, slowly or not at all never keeps us longer than the deadline."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.search.index import Address, Engine, Refused
from shared.problems import Unavailable

pytestmark = pytest.mark.anyio

Says = Callable[[asyncio.StreamWriter], Any]


@asynccontextmanager
async def an_engine(says: Says, search_seconds: float = 0.3) -> AsyncGenerator[Engine]:
    """A client of a server that reads a request and then does what the test wants."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await says(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    where = Address(f"http://127.0.0.1:{port}", "key")
    try:
        async with Engine(lambda: where, search_seconds=search_seconds, task_seconds=0.5) as engine:
            yield engine
    finally:
        server.close()


def saying(body: bytes, status: int = 200, kind: str = "application/json") -> Says:
    """Answers every request with this."""

    async def says(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return says


async def _nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def _drips(writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
    )
    for _ in range(100):
        writer.write(b"{")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _cuts_the_line(writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
    )
    await writer.drain()
    writer.close()


FAULTS: dict[str, Says] = {
    "silence": _nothing,
    "a drip of bytes": _drips,
    "a cut line": _cuts_the_line,
    "a web page": saying(b"<html>", 200, "text/html"),
    "an error of the server": saying(b'{"code": "internal"}', 500),
    "a forgotten index": saying(b'{"code": "index_not_found"}', 404),
    "a wrong key": saying(b'{"code": "invalid_api_key"}', 403),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_search_ends_as_unavailable(fault: Says):
    async with an_engine(fault) as engine:
        began = time.perf_counter()
        with pytest.raises(Unavailable) as told:
            await engine.ask("/multi-search", {"queries": []})
        assert time.perf_counter() - began < 8
        assert told.value.headers["Retry-After"] == "1"


JUNK: dict[str, Says] = FAULTS | {
    "no JSON": saying(b"{]"),
    "another kind of JSON": saying(b"[]"),
    "JSON of nothing": saying(b"{}"),
    "a task without a number": saying(b'{"taskUid": "first"}'),
    "a task that never ends": saying(b'{"taskUid": 1, "status": "processing"}'),
    "a task in no known state": saying(b'{"taskUid": 1, "status": 5}'),
}


@pytest.mark.parametrize("fault", JUNK.values(), ids=JUNK)
async def test_a_write_is_not_taken_for_done(fault: Says):
    async with an_engine(fault) as engine:
        began = time.perf_counter()
        with pytest.raises((Unavailable, Refused)):
            await engine.put("practices", [{"id": "p1"}])
        assert time.perf_counter() - began < 8


async def test_a_task_that_failed_is_told_with_the_reason_of_the_engine():
    failed = {"taskUid": 1, "status": "failed", "error": {"code": "no_space", "message": "full"}}
    async with an_engine(saying(json.dumps(failed).encode())) as engine:
        with pytest.raises(Refused, match="full") as refused:
            await engine.put("practices", [{"id": "p1"}])
        assert refused.value.code == "no_space"


async def test_a_mistake_in_a_search_is_passed_on():
    body = b'{"code": "invalid_search_filter"}'
    async with an_engine(saying(body, 400)) as engine:
        answer = await engine.ask("/multi-search", {})
        assert (answer.status, answer.content) == (400, body)


async def test_an_engine_that_is_too_busy_is_asked_once_more():
    asked = 0

    async def busy_once(writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await (saying(b"{}", 503) if asked == 1 else saying(b'{"hits": []}'))(writer)

    async with an_engine(busy_once) as engine:
        assert (await engine.ask("/x", {})).content == b'{"hits": []}'
    assert asked == 2


async def test_while_there_is_no_engine_every_call_says_so():
    def nowhere() -> Address:
        raise Unavailable("It is starting.")

    async with Engine(nowhere, search_seconds=1, task_seconds=1) as engine:
        assert not await engine.healthy()
        with pytest.raises(Unavailable):
            await engine.counts()
