"""Is the index what the practices are? Compared by buckets, and mended where it is not.

Both sides are read page by page and summed into 256 buckets by identifier: count and
the exclusive or of the documents' digests. Only the buckets that differ are read again,
with the follower held, so the memory needed does not grow with the practices.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field

from prometheus_client import Gauge

from services.search.follower import Follower
from services.search.rebuild import LIVE, changes, scan
from services.search.writer import State
from shared.clock import now, stamp
from shared.feed import Cursor

DRIFT = Gauge("search_drift_rows", "Practices whose search document was not what it should be.")

_log = logging.getLogger("search")
_BUCKETS = 256
_PAGE = 1000
_REACH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Report:
    """An audit's outcome.

    drift  ids that differed while nothing was changing: each one is a fault of ours
    moved  ids that differed while practices were being changed; brought up to date as well
    """

    at: str
    practices: int
    documents: int
    drift: list[str] = field(default_factory=list[str])
    moved: list[str] = field(default_factory=list[str])
    rebuilt: bool = False


async def audit(follower: Follower) -> Report:
    """Compare, mend, report. Unavailable when a part does not answer or another process writes."""
    follower.lease.held()
    await follower.writer.regions.refresh()
    if follower.content != follower.writer.content:
        await follower.rebuild()
        return await _compare(follower, rebuilt=True)
    return await _compare(follower, rebuilt=False)


async def keep_auditing(follower: Follower, minutes: float) -> None:
    """Audit every so many minutes until cancelled."""
    while True:
        await asyncio.sleep(minutes * 60)
        if follower.lease.fence is None:
            continue
        try:
            await audit(follower)
        except Exception as failure:
            _log.warning("the audit of the index failed: %s", failure)


async def _compare(follower: Follower, *, rebuilt: bool) -> Report:
    source, index = _Sums(), _Sums()
    async for _, states in scan(follower.practices):
        source.add_all(_expected(follower, states))
    async for found in _indexed(follower):
        index.add_all(found)
    differing = source.differing(index)
    drift, moved = await _mend(follower, differing) if differing else ([], [])
    DRIFT.set(len(drift))
    if drift:
        _log.error("%s practices were not searchable as they are: %s", len(drift), drift[:20])
    return Report(stamp(now()), source.total, index.total, drift, moved, rebuilt)


class _Sums:
    """Count and combined digest of each bucket."""

    def __init__(self) -> None:
        self.total = 0
        self.counts = [0] * _BUCKETS
        self.digests = [0] * _BUCKETS

    def add_all(self, pairs: Collection[tuple[str, str]]) -> None:
        for name, digest in pairs:
            bucket = _bucket(name)
            self.total += 1
            self.counts[bucket] += 1
            both = hashlib.sha256(f"{name} {digest}".encode()).digest()
            self.digests[bucket] ^= int.from_bytes(both[:8])

    def differing(self, other: _Sums) -> set[int]:
        mine = zip(self.counts, self.digests, strict=True)
        theirs = zip(other.counts, other.digests, strict=True)
        return {place for place, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b}


def _bucket(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0]


def _expected(follower: Follower, states: list[State]) -> list[tuple[str, str]]:
    """Id and digest that each practice should have in the index; those in quarantine have none."""
    refused = follower.writer.quarantine.items
    fine = [state for state in states if state.id not in refused]
    return [
        (document["id"], document["_digest"])
        for state in fine
        for document in follower.writer.documents(state)
    ]


async def _indexed(follower: Follower) -> AsyncGenerator[list[tuple[str, str]]]:
    offset = 0
    while True:
        engine = follower.writer.engine
        page = await engine.documents(LIVE, offset, _PAGE, ["id", "_digest"])
        yield [(one["id"], one.get("_digest", "")) for one in page]
        if len(page) < _PAGE:
            return
        offset += _PAGE


async def _mend(follower: Follower, buckets: set[int]) -> tuple[list[str], list[str]]:
    """Look at the buckets again with the follower held; what really differed, and what moved."""
    if follower.cursor is not None:
        newest = await changes(follower.practices, follower.cursor, limit=1)
        if newest is not None:
            await follower.reach(Cursor(newest.epoch, newest.head), _REACH_SECONDS)
    async with follower.lock:
        return await _mend_held(follower, buckets)


async def _mend_held(follower: Follower, buckets: set[int]) -> tuple[list[str], list[str]]:
    wanted: dict[str, State] = {}
    heads: set[Cursor] = set()
    async for head, states in scan(follower.practices):
        heads.add(head)
        wanted |= {state.id: state for state in states if _bucket(state.id) in buckets}
    present: dict[str, str] = {}
    async for found in _indexed(follower):
        present |= {name: digest for name, digest in found if _bucket(name) in buckets}
    due = dict(_expected(follower, list(wanted.values())))
    wrong = sorted(
        name for name in due.keys() | present.keys() if due.get(name) != present.get(name)
    )
    if not wrong:
        return [], []
    seq = max(head.seq for head in heads)
    mending = [wanted.get(name, State(name, seq, None)) for name in wrong]
    await follower.writer.write(LIVE, mending)
    still = heads == {follower.cursor}
    return (wrong, []) if still else ([], wrong)
