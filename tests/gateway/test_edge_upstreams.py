"""Upstreams that refuse, reset, fall silent, break off, babble or speak nonsense."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from services.gateway import upstreams
from services.gateway.breaker import Breaker
from services.gateway.door import Door
from services.gateway.edge import Edge
from services.gateway.remembered import Remembered
from services.gateway.routes import ROUTES
from services.gateway.trusted import Hosts, Proxies
from services.gateway.upstreams import SECONDS, Guarded, Remote
from shared.problems import Unavailable
from tests.gateway.serving import KEY, SITE, nobody_is_known, page, said, served, status

pytestmark = pytest.mark.anyio

_OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: public\r\n"
    b'Content-Length: 10\r\n\r\n{"ok":"x"}'
)
_JUNK = {
    "no HTTP": b"hello, who is there?\r\n\r\n",
    "a status of letters": b"HTTP/1.1 abc Fine\r\n\r\n",
    "a header without end": b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "nothing": b"",
}


class Faulty:
    """A server on a real socket that misbehaves as told; it counts the requests."""

    def __init__(self) -> None:
        self.way: str | bytes = _OK
        self.seen = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.seen += 1
                way = self.way
                if way == "reset once":
                    self.way = _OK
                    break
                if way == "reset":
                    break
                if way == "silence":
                    await asyncio.sleep(20)
                if way == "break off":
                    writer.write(_OK[:-4])
                    break
                writer.write(way if isinstance(way, bytes) else b"")
                await writer.drain()
                if way != _OK:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Stage:
    """A gateway over one faulty service."""

    def __init__(self, faulty: Faulty) -> None:
        self.faulty = faulty
        self.now = 100.0
        self.remote = Remote("practices", f"http://127.0.0.1:{faulty.port}")
        self.breaker = Breaker("practices", clock=lambda: self.now)
        guarded = Guarded("practices", self.remote, self.breaker)
        door = Door({route.upstream: guarded for route in ROUTES}, nobody_is_known, KEY)
        self.edge = Edge(page, door=door, site=page, hosts=Hosts(SITE, ""), proxies=Proxies(()))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.edge), base_url=f"{SITE}/api/v1"
        )


@asynccontextmanager
async def staged(faulty: Faulty) -> AsyncGenerator[Stage]:
    stage = Stage(faulty)
    async with stage.remote.opened(), stage.http:
        yield stage


@pytest.fixture
async def stage(anyio_backend: str) -> AsyncIterator[Stage]:
    faulty = Faulty()
    server = await asyncio.start_server(faulty.serve, "127.0.0.1", 0)
    faulty.port = server.sockets[0].getsockname()[1]
    async with staged(faulty) as stage:
        yield stage
    server.close()


async def test_a_read_is_made_again_when_the_connection_breaks(stage):
    stage.faulty.way = "reset once"
    assert (await stage.http.get("/practices?q=a")).json() == {"ok": "x"}


async def test_a_search_is_not_made_twice_for_nobody_said_that_it_may_be(stage):
    stage.faulty.way = "reset"
    answer = await stage.http.post("/search/multi-search", content=b"{}")
    assert answer.status_code == 503
    assert stage.faulty.seen == 1


async def test_a_write_with_an_idempotency_key_is_made_again(stage):
    stage.faulty.way = "reset once"
    answer = await stage.http.post(
        "/search/multi-search", content=b"{}", headers={"idempotency-key": "a-key-of-mine"}
    )
    assert answer.status_code == 200
    assert stage.faulty.seen == 2


async def test_without_an_answer_the_problem_says_when_to_ask_again(stage):
    stage.faulty.way = "reset"
    answer = await stage.http.get("/practices")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("junk", _JUNK.values(), ids=_JUNK.keys())
async def test_nonsense_is_503_and_never_500(stage, junk: bytes):
    stage.faulty.way = junk
    assert (await stage.http.get("/practices")).status_code == 503


async def test_an_answer_that_breaks_off_is_never_taken_for_whole(stage):
    stage.faulty.way = "break off"
    async with served(stage.edge) as port:
        raw = b"GET /api/v1/practices HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        answer = await said(port, raw)
    assert status(answer) in (None, 200, 503)
    assert status(answer) != 200 or not answer.endswith(b"}")


async def test_an_answer_without_end_is_cut_off(stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upstreams, "_LARGEST", 5)
    async with served(stage.edge) as port:
        raw = b"GET /api/v1/practices HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        answer = await said(port, raw)
    assert status(answer) == 503
    assert b'"ok"' not in answer


async def test_silence_ends_at_the_deadline_of_the_route():
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(20)

    began = time.monotonic()
    with pytest.raises(Unavailable, match="in time"):
        await Guarded("x", silent)({"type": "http", SECONDS: 0.2}, _never, _nowhere)
    assert time.monotonic() - began < 5


async def test_after_five_failures_the_service_is_left_alone_and_then_tried_once(stage):
    stage.faulty.way = "reset"
    for _ in range(5):
        await stage.http.post("/search/multi-search", content=b"{}")
    assert stage.breaker.state == "open"
    seen = stage.faulty.seen
    assert (await stage.http.post("/search/multi-search", content=b"{}")).status_code == 503
    assert stage.faulty.seen == seen, "it was not asked"
    stage.now += 6
    await stage.http.post("/search/multi-search", content=b"{}")
    assert (stage.faulty.seen, stage.breaker.state) == (seen + 1, "open")
    stage.now += 6
    stage.faulty.way = _OK
    assert (await stage.http.post("/search/multi-search", content=b"{}")).status_code == 200
    assert stage.breaker.state == "closed"


async def test_while_one_call_tries_no_other_does():
    moment = 0.0
    breaker = Breaker("x", failures=1, clock=lambda: moment)
    breaker.failed()
    moment = 6.0
    breaker.admit()
    with pytest.raises(Unavailable):
        breaker.admit()


async def test_the_last_good_answer_outlives_the_service_and_says_so(stage):
    assert (await stage.http.get("/practices?q=a")).status_code == 200
    stage.faulty.way = "reset"
    answer = await stage.http.get("/practices?q=a")
    assert answer.json() == {"ok": "x"}
    assert answer.headers["cache-status"].startswith("gateway; hit")
    assert "age" in answer.headers
    assert (await stage.http.get("/practices?q=b")).status_code == 503, "never asked before"


async def test_a_503_of_the_service_itself_is_replaced_by_the_last_good_answer(stage):
    await stage.http.get("/practices")
    stage.faulty.way = b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n"
    answer = await stage.http.get("/practices")
    assert (answer.status_code, answer.json()) == (200, {"ok": "x"})


@pytest.mark.parametrize(
    "header", [b"Cache-Control: no-store", b"Cache-Control: private", b"Set-Cookie: a=b"]
)
async def test_what_is_not_for_everybody_is_not_remembered(stage, header: bytes):
    stage.faulty.way = b"HTTP/1.1 200 OK\r\n" + header + b"\r\nContent-Length: 2\r\n\r\n{}"
    assert (await stage.http.get("/practices")).status_code == 200
    stage.faulty.way = "reset"
    assert (await stage.http.get("/practices")).status_code == 503


async def test_what_is_remembered_stays_within_its_memory():
    kept = Remembered(_large)
    for number in range(60):
        scope = {"headers": [], "path": f"/{number}", "query_string": b"", "gateway.keep": True}
        await kept(scope, _never, _nowhere)
    assert kept._bytes <= 32_000_000
    assert len(kept._kept) < 60


async def test_a_caller_who_goes_away_in_the_middle_of_a_body_has_asked_for_nothing(stage):
    async with served(stage.edge) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /api/v1/search/multi-search HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Length: 9\r\n\r\n{}"
        )
        await asyncio.sleep(0.1)
        writer.close()
        await asyncio.sleep(0.2)
    assert stage.faulty.seen == 0


async def test_a_body_larger_than_the_route_takes_is_413_however_it_is_sent(stage):
    async def parts() -> AsyncGenerator[bytes]:
        for _ in range(40):
            yield b"a" * 100_000

    for content in (b"a" * 4_000_000, parts()):
        answer = await stage.http.post("/search/multi-search", content=content)
        assert answer.status_code == 413
    assert stage.faulty.seen == 0


async def _large(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 900_000})


async def _never() -> dict[str, object]:
    await asyncio.sleep(60)
    return {}


async def _nowhere(message: object) -> None:
    pass
