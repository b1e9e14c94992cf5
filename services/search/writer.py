"""Bringing practices and regions into an index: as documents, in batches, none lost unseen."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.search.bookmark import Quarantine, Refusal
from services.search.domain import documents
from services.search.domain.catalogue import Index
from services.search.domain.documents import Document, Record
from services.search.domain.labels import Labels
from services.search.index import Engine, Refused
from shared.client import Service
from shared.clock import now, stamp

_log = logging.getLogger("search")
_BATCH = 500
_ASK_AGAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class State:
    """What is public of a practice at a number of the feed; `record` is None for nothing."""

    id: str
    seq: int
    record: Record | None


class Regions:
    """The regions as the indicators service publishes them."""

    def __init__(self, indicators: Service) -> None:
        self._indicators = indicators
        self._asked_at = 0.0
        self.known: Mapping[str, Record] = {}
        self.digest = ""

    async def refresh(self) -> bool:
        """Read the list anew; whether it changed. Raises Unavailable when it cannot be read."""
        self._asked_at = time.monotonic()
        answer = await self._indicators.get("/regions", {"limit": 1000})
        items: list[dict[str, Any]] = self._indicators.expect(answer).json()["items"]
        before, self.digest = self.digest, documents.digest(items)
        self.known = {item["code"]: item for item in items}
        return self.digest != before

    async def lacking(self, codes: Iterable[str]) -> bool:
        """Read the list anew when a code is missing; whether that brought something."""
        if all(code in self.known for code in codes):
            return False
        if time.monotonic() - self._asked_at < _ASK_AGAIN_SECONDS:
            return False
        return await self.refresh()


class Writer:
    """Writes into the indexes of one engine and keeps account of what was refused."""

    def __init__(
        self,
        engine: Engine,
        regions: Regions,
        catalogue: Mapping[str, Index],
        labels: Labels,
    ) -> None:
        self.engine = engine
        self.regions = regions
        self.catalogue = catalogue
        self.labels = labels
        self.quarantine = Quarantine()

    @property
    def content(self) -> str:
        """Names what documents and settings are made from; another name asks for a rebuild."""
        settings = {uid: one.settings for uid, one in self.catalogue.items()}
        labels = asdict(self.labels)
        return documents.digest([documents.VERSION, settings, labels, self.regions.digest])

    async def write_regions(self) -> None:
        """Make the index of regions equal to the list of regions."""
        made = [documents.region(facts, self.labels) for facts in self.regions.known.values()]
        await self.engine.create("regions")
        await self.engine.configure("regions", self.catalogue["regions"].settings)
        await self.engine.put("regions", made)
        present = await self.engine.documents("regions", 0, 10_000, ["id"])
        known = {document["id"] for document in made}
        await self.engine.remove(
            "regions", [one["id"] for one in present if one["id"] not in known]
        )

    async def write(self, uid: str, states: Sequence[State]) -> None:
        """Bring states into an index of practices; done when the engine has succeeded.

        A practice that the engine refuses, alone in its batch, is taken out of the index
        and into quarantine: an old text must not stay findable in the place of a new one.
        """
        codes = {code for state in states for code in _codes(state)}
        if await self.regions.lacking(codes):
            await self.write_regions()
        made: list[Document] = []
        refused: list[Refusal] = []
        for state in states:
            try:
                made += self.documents(state)
            except (KeyError, TypeError, ValueError, AttributeError) as wrong:
                refused.append(_refusal(state.id, state.seq, "malformed_record", repr(wrong)))
        for start in range(0, len(made), _BATCH):
            refused += await self._put(uid, made[start : start + _BATCH])
        failed = {one.id for one in refused}
        gone = [state.id for state in states if state.record is None or state.id in failed]
        await self._remove(uid, gone)
        fine = (state.id for state in states if state.id not in failed)
        await self.quarantine.update(self.engine, fine, refused)

    def documents(self, state: State) -> list[Document]:
        """The document of a state, none when nothing is public."""
        if state.record is None:
            return []
        return [documents.practice(state.record, self.regions.known, self.labels, state.seq)]

    async def _put(self, uid: str, batch: Sequence[Document]) -> list[Refusal]:
        """Put a batch; when it is refused, halve it until the culprits stand alone."""
        try:
            await self.engine.put(uid, batch)
        except Refused as refused:
            if len(batch) > 1:
                middle = len(batch) // 2
                return [
                    *await self._put(uid, batch[:middle]),
                    *await self._put(uid, batch[middle:]),
                ]
            one = batch[0]
            _log.error("practice %s is not searchable: %s", one["id"], refused)
            return [_refusal(one["id"], one["_seq"], refused.code, refused.message)]
        return []

    async def _remove(self, uid: str, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), _BATCH):
            try:
                await self.engine.remove(uid, ids[start : start + _BATCH])
            except Refused as refused:
                # An id that the engine does not take was never in the index either.
                if refused.code != "invalid_document_id":
                    raise
                for one in ids[start : start + _BATCH] if len(ids) > 1 else ():
                    await self._remove(uid, [one])


def _codes(state: State) -> Sequence[str]:
    codes = state.record.get("regions") if state.record else None
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


def _refusal(name: str, seq: int, code: str, message: str) -> Refusal:
    return Refusal(name, seq, code, message[:500], stamp(now()))
