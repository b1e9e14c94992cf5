"""Work that a service does by itself as long as it runs."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

_log = logging.getLogger("background")
_LONGEST = 30.0
_WELL = 60.0
"""Who worked so many seconds is begun again at once."""


@asynccontextmanager
async def background(**works: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    """Keep each work going while the block runs, then cancel it.

    A work that ends or fails is told under its name, a failure with its traceback, and begun
    again, later and later up to half a minute: one fault does not leave a service half alive.
    """
    tasks = [asyncio.create_task(_kept(name, work), name=name) for name, work in works.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept(name: str, work: Callable[[], Awaitable[object]]) -> None:
    loop = asyncio.get_running_loop()
    failures = 0
    while True:
        begun = loop.time()
        try:
            await work()
            _log.error("%s ended, and is begun again", name)
        except Exception:
            _log.exception("%s failed, and is begun again", name)
        failures = 0 if loop.time() - begun > _WELL else failures + 1
        await asyncio.sleep(pause(failures))


def pause(failures: int) -> float:
    """Seconds until the next try after so many failures in a row: at most 30, by chance up to half
    of it less, so that those who failed together do not come back together.
    """
    return min(_LONGEST, 0.2 * 2.0 ** min(failures, 8)) * (0.5 + random.random() / 2)
