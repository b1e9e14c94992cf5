"""Reminding those who are late, while the service runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from services.practices.desk import due_reminders
from shared.clock import now
from shared.db import Database

_log = logging.getLogger("reminders")
_EVERY_SECONDS = 600.0


@asynccontextmanager
async def reminding(database: Database, every: float = _EVERY_SECONDS) -> AsyncGenerator[None]:
    """Inside the block, look every ten minutes who is late. Several processes may do it."""
    task = asyncio.create_task(_look(database, every))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _look(database: Database, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            reminded = await database.write(due_reminders, now())
        except Exception as failure:
            _log.warning("nobody could be reminded: %s", failure)
        else:
            if reminded:
                _log.info("reminded of %d practices", len(reminded))
