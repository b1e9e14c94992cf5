"""The regions that practices may name, as the indicators service publishes them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request

from services.practices.domain.practice import country_of
from shared.client import Service
from shared.problems import InputError, NotFound

_KEPT_SECONDS = 60.0


class Regions:
    """A copy of the list of regions, asked for again when it is older than a minute."""

    def __init__(self, indicators: Service) -> None:
        self._indicators = indicators
        self._known: dict[str, Mapping[str, Any]] = {}
        self._codes: dict[str, str] = {}
        self._read_at = -_KEPT_SECONDS
        self._etag = ""

    async def refresh(self) -> None:
        """Read the list when it is old. Raises Unavailable only when there never was one."""
        if time.monotonic() - self._read_at < _KEPT_SECONDS:
            return
        headers = {"If-None-Match": self._etag} if self._etag else None
        answer = await self._indicators.get("/regions", {"limit": 1000}, headers=headers)
        if answer.status_code != 304 and (answer.is_success or not self._known):
            items = self._indicators.expect(answer).json()["items"]
            self._known = {item["code"]: item for item in items}
            self._codes = {item["slug"]: item["code"] for item in items}
            self._etag = answer.headers.get("etag", "")
        self._read_at = time.monotonic()

    @property
    def version(self) -> str:
        """The state of the list: another one may give other names."""
        return self._etag

    def code(self, name: str, pointer: str) -> str:
        """The code of a region given by code or slug. NotFound when there is no such region."""
        found = name if name in self._known else self._codes.get(name)
        if found is None:
            raise NotFound(
                f"There is no region {name[:40]!r}.",
                [
                    InputError(
                        "unknown_region",
                        f"{name[:40]!r} is not the code or slug of a region.",
                        pointer,
                        value=name[:40],
                        allowed="a code such as ES51 or a slug such as catalonia; GET /regions",
                    )
                ],
            )
        return found

    def check(self, codes: Iterable[str]) -> list[str]:
        """The codes of all regions named in a record. NotFound naming every unknown one."""
        errors: list[InputError] = []
        found: list[str] = []
        for index, code in enumerate(codes):
            try:
                found.append(self.code(code, f"/regions/{index}"))
            except NotFound as unknown:
                errors += unknown.errors
        if errors:
            raise NotFound("The practice names regions that do not exist.", errors)
        return found

    def of_country(self, country: str) -> bool:
        """Whether any region lies in the country."""
        return any(region["country_code"] == country for region in self._known.values())

    def shown(self, code: str) -> dict[str, str]:
        """Code, name and country of a region for an answer."""
        region = self._known.get(code)
        if region is None:
            return {"code": code, "name": code, "country_code": country_of(code)}
        return {
            "code": code,
            "name": str(region["name"]),
            "country_code": str(region["country_code"]),
        }

    def point(self, code: str) -> tuple[float, float] | None:
        """Longitude and latitude of a region's label point; None when it has none."""
        point = self._known.get(code, {}).get("point")
        return (point["lng"], point["lat"]) if point else None


async def known_regions(request: Request) -> Regions:
    """The list of regions, fresh enough."""
    regions: Regions = request.app.state.regions
    await regions.refresh()
    return regions


KnownRegions = Annotated[Regions, Depends(known_regions)]
