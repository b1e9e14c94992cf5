"""Title and description of each page, for readers of the tab, search engines and link previews."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from services.gateway import sitemap
from services.gateway.names import RegionNames
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
    "/sign-in": Head(f"Sign in · {_NAME}", "For people who submit, evaluate or publish."),
    "/account": Head(f"Your account · {_NAME}", "Password and roles."),
    "/desk": Head(f"My work · {_NAME}", "Practices to write, to judge and to publish."),
    "/desk/practices/new": Head(f"Begin a practice · {_NAME}", "The form for practices."),
    "/desk/import": Head(f"Import practices · {_NAME}", "Many practices from one file."),
    "/desk/assessments": Head(f"Questionnaires · {_NAME}", "To answer and to review."),
    "/admin": Head(f"Administration · {_NAME}", "People, programs, keys, and what was done."),
    "/embed": Head(
        f"Show the search on your site · {_NAME}",
        "Make the code with which your site shows practices of regional integration.",
    ),
    "/embed/map": Head(f"Map · {_NAME}", _WHAT),
    "/rankings": Head(
        f"Rankings · {_NAME}",
        "Regions in order of their integration policy scores, and how sure that order is.",
    ),
    "/compare": Head(
        f"Compare regions · {_NAME}",
        "Two to five regions side by side on every dimension, and why they differ.",
    ),
    "/method": Head(
        f"How the numbers are made · {_NAME}",
        "Scores, coverage, bands, ranks and how sure they are, each rule in a few words.",
    ),
    "/about": Head(f"About and sources · {_NAME}", "Sources, licences, and what is not known."),
}
_REGION_PAGES = {
    "brief": "a policy brief of two pages, made from data, to print.",
    "what-if": "change answers and see how scores and rank move.",
}
_MISSING = Head(f"Page not found · {_NAME}", "There is no such page.", 404)


class Heads:
    """Finds what a page is about by asking the services."""

    def __init__(self, indicators: Service, practices: Service) -> None:
        self._indicators = indicators
        self._practices = practices
        self._names = RegionNames(indicators)

    async def of(self, path: str) -> Head:
        """The head of the page at a path; one with status 404 where there is none."""
        if path in _PAGES:
            return _PAGES[path]
        if re.fullmatch(r"/desk/assessments/[A-Za-z0-9-]{1,80}(/review)?", path):
            return _PAGES["/desk/assessments"]
        if re.fullmatch(r"/desk/practices/[A-Za-z0-9-]{1,80}(/evaluation)?", path):
            # What is not published is nobody's to see: the page asks for it itself.
            return _PAGES["/desk"]
        try:
            if path == sitemap.SITEMAP:
                return await self._pages()
            if found := re.fullmatch(r"/(regions|practices|methodologies)/([^/]{1,80})", path):
                return await self._thing(*found.groups())
            if found := re.fullmatch(r"/regions/([A-Za-z0-9-]{1,80})/(brief)", path):
                return await self._of_region(found[1], found[2])
            if found := re.fullmatch(r"/(what-if)/([A-Za-z0-9-]{1,80})", path):
                return await self._of_region(found[2], found[1])
            return _MISSING
        except Unavailable:
            if path == sitemap.SITEMAP:
                return Head(_NAME, "The list of pages cannot be made at the moment.", 503)
            # The page itself says what does not answer.
            return Head(_NAME, _WHAT)

    async def _thing(self, kind: str, name: str) -> Head:
        service = self._practices if kind == "practices" else self._indicators
        answer = await service.get(f"/{kind}/{quote(name)}")
        if answer.status_code in (404, 422):
            return _MISSING
        facts: Mapping[str, Any] = service.expect(answer).json()
        if kind == "regions":
            return Head(
                f"{facts['name']} · {_NAME}",
                f"{facts['name']}: integration policy scores, outcomes and practices, each with "
                "its source.",
                kind=kind,
                facts=facts,
            )
        if kind == "methodologies":
            return Head(
                f"{facts['title']} · {_NAME}",
                f"{len(facts['indicators'])} questions with their options, what each is worth and "
                "how to tell them apart.",
            )
        summary = (facts.get("summary") or "")[:200]
        return Head(
            f"{facts['title']} · {_NAME}", summary, kind=kind, facts=await self._named(facts)
        )

    async def _named(self, practice: Mapping[str, Any]) -> Mapping[str, Any]:
        """The practice with the names of its regions in each language, as far as known."""
        known = await self._names.by_code()
        regions = [one | {"names": known.get(one["code"])} for one in practice["regions"]]
        return {**practice, "regions": regions}

    async def _of_region(self, code: str, page: str) -> Head:
        head = await self._thing("regions", code)
        if head.facts is None:
            return _MISSING
        said = f"{head.facts['name']}: {_REGION_PAGES[page]}"
        return Head(f"{said.partition(',')[0].partition('.')[0]} · {_NAME}", said)

    async def _pages(self) -> Head:
        listed = await sitemap.paths(self._indicators, self._practices)
        return Head("", "", kind="sitemap", facts={"paths": listed})
