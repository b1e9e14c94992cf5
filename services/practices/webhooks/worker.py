"""The task that keeps webhooks moving: from the feed to deliveries, and out.

Several processes may run it over one PostgreSQL database: each passes over what
another one has locked or claimed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from sqlmodel import Session

from services.practices.webhooks import outbox
from services.practices.webhooks.outbox import Claimed, Rules
from services.practices.webhooks.sender import Outcome, Sender
from shared.clock import now
from shared.db import Database
from shared.problems import Problem

_log = logging.getLogger("webhooks")
_IDLE = 0.5
_AGAIN = 2.0
_SLOTS = 32
_SLOTS_EACH = 16

Known = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Which of these ids, people and clients, have access now."""


@dataclass
class Chore:
    """Something to be done to the database now and then."""

    every_seconds: float
    work: Callable[[Session], object]
    due: float = 0.0


class Worker:
    """Sends what is due, and does the chores, for ever."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        rules: Rules,
        known: Known,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._database = database
        self._sender = sender
        self._rules = rules
        self._known = known
        self._chores = chores
        self._sending: dict[asyncio.Task[Outcome], Claimed] = {}
        self._stop = asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Work inside the block."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            # Not cancelled: a transaction in a thread would go on without us.
            self._stop.set()
            await task

    async def _run(self) -> None:
        # A failure is told once, and work goes on later.
        told: str | None = None
        while not self._stop.is_set():
            try:
                pause = 0.0 if await self.turn() else _IDLE
                told = None
            except Exception as failure:
                if str(failure) != told:
                    told = str(failure)
                    bug = not isinstance(failure, Problem)
                    _log.warning("webhooks wait: %s", told, exc_info=bug)
                pause = _AGAIN
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stop.wait()
        await self._give_back()

    async def _give_back(self) -> None:
        """What is under way is not waited for long; who comes next need not wait for it."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=_IDLE)
        try:
            await self._store()
            held = [one.delivery_id for one in self._sending.values()]
            await self._database.write(outbox.give_back, held)
        except Problem as failure:
            _log.warning("webhooks under way are sent again in a minute: %s", failure)
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def turn(self) -> bool:
        """One round; False when there was nothing to do."""
        await self._do_chores()
        await self._store()
        if not await self._database.read(outbox.has_work):
            return await self._wait()
        fanned = await self._database.write(outbox.fan_out)
        free = _SLOTS - len(self._sending)
        held = Counter(one.endpoint_id for one in self._sending.values())
        busy = [endpoint for endpoint, number in held.items() if number >= _SLOTS_EACH]
        taken = await self._database.write(outbox.claim, busy, free) if free else []
        for claimed in await self._welcome(taken):
            task = asyncio.create_task(self._sender.send(claimed.message, now()))
            self._sending[task] = claimed
        waited = await self._wait()
        return bool(fanned or taken or waited)

    async def _welcome(self, taken: Sequence[Claimed]) -> Sequence[Claimed]:
        """Those whose owner has access still. Who cannot be asked for is not told anything."""
        if not taken:
            return taken
        owners = {one.owner for one in taken}
        gone = owners
        try:
            gone = owners - set(await self._known(owners))
            if gone:
                await self._database.write(outbox.close, gone)
        finally:
            kept = [one.delivery_id for one in taken if one.owner in gone]
            await self._database.write(outbox.give_back, kept)
        return [one for one in taken if one.owner not in gone]

    async def _wait(self) -> bool:
        """Let what is under way come a little further; False when nothing is."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=_IDLE, return_when=asyncio.FIRST_COMPLETED)
        return bool(self._sending)

    async def _store(self) -> None:
        done = [task for task in self._sending if task.done()]
        if done:
            results = [(self._sending[task], _outcome(task)) for task in done]
            await self._database.write(outbox.record, results, self._rules)
            for task in done:
                del self._sending[task]

    async def _do_chores(self) -> None:
        for chore in self._chores:
            if time.monotonic() >= chore.due:
                chore.due = time.monotonic() + chore.every_seconds
                await self._database.write(chore.work)


def _outcome(sending: asyncio.Task[Outcome]) -> Outcome:
    """What a try came to. A fault of our own counts as no answer, and holds up no other."""
    if failure := sending.exception():
        _log.error("sending a webhook failed", exc_info=failure)
        return Outcome(None, "it could not be sent", 0)
    return sending.result()
