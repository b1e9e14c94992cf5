"""A load generator small enough not to be what is measured: fixed requests, kept connections."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Measured:
    """Requests per second over all connections, and percentiles of the time of one, in ms."""

    per_second: float
    p50_ms: float
    p99_ms: float
    body_bytes: int


def measure(
    url: str,
    *,
    connections: int = 8,
    seconds: float = 3.0,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Measured:
    """Ask as fast as the answers come, on each connection, after a short warm-up.

    Raises AssertionError for any answer but 200, and 304 where an If-None-Match is sent.
    """
    request = _request(url, body, headers or {})
    where = urlsplit(url)
    assert where.hostname is not None
    asyncio.run(_all(where.hostname, where.port or 80, request, connections, 0.5))
    times, size = asyncio.run(_all(where.hostname, where.port or 80, request, connections, seconds))
    times.sort()
    return Measured(
        per_second=len(times) / seconds,
        p50_ms=statistics.median(times) * 1000,
        p99_ms=times[int(len(times) * 0.99)] * 1000,
        body_bytes=size,
    )


def _request(url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    where = urlsplit(url)
    path = where.path + (f"?{where.query}" if where.query else "")
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + (body or b"")


async def _all(
    host: str, port: int, request: bytes, connections: int, seconds: float
) -> tuple[list[float], int]:
    until = time.perf_counter() + seconds
    found = await asyncio.gather(*(_one(host, port, request, until) for _ in range(connections)))
    return [one for times, _ in found for one in times], found[0][1]


async def _one(host: str, port: int, request: bytes, until: float) -> tuple[list[float], int]:
    reader, writer = await asyncio.open_connection(host, port, limit=2**22)
    times: list[float] = []
    size = 0
    while (began := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 304"):
            assert b"\r\nif-none-match:" in request.lower(), head[:200]
        else:
            assert head.startswith(b"HTTP/1.1 200"), head[:200]
            size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(size)
        times.append(time.perf_counter() - began)
    writer.close()
    return times, size
