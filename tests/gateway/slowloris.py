"""Many sockets that say half a request and wait, and a good client beside them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

_HALF = (
    b"GET /api/v1/regions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ",
    b"POST /api/v1/search/multi-search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n{",
)


@dataclass(frozen=True)
class Seen:
    """What the good client saw, and when the last of the others was cut off, in seconds."""

    p50_ms: float
    p99_ms: float
    asked: int
    failed: int
    held: int
    last_cut_seconds: float


async def attack(
    port: int, *, sockets: int, seconds: float, path: bytes, per_second: int = 50
) -> Seen:
    """Open the sockets, then ask as a good client at a fixed pace while they trickle.

    The pace does not wait for the answers, so a pause of the server is seen in full.
    """
    began = time.perf_counter()
    others = [await _half_open(port, _HALF[number % 2]) for number in range(sockets)]
    cuts = [asyncio.create_task(_trickle(*other, began)) for other in others]
    asking: list[asyncio.Task[float | None]] = []
    start = time.perf_counter()
    for number in range(int(seconds * per_second)):
        await asyncio.sleep(max(0.0, start + number / per_second - time.perf_counter()))
        asking.append(asyncio.create_task(_ask(port, path)))
    times = await asyncio.gather(*asking)
    held = sum(not cut.done() for cut in cuts)
    cut_at = [cut.result() for cut in cuts if cut.done()]
    for cut in cuts:
        cut.cancel()
    for _, writer in others:
        writer.close()
    good = sorted(one for one in times if one is not None)
    return Seen(
        p50_ms=good[len(good) // 2] * 1000,
        p99_ms=good[int(len(good) * 0.99)] * 1000,
        asked=len(times),
        failed=len(times) - len(good),
        held=held,
        last_cut_seconds=max(cut_at, default=0.0),
    )


async def _half_open(port: int, half: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(half)
    return reader, writer


async def _trickle(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, began: float
) -> float:
    """One byte a second until the server cuts it off; when that was."""
    while True:
        try:
            async with asyncio.timeout(1):
                await reader.read()
                return time.perf_counter() - began
        except TimeoutError:
            writer.write(b"a")
        except ConnectionError:
            return time.perf_counter() - began


async def _ask(port: int, path: bytes) -> float | None:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % path
            writer.write(head)
            answer = await reader.read()
            writer.close()
    except (TimeoutError, ConnectionError):
        return None
    return time.perf_counter() - began if answer.startswith(b"HTTP/1.1 200") else None
