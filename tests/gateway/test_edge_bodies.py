"""Large bodies on their way to a service elsewhere: in parts, never held whole."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.gateway.upstreams import Remote
from shared.problems import TooLarge, Unavailable
from tests.gateway.serving import echo, served

pytestmark = pytest.mark.anyio

_PART = 64_000
_PATH = "/practices/import"


class Service:
    """A service on a real socket that does with a request what it is told."""

    def __init__(self) -> None:
        self.bodies: list[int] = []
        self.broken = 0
        self.waits = asyncio.Event()
        self.waits.set()
        self.reads = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.waits.wait()
        length = 0
        while self.reads:
            message = await receive()
            if message["type"] != "http.request":
                self.broken += 1
                return
            length += len(message["body"])
            if not message["more_body"]:
                self.bodies.append(length)
                break
        status = 200 if self.reads else 415
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % length})


class Caller:
    """Sends so many parts; then it is done, gone, or refused by the door."""

    def __init__(self, parts: int, end: str = "done") -> None:
        self.parts, self.end, self.taken = parts, end, 0
        self.status: int | None = None
        self.told = b""

    async def receive(self) -> Message:
        self.taken += 1
        if self.taken > self.parts:
            if self.end == "refused":
                raise TooLarge("The body may have less here.")
            return {"type": "http.disconnect"}
        more = self.taken < self.parts or self.end != "done"
        return {"type": "http.request", "body": bytes(_PART), "more_body": more}

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.told += message.get("body", b"")


@pytest.fixture
async def service(anyio_backend: str) -> Service:
    return Service()


@pytest.fixture
async def remote(service: Service) -> AsyncIterator[Remote]:
    async with served(service) as port:
        found = Remote("practices", f"http://127.0.0.1:{port}")
        async with found.opened():
            yield found


def asking(*headers: tuple[bytes, bytes]) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": _PATH,
        "raw_path": _PATH.encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"text/csv"), *headers],
    }


async def test_fifty_megabytes_pass_and_the_memory_stays_flat(remote: Remote, service: Service):
    caller = Caller(parts=50_000_000 // _PART)
    tracemalloc.start()
    try:
        await remote(asking(), caller.receive, caller.send)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (caller.status, int(caller.told)) == (200, caller.parts * _PART)
    assert peak < 10_000_000


async def test_a_service_that_does_not_read_is_not_sent_everything(
    remote: Remote, service: Service
):
    service.waits.clear()
    caller = Caller(parts=100_000_000 // _PART)
    going = asyncio.create_task(remote(asking(), caller.receive, caller.send))
    await asyncio.sleep(1)
    assert caller.taken * _PART < 20_000_000
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)


async def test_a_declared_length_is_sent_on_and_kept(remote: Remote, service: Service):
    caller = Caller(parts=80)
    length = b"%d" % (80 * _PART)
    await remote(asking((b"content-length", length)), caller.receive, caller.send)
    assert service.bodies == [80 * _PART]


async def test_of_a_caller_who_goes_away_the_service_gets_no_whole_body(
    remote: Remote, service: Service
):
    caller = Caller(parts=80, end="gone")
    await remote(asking(), caller.receive, caller.send)
    assert caller.status is None
    await asyncio.sleep(0.3)
    assert (service.bodies, service.broken) == ([], 1)


async def test_what_the_door_refuses_on_the_way_is_refused(remote: Remote, service: Service):
    caller = Caller(parts=80, end="refused")
    with pytest.raises(TooLarge):
        await remote(asking(), caller.receive, caller.send)
    await asyncio.sleep(0.3)
    assert service.bodies == []


async def test_a_service_may_answer_before_it_has_read_everything(remote: Remote, service: Service):
    service.reads = False
    caller = Caller(parts=2000)
    await asyncio.wait_for(remote(asking(), caller.receive, caller.send), 20)
    assert caller.status == 415
    service.reads = True
    again = Caller(parts=3)
    await remote(asking(), again.receive, again.send)
    assert int(again.told) == 3 * _PART


async def test_of_a_large_body_no_more_is_taken_when_nobody_listens():
    async with served(echo) as port:
        pass
    remote = Remote("practices", f"http://127.0.0.1:{port}")
    caller = Caller(parts=80)
    key = (b"idempotency-key", b"a-key-of-mine")
    async with remote.opened():
        with pytest.raises(Unavailable):
            await remote(asking(key), caller.receive, caller.send)
    assert caller.taken * _PART <= 2_000_000 + _PART
