"""Title and description of each page, for readers of the tab, search engines and link previews."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from services.gateway.site import Head
from shared.client import Service
from shared.problems import Unavailable

_NAME = "Regional Integration Platform"
_WHAT = (
    "How Europe's regions integrate migrants and refugees, and what they learned: "
    "policy indicators, outcomes and practices on one map."
)
_PAGES = {
    "/": Head(_NAME, _WHAT),
    "/practices": Head(
        f"Practices · {_NAME}",
        "Search regional practices of migrant and refugee integration, what worked and what did "
        "not, by region, area, target group and role.",
    ),
    "/about": Head(f"About and sources · {_NAME}", "Sources, licences, and what is not known."),
    "/methodologies/open-instrument-1": Head(
        f"The open instrument · {_NAME}",
        "61 questions on regional integration governance, in our own words.",
    ),
}
_MISSING = Head(f"Page not found · {_NAME}", "There is no such page.", 404)


class Heads:
    """Finds what a page is about by asking the services."""

    def __init__(self, indicators: Service, practices: Service) -> None:
        self._indicators = indicators
        self._practices = practices

    async def of(self, path: str) -> Head:
        """The head of the page at a path; one with status 404 where there is none."""
        if path in _PAGES:
            return _PAGES[path]
        found = re.fullmatch(r"/(regions|practices)/([A-Za-z0-9-]{1,80})", path)
        if found is None:
            return _MISSING
        try:
            return await self._thing(*found.groups())
        except Unavailable:
            # The page itself says what does not answer.
            return Head(_NAME, _WHAT)

    async def _thing(self, kind: str, name: str) -> Head:
        service = self._indicators if kind == "regions" else self._practices
        answer = await service.get(f"/{kind}/{quote(name)}")
        if answer.status_code in (404, 422):
            return _MISSING
        facts: Mapping[str, Any] = service.expect(answer).json()
        if kind == "regions":
            return Head(
                f"{facts['name']} · {_NAME}",
                f"{facts['name']}: integration policy scores, outcomes and practices, each with "
                "its source.",
            )
        return Head(f"{facts['title']} · {_NAME}", (facts.get("summary") or "")[:200])
