"""A network that fails: a TCP proxy with its own ways of breaking a connection."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

FAULTS = ("latency", "refuse", "reset", "truncate", "blackhole")
_LONGEST_HOLE = 4.0


class Faulty:
    """Passes bytes on to wherever `target` says, and now and then does not.

    Every answer of the other side meets a fault with the probability `share`: it comes
    late, the connection is refused before a request goes through, reset after the request
    took effect, cut in the middle of the answer, or held without a word.
    """

    def __init__(self, target: Callable[[], tuple[str, int]], share: float, seed: int) -> None:
        self._target = target
        self._chance = random.Random(seed)
        self.share = share
        self.port = 0
        self.done: Counter[str] = Counter()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Faulty]:
        """Listen inside the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def _fault(self) -> str:
        fault = self._chance.choice(FAULTS) if self._chance.random() < self.share else "pass"
        self.done[fault] += 1
        return fault

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A kept connection carries many requests; the fault is drawn anew for each of them.
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target())
        except OSError:
            writer.close()
            return
        fault = [self._fault()]
        out = asyncio.create_task(self._requests(reader, far_writer, writer, fault))
        try:
            await self._answers(far_reader, writer, fault)
        except OSError:
            pass
        finally:
            out.cancel()
            for one in (far_writer, writer):
                with suppress(OSError):
                    one.close()

    async def _requests(
        self,
        reader: asyncio.StreamReader,
        far: asyncio.StreamWriter,
        near: asyncio.StreamWriter,
        fault: list[str],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if fault[0] == "refuse":
                    _reset(near)
                    break
                far.write(data)
                await far.drain()
        far.close()

    async def _answers(
        self, far: asyncio.StreamReader, near: asyncio.StreamWriter, fault: list[str]
    ) -> None:
        while data := await far.read(65536):
            match fault[0]:
                case "latency":
                    await asyncio.sleep(self._chance.uniform(0.02, 0.3))
                case "reset":
                    _reset(near)
                    return
                case "truncate":
                    near.write(data[: len(data) // 2])
                    await near.drain()
                    return
                case "blackhole":
                    await asyncio.sleep(self._chance.uniform(1.0, _LONGEST_HOLE))
                    return
            near.write(data)
            await near.drain()
            fault[0] = self._fault()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN, as a machine that went away does."""
    connection: socket.socket = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
