"""Calling a neighbour: it answers, or it is told as unavailable within the deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import Request

from shared import service, telemetry
from shared.client import Service, Where
from shared.problems import NotFound, Unavailable
from shared.service import Caller
from tests.shared.making import KEY, a_service

pytestmark = pytest.mark.anyio

routes = service.router()
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@routes.get("/seen")
async def seen(request: Request, caller: Caller, q: str = "") -> dict[str, Any]:
    return {"q": q, "caller": caller.id, "internal": caller.holds("internal")} | {
        name: request.headers.get(name) for name in ("traceparent", "if-none-match")
    }


@routes.post("/echo")
async def echo(body: dict[str, Any]) -> dict[str, Any]:
    return body


@routes.get("/missing")
async def missing() -> None:
    raise NotFound("There is nothing.")


@routes.get("/fail")
async def fail() -> None:
    raise ZeroDivisionError


@routes.get("/slow")
async def slow() -> None:
    await asyncio.sleep(30)


APP = a_service(routes)


@asynccontextmanager
async def neighbour(where: Where = APP) -> AsyncIterator[Service]:
    async with Service("indicators", where, KEY) as found:
        yield found


Script = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server on loopback that does with each connection what the script says."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                await self.script(self.requests, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def reached(self) -> AsyncIterator[Service]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with neighbour(f"http://127.0.0.1:{port}") as found:
            yield found
        server.close()


async def answer(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def hang_up(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def hang_up_first(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
    writer.close() if turn == 1 else writer.write(OK)


async def stop_half_way_first(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
    if turn == 1:
        writer.write(OK[:-1])
        writer.close()
    else:
        writer.write(OK)


async def say_nothing(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1)


async def talk_slowly(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(20):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def talk_nonsense(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    writer.close()


async def test_a_call_says_who_asks_and_carries_the_trace():
    token = telemetry.trace.set("4bf92f3577b34da6a3ce929d0e0e4736")
    async with neighbour() as indicators:
        answer = await indicators.get(
            "/seen", {"q": "Skåne & co"}, headers={"if-none-match": '"a"'}
        )
    telemetry.trace.reset(token)
    assert answer.json() == {
        "q": "Skåne & co",
        "caller": "internal",
        "internal": True,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-4bf92f3577b34da6-01",
        "if-none-match": '"a"',
    }


async def test_a_body_is_sent_as_json():
    async with neighbour() as indicators:
        assert (await indicators.post("/echo", {"name": "Skåne"})).json() == {"name": "Skåne"}


async def test_an_answer_is_given_back_whatever_its_status():
    async with neighbour() as indicators:
        answer = await indicators.get("/missing")
        assert answer.status_code == 404
        with pytest.raises(Unavailable, match="The indicators service answered 404") as refusal:
            indicators.expect(answer)
    assert refusal.value.headers["Retry-After"] == "2"


async def test_what_is_expected_passes():
    async with neighbour() as indicators:
        answer = await indicators.get("/seen")
        assert indicators.expect(answer) is answer


async def test_a_neighbour_in_the_same_process_that_fails_answers_500():
    async with neighbour() as indicators:
        answer = await indicators.get("/fail")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


async def test_a_neighbour_in_the_same_process_has_a_deadline_too():
    async with neighbour() as indicators:
        with pytest.raises(Unavailable):
            await indicators.get("/slow", timeout_seconds=0.1)


async def test_a_server_on_the_network_answers():
    async with Server(answer).reached() as indicators:
        assert (await indicators.get("/")).json() == {}
        assert (await indicators.post("/", {})).json() == {}


async def test_nobody_listening_is_told_with_the_name_of_the_service():
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with neighbour(f"http://127.0.0.1:{port}") as indicators:
        with pytest.raises(Unavailable, match="The indicators service does not answer") as refusal:
            await indicators.get("/")
        with pytest.raises(Unavailable):
            await indicators.post("/", {})
    assert refusal.value.headers["Retry-After"] == "2"


@pytest.mark.parametrize("script", [hang_up_first, stop_half_way_first])
async def test_a_get_is_tried_once_more_when_the_connection_breaks(script: Script):
    server = Server(script)
    async with server.reached() as indicators:
        assert (await indicators.get("/")).status_code == 200
    assert server.requests == 2


async def test_a_get_is_not_tried_a_third_time():
    server = Server(hang_up)
    async with server.reached() as indicators:
        with pytest.raises(Unavailable):
            await indicators.get("/")
    assert server.requests == 2


async def test_a_post_is_never_sent_twice():
    server = Server(hang_up_first)
    async with server.reached() as indicators:
        with pytest.raises(Unavailable):
            await indicators.post("/", {})
    assert server.requests == 1


@pytest.mark.parametrize("script", [say_nothing, talk_slowly])
async def test_a_deadline_is_kept_and_ends_the_call(script: Script):
    server = Server(script)
    started = time.monotonic()
    async with server.reached() as indicators:
        with pytest.raises(Unavailable):
            await indicators.get("/", timeout_seconds=0.2)
        assert time.monotonic() - started < 5
    assert server.requests == 1


async def test_an_answer_that_is_no_http_is_told_as_unavailable():
    async with Server(talk_nonsense).reached() as indicators:
        with pytest.raises(Unavailable):
            await indicators.get("/")


async def test_a_connection_that_was_closed_while_idle_is_made_anew():
    async def answer_once(turn: int, reader: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    async with Server(answer_once).reached() as indicators:
        for _ in range(5):
            assert (await indicators.get("/")).status_code == 200
