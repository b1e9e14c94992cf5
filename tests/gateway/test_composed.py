"""Answers composed once and served until something changed."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc

import pytest
from starlette.types import Message

from services.gateway.composed import Composed, Kept, serve, takes_gzip
from services.gateway.stale import LONGEST_SECONDS
from shared.problems import Unavailable

pytestmark = pytest.mark.anyio


class _Kitchen:
    """Composes an answer and counts how often."""

    def __init__(self) -> None:
        self.composed = 0
        self.is_down = False

    async def cook(self) -> bytes:
        await asyncio.sleep(0)
        if self.is_down:
            raise Unavailable("down")
        self.composed += 1
        return f"answer {self.composed}".encode()


async def test_many_who_ask_at_once_cause_one_composition():
    composed, kitchen = Composed(), _Kitchen()
    kept = await asyncio.gather(*(composed.get("a", kitchen.cook) for _ in range(50)))
    assert kitchen.composed == 1
    assert {one.body for one in kept} == {b"answer 1"}


async def test_a_change_makes_the_answer_new_and_gives_it_another_etag():
    composed, kitchen = Composed(), _Kitchen()
    before = (await composed.get("a", kitchen.cook)).etag
    composed.changed()
    after = await composed.get("a", kitchen.cook)
    assert after.body == b"answer 2"
    assert after.etag != before


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


class _Clock:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_while_a_service_is_down_the_old_answer_is_served_and_says_how_old_it_is(clock):
    composed, kitchen = Composed(clock), _Kitchen()
    await composed.get("a", kitchen.cook)
    kitchen.is_down, clock.now = True, clock.now + 3599
    for asked in ({}, {"if_none_match": "*"}):
        _, headers, body = await _served(await composed.get("a", kitchen.cook), **asked)
        assert headers["age"] == "3599"
        assert headers["cache-status"].startswith("gateway; hit")
        assert headers["cache-control"] == "public, max-age=0, s-maxage=5"
        assert body in (b"answer 1", b"")


async def test_after_an_hour_the_failure_is_told(clock):
    composed, kitchen = Composed(clock), _Kitchen()
    await composed.get("a", kitchen.cook)
    kitchen.is_down, clock.now = True, clock.now + LONGEST_SECONDS + 1
    with pytest.raises(Unavailable):
        await composed.get("a", kitchen.cook)


async def test_an_answer_that_is_composed_again_is_not_old_any_more(clock):
    composed, kitchen = Composed(clock), _Kitchen()
    await composed.get("a", kitchen.cook)
    kitchen.is_down, clock.now = True, clock.now + 60
    await composed.get("a", kitchen.cook)
    kitchen.is_down = False
    _, headers, body = await _served(await composed.get("a", kitchen.cook))
    assert (body, "age" in headers) == (b"answer 2", False)


async def test_what_is_unknown_leaves_nothing_behind():
    """Anybody can ask for addresses without end."""
    composed, kitchen = Composed(), _Kitchen()
    kitchen.is_down = True
    tracemalloc.start()
    try:
        for number in range(2000):
            with pytest.raises(Unavailable):
                await composed.get(f"panel/{number}", kitchen.cook)
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()


async def test_without_an_old_answer_the_failure_is_told():
    composed, kitchen = Composed(), _Kitchen()
    kitchen.is_down = True
    with pytest.raises(Unavailable):
        await composed.get("a", kitchen.cook)


BODY = b'{"regions": [' + b'"ES51", ' * 500 + b'"BE2"]}'


async def _large() -> bytes:
    return BODY


async def _served(kept: Kept, method: str = "GET", **asked: str) -> tuple[int, dict, bytes]:
    """Status, headers and body of the answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {name.replace("_", "-").encode(): value.encode() for name, value in asked.items()}
    await serve(kept, method, headers, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, sent[1]["body"]


async def test_a_cache_in_front_is_told_how_long_and_by_what_the_answer_varies():
    _, headers, _ = await _served(await Composed().get("a", _large))
    assert headers["cache-control"].startswith("public, max-age=15, s-maxage=15")
    assert "stale-if-error" in headers["cache-control"]
    assert headers["vary"] == "Accept-Encoding"


async def test_the_compressed_answer_is_made_once_and_has_an_etag_of_its_own():
    composed = Composed()
    kept = await composed.get("a", _large)
    _, plain, _ = await _served(kept)
    _, packed, body = await _served(kept, accept_encoding="br, gzip")
    assert gzip.decompress(body) == BODY
    assert packed["content-length"] == str(len(body))
    assert packed["etag"] != plain["etag"]
    _, _, again = await _served(await composed.get("a", _large), accept_encoding="gzip")
    assert again is body


async def test_who_has_either_variant_gets_a_304_without_a_body():
    kept = await Composed().get("a", _large)
    for encoding in ("gzip", "identity"):
        _, headers, _ = await _served(kept, accept_encoding=encoding)
        for tag in (headers["etag"], "W/" + headers["etag"], f'"x", {headers["etag"]}', "*"):
            status, again, body = await _served(kept, if_none_match=tag, accept_encoding=encoding)
            assert (status, body) == (304, b"")
            assert again["etag"] == headers["etag"]
            assert again["vary"] == "Accept-Encoding"


async def test_another_tag_gets_the_whole_answer():
    status, _, body = await _served(await Composed().get("a", _large), if_none_match='"old"')
    assert (status, body) == (200, BODY)


async def test_head_tells_the_length_and_sends_nothing():
    status, headers, body = await _served(await Composed().get("a", _large), "HEAD")
    assert (status, headers["content-length"], body) == (200, str(len(BODY)), b"")


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        (b"gzip", True),
        (b"br, gzip;q=0.5", True),
        (b"gzip;q=0", False),
        (b"br;q=1, gzip; q=0.0", False),
        (b"identity", False),
        (b"", False),
    ],
)
def test_compression_is_used_where_it_is_accepted(accepted: bytes, taken: bool):
    assert takes_gzip(accepted) is taken
