"""Answers composed once and served until something changed."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from starlette.types import Message

from services.gateway.shelf import Kept, Shelf, serve, takes_gzip
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
    shelf, kitchen = Shelf(), _Kitchen()
    kept = await asyncio.gather(*(shelf.get("a", kitchen.cook) for _ in range(50)))
    assert kitchen.composed == 1
    assert {one.body for one in kept} == {b"answer 1"}


async def test_a_change_makes_the_answer_new_and_gives_it_another_etag():
    shelf, kitchen = Shelf(), _Kitchen()
    before = (await shelf.get("a", kitchen.cook)).etag
    shelf.changed()
    after = await shelf.get("a", kitchen.cook)
    assert after.body == b"answer 2"
    assert after.etag != before


async def test_the_old_answer_is_served_while_a_service_is_down():
    shelf, kitchen = Shelf(), _Kitchen()
    await shelf.get("a", kitchen.cook)
    shelf.changed()
    kitchen.is_down = True
    assert (await shelf.get("a", kitchen.cook)).body == b"answer 1"


async def test_without_an_old_answer_the_failure_is_told():
    shelf, kitchen = Shelf(), _Kitchen()
    kitchen.is_down = True
    with pytest.raises(Unavailable):
        await shelf.get("a", kitchen.cook)


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
    _, headers, _ = await _served(await Shelf().get("a", _large))
    assert headers["cache-control"].startswith("public, max-age=15, s-maxage=15")
    assert "stale-if-error" in headers["cache-control"]
    assert headers["vary"] == "Accept-Encoding"


async def test_the_compressed_answer_is_made_once_and_has_an_etag_of_its_own():
    shelf = Shelf()
    kept = await shelf.get("a", _large)
    _, plain, _ = await _served(kept)
    _, packed, body = await _served(kept, accept_encoding="br, gzip")
    assert gzip.decompress(body) == BODY
    assert packed["content-length"] == str(len(body))
    assert packed["etag"] != plain["etag"]
    _, _, again = await _served(await shelf.get("a", _large), accept_encoding="gzip")
    assert again is body


async def test_who_has_either_variant_gets_a_304_without_a_body():
    kept = await Shelf().get("a", _large)
    for encoding in ("gzip", "identity"):
        _, headers, _ = await _served(kept, accept_encoding=encoding)
        for tag in (headers["etag"], "W/" + headers["etag"], f'"x", {headers["etag"]}', "*"):
            status, again, body = await _served(kept, if_none_match=tag, accept_encoding=encoding)
            assert (status, body) == (304, b"")
            assert again["etag"] == headers["etag"]
            assert again["vary"] == "Accept-Encoding"


async def test_another_tag_gets_the_whole_answer():
    status, _, body = await _served(await Shelf().get("a", _large), if_none_match='"old"')
    assert (status, body) == (200, BODY)


async def test_head_tells_the_length_and_sends_nothing():
    status, headers, body = await _served(await Shelf().get("a", _large), "HEAD")
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
