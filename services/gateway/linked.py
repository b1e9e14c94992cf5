"""Linked data: what the indicators know of a region joined with the practices of the Lab.

The counts of practices follow the change feed of the practices service, so a practice
is counted as soon as it is published, without anybody calling anybody directly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from services.gateway.composed import Composed, Kept
from shared import feed
from shared.client import Service
from shared.feed import Change, Cursor
from shared.problems import Unavailable

_NEWEST = 5
PRACTICES_LAYER = "practices"
_BREAKS = [2, 4, 6, 9]
_GROUPS = ("TCN", "BIP")
_NO_SEARCH = "The search does not answer at the moment; ask again for practices."
_NO_GAP: dict[str, Any] = {
    "practices": [],
    "practices_note": "There is no step of a known area, phase or group to look for.",
}


class Refused(Exception):
    """An upstream's own problem, to be passed on with the path that was asked for."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Linked:
    """Regions, panels and map layers, composed from both halves of the platform."""

    def __init__(self, indicators: Service, practices: Service, search: Service, site: str) -> None:
        self._indicators = indicators
        self._practices = practices
        self._search = search
        self._site = site
        self.composed = Composed()
        self._counts: dict[str, int] = {}
        self.cursor: Cursor | None = None

    async def follow(self) -> None:
        """Keep the counts true to the practices feed for ever; ends when cancelled."""
        await feed.follow(self._practices, self._start, self._apply)

    async def regions(self, query: str) -> Kept:
        """The list of regions with their number of practices."""

        async def compose() -> bytes:
            body = await self._read(self._indicators, "/regions", query)
            for item in body["items"]:
                item["practice_count"] = self._counts.get(item["code"], 0)
            return _bytes(body)

        return await self.composed.get(f"regions?{query}", compose)

    async def panel(self, code: str) -> Kept:
        """All that is known of a region: indicators, outcomes, practices, links."""

        async def compose() -> bytes:
            region = await self._read(self._indicators, f"/regions/{code}")
            newest = await self._read(
                self._practices,
                "/practices",
                urlencode({"region": region["code"], "limit": _NEWEST}),
            )
            region["practice_count"] = newest["total"]
            region["practices"] = {"count": newest["total"], "newest": newest["items"]}
            label = region["search_label"]
            search = urlencode({"refinementList[filter_regions][0]": label})
            region["links"] = {
                "website": region["website"],
                "profile": f"{self._site}/regions/{region['code']}",
                "practices_search": f"{self._site}/practices?{search}",
            }
            return _bytes(region)

        return await self.composed.get(f"panel/{code}", compose)

    async def layers(self) -> Kept:
        """Everything that can be coloured on the map."""

        async def compose() -> bytes:
            body = await self._read(self._indicators, "/map/layers")
            body["items"].append(_practices_layer())
            return _bytes(body)

        return await self.composed.get("layers", compose)

    async def layer(self, name: str, query: str) -> Kept:
        """One layer with a value for every region."""

        async def compose() -> bytes:
            if name != PRACTICES_LAYER:
                return _bytes(await self._read(self._indicators, f"/map/layers/{name}", query))
            values = [
                {
                    "code": code,
                    "value": number,
                    "state": "ok",
                    "provenance": "collected",
                    "flag": None,
                    "note": None,
                }
                for code, number in sorted(self._counts.items())
            ]
            return _bytes(_practices_layer() | {"layer": PRACTICES_LAYER, "values": values})

        return await self.composed.get(f"layer/{name}?{query}", compose)

    async def gap(self, edition: str, code: str, query: str) -> Kept:
        """What a region lacks to a target, and practices of other regions that answer it."""
        path = f"/editions/{quote(edition)}/regions/{quote(code)}/gaps"

        async def compose() -> bytes:
            gap = await self._read(self._indicators, path, query)
            wanted = _wanted(gap)
            gap |= await self._answering(gap["region"]["code"], wanted) if wanted else _NO_GAP
            return _bytes(gap)

        return await self.composed.get(f"{path}?{query}", compose)

    async def _answering(self, code: str, wanted: list[tuple[str, str]]) -> dict[str, Any]:
        """The practices; null with a note while the search does not answer."""
        try:
            path = f"/regions/{quote(code)}/suggestions"
            found = await self._read(self._search, path, urlencode(wanted))
        except Unavailable:
            return {"practices": None, "practices_note": _NO_SEARCH}
        return {"practices": found["items"], "practices_note": None}

    async def _start(self) -> Cursor:
        # The cursor first: what happens in between is counted twice, never missed.
        state = await self._read(self._practices, "/internal/state", "limit=1")
        await self._count()
        self.cursor = Cursor(state["epoch"], state["seq"])
        return self.cursor

    async def _apply(self, changes: Sequence[Change], reached: Cursor) -> None:
        await self._count()
        self.cursor = reached

    async def _count(self) -> None:
        body = await self._read(self._practices, "/practices", "facets=true&limit=1")
        self._counts = body["facets"]["region"]
        self.composed.changed()

    async def _read(self, service: Service, path: str, query: str = "") -> Any:  # noqa: ANN401
        answer = await service.get(f"{path}?{query}" if query else path)
        if 400 <= answer.status_code < 500:
            raise Refused(answer)
        return service.expect(answer).json()


def _wanted(gap: dict[str, Any]) -> list[tuple[str, str]]:
    """What the practices for a gap have to answer; nothing when there is no gap to close."""
    if not gap["steps"]:
        return []
    wanted = [("area", area) for area in gap["areas"]]
    if gap["axis"] in ("area", "phase"):
        wanted = [one for one in wanted if one[0] != gap["axis"]]
        wanted.append((gap["axis"], gap["dimension"]))
    group = gap["dimension"] if gap["axis"] == "group" else gap["group"]
    return [*wanted, ("group", group)] if group in _GROUPS else wanted


def _practices_layer() -> dict[str, Any]:
    return {
        "id": PRACTICES_LAYER,
        "name": "Number of practices",
        "kind": "practices",
        "unit": "practices",
        "scale": {"type": "threshold", "breaks": _BREAKS, "direction": "none"},
        "edition": None,
        "axis": None,
        "dimension": None,
        "groups": None,
        "period": None,
        "source": "Integration Lab: practices published here",
        "licence": "CC-BY-4.0",
        "provenance": "collected",
        "notice": "Counts what was found or submitted, not what a region does.",
    }


def _bytes(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
