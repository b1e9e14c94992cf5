"""Neighbours that a test can make do what the real ones never should.

They speak the contracts of the real services: the list of regions, the state and the
feed of practices.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

_REGIONS = Path(__file__).parents[2] / "services" / "indicators" / "data" / "regions.json"


def the_regions() -> list[dict[str, Any]]:
    """The regions as the list of the indicators service gives them."""
    return json.loads(_REGIONS.read_text("utf-8"))["regions"]


class Indicators:
    """A list of regions that can change."""

    def __init__(self) -> None:
        self.regions = the_regions()
        self.app = FastAPI()

        @self.app.get("/regions")
        async def regions(limit: int) -> dict[str, Any]:
            return {"items": self.regions[:limit], "next": None}


class Practices:
    """Public records and their change feed, kept in memory."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.broken = False
        self.begin_anew()
        self.app = FastAPI()
        self.app.get("/internal/changes")(self._changes)
        self.app.get("/internal/state")(self._state)

    def begin_anew(self) -> None:
        """Another epoch, as after a restored backup."""
        self.epoch = str(uuid.uuid4())
        self.log: list[str] = []

    def publish(self, *records: dict[str, Any]) -> int:
        """Make the records public; the number of the last change."""
        for record in records:
            self.records[record["id"]] = record
            self.log.append(record["id"])
        return len(self.log)

    def withdraw(self, name: str) -> int:
        """Make a record private; the number of the change."""
        del self.records[name]
        self.log.append(name)
        return len(self.log)

    async def _changes(self, epoch: str, after: int, limit: int = 500, wait: int = 0) -> Any:
        for _ in range(wait * 100):
            if epoch != self.epoch or len(self.log) > after:
                break
            await asyncio.sleep(0.01)
        if epoch != self.epoch or after > len(self.log):
            return JSONResponse({"code": "gone"}, 410)
        items = [self._change(n) for n in range(after + 1, len(self.log) + 1)][:limit]
        return {"epoch": self.epoch, "floor": 0, "head": len(self.log), "items": items}

    def _change(self, number: int) -> dict[str, Any]:
        name = self.log[number - 1]
        record = self.records.get(name)
        facts = {"entity": "practice", "id": name, "version": 1, "trace": "", "at": ""}
        return facts | {"seq": number, "op": "U" if record else "D", "doc": record}

    async def _state(self, after: str = "", limit: int = 500) -> Any:
        if self.broken:
            return JSONResponse({"code": "internal"}, 500)
        names = sorted(name for name in self.records if name > after)[:limit]
        items = [self.records[name] for name in names]
        last = names[-1] if len(names) == limit else None
        return {"epoch": self.epoch, "seq": len(self.log), "items": items, "next": last}


def a_record(name: str, **changes: Any) -> dict[str, Any]:
    """The public record of a practice of Catalonia."""
    return {
        "id": name,
        "version": 1,
        "title": "Welcome desk",
        "original_title": None,
        "original_language": None,
        "language": "en",
        "summary": "A desk where newcomers find their way.",
        "regions": ["ES51"],
        "role": "leader",
        "areas": ["reception"],
        "target_groups": ["refugees"],
        "status": "ongoing",
        "result": None,
        "year": 2021,
        "objectives": [],
        "activities": ["A desk is open every morning"],
        "results": [],
        "lessons": [],
        "funds": [],
        "partners": [{"name": "Association of neighbours", "category": "civil society"}],
        "source_languages": ["ca"],
        "provenance": "region",
        "published_at": "2026-11-22T09:30:00Z",
        "updated_at": "2026-11-22T09:30:00Z",
    } | changes
