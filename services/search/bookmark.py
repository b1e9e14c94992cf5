"""What the index remembers about itself: how far it is true, from what, what was refused.

Kept as documents beside those that they describe, so that restoring an engine's backup
restores the cursor with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from services.search.index import Engine
from shared.clock import now, stamp
from shared.feed import Cursor

INDEX = "platform_state"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """The index holds everything up to `cursor`; `content` names settings, code and regions.

    fence  the number of the lease under which it was written
    """

    cursor: Cursor
    content: str
    fence: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A practice that the engine refused, with the engine's reason."""

    id: str
    seq: int
    code: str
    message: str
    at: str


async def read(engine: Engine) -> Bookmark | None:
    """The bookmark; None when the index has none and has to be built."""
    found = await engine.document(INDEX, "practices")
    if found is None:
        return None
    try:
        cursor = Cursor(found["epoch"], found["seq"])
        return Bookmark(cursor, found["content"], found.get("fence", 0))
    except KeyError:
        # Somebody else wrote it. Building the index anew mends that too.
        return None


async def write(engine: Engine, bookmark: Bookmark) -> None:
    """Remember how far the index is true; the caller has seen its changes succeed."""
    cursor = bookmark.cursor
    document = {"id": "practices", "epoch": cursor.epoch, "seq": cursor.seq}
    document |= {"content": bookmark.content, "fence": bookmark.fence, "at": stamp(now())}
    await engine.put(INDEX, [document])


class Quarantine:
    """The practices that the engine refused: not found by search until they change."""

    def __init__(self) -> None:
        self.items: dict[str, Refusal] = {}

    async def load(self, engine: Engine) -> None:
        """Read what was refused before."""
        found = await engine.document(INDEX, "quarantine")
        items: list[dict[str, Any]] = found["items"] if found else []
        self.items = {item["id"]: Refusal(**item) for item in items}

    async def clear(self, engine: Engine) -> None:
        """Forget everything: all practices are tried anew."""
        await self.update(engine, list(self.items), [])

    async def update(self, engine: Engine, fine: Iterable[str], refused: Iterable[Refusal]) -> None:
        """Take out what went in or is gone, add what was refused now."""
        left = {name: one for name, one in self.items.items() if name not in set(fine)}
        left |= {one.id: one for one in refused}
        if left == self.items:
            return
        items = [asdict(one) for one in left.values()]
        await engine.put(INDEX, [{"id": "quarantine", "items": items}])
        self.items = left
