"""Requests that are not what they seem: each gets a problem or a closed connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from services.gateway.wire import Lobby
from tests.gateway.serving import edge, page, said, served, status

pytestmark = pytest.mark.anyio

HOST = b"Host: platform.example\r\n"
GET = b"GET /api/v1/practices HTTP/1.1\r\n" + HOST
POST = b"POST /api/v1/search/multi-search HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"

REFUSED = {
    "both lengths": POST + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\nGET /x HTTP/1.1\r\n",
    "two lengths": POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "two equal lengths": POST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": POST + b"Content-Length: 4, 4\r\n\r\nabcd",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +4\r\n\r\nabcd",
    "a length beyond 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "an obscured encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an encoding that is not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a chunk size that is no number": POST + CHUNKED + b"\r\nxyz\r\n\r\n",
    "a chunk longer than it says": POST + CHUNKED + b"\r\n2\r\nabcdef\r\n0\r\n\r\n",
    "a bare carriage return": GET + b"X-A: b\rX-C: d\r\n\r\n",
    "a folded header": GET + b"X-A: b\r\n c\r\n\r\n",
    "NUL in a header": GET + b"X-A: b\x00c\r\n\r\n",
    "NUL in the path": b"GET /api/v1/\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without a name": GET + b": value\r\n\r\n",
    "a space in the target": b"GET /api/v1/a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "bytes beyond ASCII in the target": b"GET /api/v1/\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "an unknown method": b"FETCH /api/v1/practices HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method in lower case": b"get /api/v1/practices HTTP/1.1\r\n" + HOST + b"\r\n",
    "an unknown version": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a greeting of TLS": bytes.fromhex("16030100d0010000cc0303") + b"\x00" * 40,
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a host twice": b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "another host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a host with a user": b"GET / HTTP/1.1\r\nHost: platform.example@evil.example\r\n\r\n",
    "an absolute target of another host": b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "two tokens": GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "two types": POST + b"Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n\r\n",
    "an address without end": b"GET /api/v1/" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a huge address": b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a huge header": GET + b"X-A: " + b"b" * 40_000 + b"\r\n\r\n",
    "a thousand headers": GET + b"".join(b"X-%d: b\r\n" % n for n in range(1000)) + b"\r\n",
    "a header without end": GET + b"X-A: " + b"b" * 80_000,
    "a bomb of trailers": POST + CHUNKED + b"\r\n0\r\n" + b"X-A: " + b"b" * 60_000 + b"\r\n\r\n",
}


@pytest.fixture(scope="module")
async def port(anyio_backend: str) -> AsyncIterator[int]:
    async with served(edge()) as port:
        yield port


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
async def test_a_request_that_is_not_what_it_seems_gets_a_problem_or_nothing(port, raw: bytes):
    answer = await said(port, raw)
    assert status(answer) in (None, 400, 405, 408, 414, 431), answer[:300]
    if answer:
        assert b"application/problem+json" in answer
    assert len(re.findall(rb"HTTP/1.1 [0-9]{3}", answer)) <= 1, (
        "the rest was read as a second request"
    )


async def test_a_plain_request_passes(port):
    assert status(await said(port, GET + b"Connection: close\r\n\r\n")) == 200


async def test_chunks_without_a_length_pass(port):
    answer = await said(port, POST + CHUNKED + b"\r\n4\r\nabcd\r\n0\r\n\r\n")
    assert answer.endswith(b'{"read": 4}')


async def test_the_absolute_form_of_our_own_address_passes(port):
    raw = b"GET http://platform.example/api/v1/practices HTTP/1.1\r\nHost: other.example\r\n\r\n"
    assert status(await said(port, raw)) == 200


async def test_two_requests_in_one_packet_get_two_answers_in_order(port):
    body = b"Content-Length: 2\r\n\r\nab"
    answer = await said(port, POST + body + GET + b"\r\n")
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.index(b'"read": 2') < answer.index(b'"read": 0')


async def test_a_wish_for_another_protocol_is_ignored(port):
    for wish in (b"h2c", b"websocket"):
        raw = GET + b"Connection: Upgrade\r\nUpgrade: " + wish + b"\r\n\r\n"
        assert status(await said(port, raw)) in (200, 400)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:80", "Platform.Example."])
async def test_loopback_and_the_public_name_are_ours(port, host: str):
    raw = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    assert status(await said(port, raw)) == 200


async def test_further_names_are_a_setting():
    async with served(edge(hosts="a.example, *.b.example")) as port:
        for host, ours in (("a.example", 200), ("x.b.example", 200), ("b.example", 400)):
            raw = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
            assert status(await said(port, raw)) == ours


async def test_health_is_told_under_any_name(port):
    assert status(await said(port, b"GET /livez HTTP/1.1\r\nHost: 10.1.2.3:8000\r\n\r\n")) == 200


async def test_an_address_holds_so_many_connections_and_no_more():
    lobby = Crowded(per_peer=2)
    async with served(page, lobby) as port:
        strangers = [await said_nothing(port, "127.0.0.2") for _ in range(3)]
        assert await strangers[2][0].read() == b""
        assert not strangers[1][0].at_eof()
        assert status(await said(port, GET + b"\r\n")) == 200
        for _, writer in strangers:
            writer.close()


async def test_where_there_is_no_room_the_oldest_half_open_connection_goes():
    async with served(page, Lobby(most=2)) as port:
        first = await said_nothing(port)
        second = await said_nothing(port)
        assert status(await said(port, GET + b"\r\n")) == 200
        assert await first[0].read() == b""
        assert not second[0].at_eof()
        for _, writer in (first, second):
            writer.close()


async def said_nothing(port: int, address: str = "127.0.0.1"):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    writer.write(b"GET / HT")
    await asyncio.sleep(0.05)
    return reader, writer


class Crowded(Lobby):
    """A lobby to which 127.0.0.2 is a stranger."""

    def is_exempt(self, peer: str) -> bool:
        return peer == "127.0.0.1"
