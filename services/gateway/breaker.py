"""A circuit breaker: an upstream that does not answer is not asked again for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from prometheus_client import Counter, Gauge

from shared.problems import Unavailable

State = Literal["closed", "half-open", "open"]
_NUMBERS: dict[State, int] = {"closed": 0, "half-open": 1, "open": 2}

STATE = Gauge("upstream_circuit", "0 closed, 1 half-open, 2 open.", ["upstream"])
FAILURES = Counter("upstream_failures", "Calls that got no answer.", ["upstream"])


class Breaker:
    """Closed until so many calls in a row got no answer, then open; later one call may try.

    Only a missing answer counts. A 500 is an answer: the service is there.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        open_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._allowed = failures
        self._open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self.state: State = "closed"
        self._told = STATE.labels(name)
        self._told.set(0)

    def admit(self) -> None:
        """Let a call pass. Unavailable while the circuit is open or somebody tries already."""
        if self.state == "closed":
            return
        wait = self._until - self._clock()
        if wait > 0:
            raise Unavailable(
                f"The {self.name} service does not answer and is not asked just now.",
                headers={"Retry-After": str(int(wait) + 1)},
            )
        # This call is the one that tries; the next may when it has not come back in time.
        self._until = self._clock() + self._open_seconds
        self._become("half-open")

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures = 0
        if self.state != "closed":
            self._become("closed")

    def failed(self) -> None:
        """A call was not answered."""
        FAILURES.labels(self.name).inc()
        self._failures += 1
        if self.state == "half-open" or self._failures >= self._allowed:
            self._until = self._clock() + self._open_seconds
            self._become("open")

    def _become(self, state: State) -> None:
        self.state = state
        self._told.set(_NUMBERS[state])
