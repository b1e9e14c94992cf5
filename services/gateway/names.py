"""What the regions are called in each language, as the indicators know it."""

from __future__ import annotations

from collections.abc import Mapping

from shared.client import Service
from shared.problems import Unavailable

# A page can be read with the names that its record has: it does not wait long for others.
_SECONDS = 1.0

Names = Mapping[str, str]
"""A region's names by language code, as far as known."""


class RegionNames:
    """The names of all regions; the list is sent again only when it has changed."""

    def __init__(self, indicators: Service) -> None:
        self._indicators = indicators
        self._known: Mapping[str, Names] = {}
        self._etag = ""

    async def by_code(self) -> Mapping[str, Names]:
        """Names by the region's code: those read last while the indicators do not answer."""
        headers = {"If-None-Match": self._etag} if self._etag else None
        try:
            answer = await self._indicators.get(
                "/regions", {"limit": 1000}, headers=headers, timeout_seconds=_SECONDS
            )
        except Unavailable:
            return self._known
        if answer.is_success:
            self._known = {one["code"]: one["names"] for one in answer.json()["items"]}
            self._etag = answer.headers.get("etag", "")
        return self._known
