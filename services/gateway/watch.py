"""What a running gateway notices by itself: revoked clients, new keys, things that are over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session

from services.gateway import store
from services.gateway.people import journeys, limiter, sessions
from shared.clock import now
from shared.db import Database
from shared.problems import Unavailable
from shared.tokens import KEPT, Keys

_log = logging.getLogger("gateway")
_LOOK, _KEYS, _PURGE = 1, 20, 1800


class Watch:
    """Looks at one number each second, so that a revocation by another process counts here too.

    keys     the signing keys as they are now
    revoked  the clients whose tokens are refused although they have not run out
    """

    def __init__(self, database: Database, directory: Path) -> None:
        self._database = database
        self._directory = directory
        self._version = -1
        self.keys = Keys.kept_in(directory)
        self.revoked: set[str] = set()

    @property
    def has_looked(self) -> bool:
        """Whether `revoked` was read: until then nobody knows whose token may still be taken."""
        return self._version >= 0

    async def look(self) -> None:
        """Read the revocations when there are new ones. Raises Unavailable without a database."""
        version = await self._database.read(store.access_version)
        if version != self._version:
            self.revoked = await self._database.read(store.revoked, now() - KEPT)
            self._version = version

    async def follow(self) -> None:
        """Look for ever. A failure is told once it begins, and looked over again."""
        seconds, failing = 0, False
        while True:
            try:
                await self._turn(seconds)
                failing = False
            except (Unavailable, OSError, ValueError) as failure:
                # What was known goes on counting; readiness tells about the database.
                if not failing:
                    name = type(failure).__name__
                    _log.warning("revocations and keys could not be read: %s", name)
                failing = True
            await asyncio.sleep(_LOOK)
            seconds += _LOOK

    async def _turn(self, seconds: int) -> None:
        await self.look()
        if seconds % _KEYS == 0:
            self.keys = Keys.kept_in(self._directory)
        if seconds % _PURGE == _PURGE - 1:
            await self._database.write(_purge)


_PURGES: tuple[Callable[[Session], None], ...] = (limiter.purge, sessions.purge, journeys.purge)


def _purge(session: Session) -> None:
    for one in _PURGES:
        one(session)
