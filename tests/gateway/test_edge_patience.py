"""Nobody holds a connection by being slow: heads, bodies and readers have an end."""

from __future__ import annotations

import asyncio
import time

import pytest
from starlette.types import Receive, Scope, Send

from tests.gateway.serving import echo, edge, page, said, served, status
from tests.gateway.slowloris import attack

pytestmark = pytest.mark.anyio

POST = b"POST /api/v1/search/multi-search HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def test_half_a_head_is_refused_after_its_time():
    async with served(page, head_seconds=0.3) as port:
        began = time.monotonic()
        answer = await said(port, b"GET / HTTP/1.1\r\nX-A: b")
        assert status(answer) == 408
        assert 0.3 <= time.monotonic() - began < 3


async def test_a_head_that_trickles_has_no_more_time_than_one_that_stops():
    async with served(page, head_seconds=0.5) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n")
        for _ in range(30):
            writer.write(b"X-A: b\r\n")
            await asyncio.sleep(0.1)
            if reader.at_eof() or reader._buffer:  # pyright: ignore
                break
        assert b"408" in await reader.readline()
        writer.close()


async def test_a_connection_that_says_nothing_is_closed_without_a_word():
    async with served(page, head_seconds=0.3) as port:
        assert await said(port, b"", seconds=3) == b""


async def test_a_body_that_does_not_come_is_refused():
    async with served(edge(), body_seconds=0.3) as port:
        answer = await said(port, POST + b"Content-Length: 9\r\n\r\nabc")
        assert status(answer) == 408


async def test_a_large_body_may_take_the_time_that_it_needs():
    async with served(edge(), body_seconds=0.3, body_rate=1000) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST + b"Content-Length: 3000\r\n\r\n")
        for _ in range(10):
            writer.write(b"a" * 300)
            await asyncio.sleep(0.1)
        assert b" 200 " in await reader.readline()
        writer.close()


async def test_a_reader_who_stops_reading_is_cut_off():
    ended = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await _told(receive)) is None:
            body = b"x" * 65536
            await send({"type": "http.response.body", "body": body, "more_body": True})
        ended.set()

    async with served(endless, read_seconds=0.3) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(10):
            await ended.wait()
        writer.close()


async def _told(receive: Receive) -> str | None:
    try:
        async with asyncio.timeout(0.001):
            message = await receive()
    except TimeoutError:
        return None
    return "gone" if message["type"] == "http.disconnect" else None


async def test_waiting_between_two_requests_is_no_slowness():
    async with served(page, head_seconds=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b" 200 " in await reader.readline()
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            await asyncio.sleep(1.0)
        writer.close()


async def test_a_slow_answer_of_ours_is_not_the_callers_slowness():
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(1.2)
        await echo(scope, receive, send)

    async with served(slow, head_seconds=0.3, body_seconds=0.3) as port:
        assert status(await said(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")) == 200


async def test_sixty_half_open_sockets_do_not_slow_a_good_client():
    """The short form of the proof with 500 over the whole platform."""
    async with served(edge(), head_seconds=1.0, body_seconds=1.0) as port:
        seen = await attack(port, sockets=60, seconds=3, path=b"/api/v1/practices")
    assert seen.failed == 0
    assert seen.p99_ms < 250
    assert seen.held == 0, "all were cut off"
