"""How often somebody may ask in a minute: a client, a person, an embed key, a peer.

Counting is a dictionary in memory, cleared with the minute, so it costs a microsecond.
Several gateways tell each other their counts through a Redis-compatible store four times
a second; while it does not answer, each goes on with its own.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.types import Scope

from services.gateway.trusted import is_loopback, peer
from shared.actor import Actor
from shared.problems import TooMany

if TYPE_CHECKING:
    from redis.asyncio import Redis

_log = logging.getLogger("quotas")
WINDOW_SECONDS = 60
_EXCHANGE_SECONDS = 0.25
_SUBJECTS = 200_000
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests in a minute for each subject of a kind: a peer, client, person or key."""

    kind: str
    per_minute: int


class Limits:
    """How often clients, people and peers may ask. This machine itself is not counted as a peer."""

    def __init__(self, quotas: Quotas, *, peer: int, client: int, person: int) -> None:
        self._quotas = quotas
        self._peer = Quota("peer", peer)
        self._of_kind = {"client": Quota("client", client), "person": Quota("person", person)}

    def of(self, caller: Actor, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Count a request; the RateLimit fields of its answer. TooMany over the quota."""
        quota = self._of_kind.get(caller.kind)
        if quota is not None:
            return self._quotas.take(quota, caller.id)
        address = peer(scope)
        return [] if is_loopback(address) else self._quotas.take(self._peer, address)


class Quotas:
    """Counts by subject in the current minute.

    clock  seconds since 1970
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._window = 0
        self._counts: dict[str, int] = {}
        # What the other gateways have not been told yet; None while there are none.
        self._untold: dict[str, int] | None = None

    def take(self, quota: Quota, subject: str) -> list[tuple[bytes, bytes]]:
        """Count one request; the RateLimit fields of its answer. TooMany when it is one too many.

        The fields are those of draft-ietf-httpapi-ratelimit-headers-11.
        """
        moment = self._clock()
        window = int(moment) // WINDOW_SECONDS
        if window != self._window:
            self._turn(window)
        name = f"{quota.kind}:{subject}"
        count = self._counts.get(name, 0) + 1
        if count == 1 and len(self._counts) >= _SUBJECTS:
            # A flood from everywhere: memory is worth more than fairness between strangers.
            name = f"{quota.kind}:{_OTHERS}"
            count = self._counts.get(name, 0) + 1
        self._counts[name] = count
        if self._untold is not None:
            self._untold[name] = self._untold.get(name, 0) + 1
        left = max(quota.per_minute - count, 0)
        wait = math.ceil((window + 1) * WINDOW_SECONDS - moment)
        fields = [
            (b"ratelimit-policy", b'"%b";q=%d;w=60' % (quota.kind.encode(), quota.per_minute)),
            (b"ratelimit", b'"%b";r=%d;t=%d' % (quota.kind.encode(), left, wait)),
        ]
        if count > quota.per_minute:
            raise TooMany(
                f"This {quota.kind} may ask {quota.per_minute} times in a minute. "
                f"Ask again in {wait} s.",
                headers={
                    "Retry-After": str(wait),
                    **{name.decode(): value.decode() for name, value in fields},
                },
            )
        return fields

    def _turn(self, window: int) -> None:
        self._window = window
        self._counts.clear()
        if self._untold is not None:
            self._untold.clear()

    async def share(self, url: str, every: float = _EXCHANGE_SECONDS) -> None:
        """Exchange counts with the other gateways for ever; ends when cancelled."""
        from redis import RedisError
        from redis.asyncio import Redis

        store = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        self._untold = {}
        is_down = False
        try:
            while True:
                await asyncio.sleep(every)
                try:
                    await self._exchange(store)
                except (RedisError, OSError, TimeoutError) as failure:
                    if not is_down:
                        _log.warning(
                            "the store of quotas does not answer (%s): each gateway counts alone",
                            type(failure).__name__,
                        )
                    is_down = True
                else:
                    if is_down:
                        _log.warning("the store of quotas answers again")
                    is_down = False
        finally:
            self._untold = None
            await store.aclose()

    async def _exchange(self, store: Redis) -> None:
        untold, window = self._untold, self._window
        if not untold:
            return
        self._untold = {}
        names = list(untold)
        pipe = store.pipeline(transaction=False)
        for name in names:
            key = f"quota:{window}:{name}"
            pipe.incrby(key, untold[name])
            pipe.expire(key, 2 * WINDOW_SECONDS)
        try:
            found = await pipe.execute()
        except BaseException:
            self._give_back(untold, window)
            raise
        if window == self._window:
            for name, total in zip(names, found[::2], strict=True):
                # What was counted here meanwhile is in nobody's total yet.
                self._counts[name] = int(total) + self._untold.get(name, 0)

    def _give_back(self, untold: dict[str, int], window: int) -> None:
        if window != self._window or self._untold is None:
            return
        for name, count in untold.items():
            self._untold[name] = self._untold.get(name, 0) + count
