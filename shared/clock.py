"""The time and new identifiers. A test can hold the clock. Pure: imports nothing of ours."""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_held: ContextVar[datetime | None] = ContextVar("held_clock", default=None)


def now() -> datetime:
    """The moment, in UTC, with microseconds."""
    return _held.get() or datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """RFC 3339 text to the second, such as `2026-11-22T09:30:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def held(moment: datetime) -> Generator[None]:
    """Inside the block the clock stands still at `moment` (for tests)."""
    token = _held.set(moment)
    try:
        yield
    finally:
        _held.reset(token)


def new_id() -> str:
    """A UUID of version 7: sorts by time of making (RFC 9562)."""
    milliseconds = int(now().timestamp() * 1000)
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | random & (1 << 80) - 1
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
