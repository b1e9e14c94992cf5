"""Which process writes the index when several run over one engine: a lease with a number.

The engine itself keeps it, for nothing else is shared. To take the lease is to make an
index whose name holds the next number, and the engine makes an index of one name for one
asker only. The writer beats in it; who sees no beat for a while takes the next number.
The number goes into the bookmark: a writer that was away and comes back finds a higher
one there and stops. Nobody's clock is compared with another's.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import suppress

from services.search.index import Engine, Refused
from shared.problems import Unavailable

_log = logging.getLogger("search")
_PREFIX = "platform_lease__"
_RELEASE_SECONDS = 2.0
_BEATS = 3  # So many in the time after which a lease counts as given up.


class Lease:
    """The right to write the index. `fence` is its number, None while another process has it.

    alone    nobody else can reach the engine: the lease is always ours, with the number 0
    seconds  without a beat, after which others take it
    """

    def __init__(self, engine: Engine, *, alone: bool, seconds: float) -> None:
        self.fence: int | None = None
        self._engine = engine
        self.alone = alone
        self._seconds = seconds
        self._holder = secrets.token_hex(8)
        self._seen: tuple[object, float] = (None, 0.0)
        self._lost = asyncio.Event()

    async def take(self, above: int = 0) -> bool:
        """Try to get it; whether it is ours now.

        above  a number that was in use; ours will be higher
        """
        if self.alone:
            self.fence = 0
            return True
        held = await self._highest()
        if held and not await self._over(held):
            return False
        number = max(held, above) + 1
        if not await self._engine.create(f"{_PREFIX}{number}"):
            return False
        await self._beat(number)
        self._lost.clear()
        self.fence = number
        _log.info("this process writes the search index now, with the number %s", number)
        await self._clear_below(number)
        return True

    async def keep(self) -> None:
        """Beat until the lease is lost."""
        if self.alone:
            await self._lost.wait()
            return
        beaten = time.monotonic()
        while self.fence is not None and time.monotonic() - beaten < self._seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), self._seconds / _BEATS)
                break
            try:
                began = time.monotonic()
                if await self._highest() != self.fence:
                    break
                await self._beat(self.fence)
                beaten = began
            except (Unavailable, Refused) as failure:
                _log.warning("the lease of the search index was not renewed: %s", failure)
        self.lose()

    def held(self) -> int:
        """The number of our lease. Unavailable while another process writes the index."""
        if self.fence is None:
            raise Unavailable("Another process writes the search index now; ask that one.")
        return self.fence

    def lose(self) -> None:
        """Stop counting as the writer: another process is, or nobody can know."""
        if self.fence is not None:
            _log.warning("this process does not write the search index any more")
        self.fence = None
        self._lost.set()

    async def release(self) -> None:
        """Hand it back, so that nobody has to wait until it is over."""
        if self.alone or self.fence is None:
            return
        number, self.fence = self.fence, None
        with suppress(Unavailable, Refused, TimeoutError):
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self._beat(number, released=True)

    async def _highest(self) -> int:
        """The number of the lease that stands; 0 when there is none."""
        names = await self._engine.counts()
        numbers = [uid.removeprefix(_PREFIX) for uid in names if uid.startswith(_PREFIX)]
        return max((int(number) for number in numbers if number.isdigit()), default=0)

    async def _over(self, number: int) -> bool:
        """Whether the lease was handed back, or no beat was seen for long enough."""
        beat = await self._engine.document(f"{_PREFIX}{number}", "beat")
        if beat and (beat.get("released") or beat.get("holder") == self._holder):
            return True
        now = time.monotonic()
        seen = (number, beat)
        if self._seen[0] != seen:
            self._seen = (seen, now)
        return now - self._seen[1] >= self._seconds

    async def _beat(self, number: int, *, released: bool = False) -> None:
        beat = {"id": "beat", "holder": self._holder, "released": released}
        await self._engine.put(f"{_PREFIX}{number}", [beat | {"mark": secrets.token_hex(4)}])

    async def _clear_below(self, number: int) -> None:
        for uid in await self._engine.counts():
            left_over = uid.removeprefix(_PREFIX)
            if left_over != uid and left_over.isdigit() and int(left_over) < number:
                await self._engine.drop(uid)
