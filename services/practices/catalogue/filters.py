"""What the list of practices may be asked for: filters and orders."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query

from services.practices.record.parts import VOCABULARY
from services.practices.regions import KnownRegions
from shared.problems import InputError, Invalid, NotFound


class Sort(StrEnum):
    """Orders of the list; a minus means the newest or largest first."""

    newest = "-published_at"
    oldest = "published_at"
    by_title = "title"
    latest_year = "-year"
    earliest_year = "year"


def _listed(values: Sequence[str]) -> Any:  # noqa: ANN401 - FastAPI's parameter marker
    return Query(json_schema_extra={"items": {"type": "string", "enum": list(values)}})


async def filters(
    regions: KnownRegions,
    country: Annotated[
        list[Annotated[str, Query(pattern="^[A-Z]{2}$")]] | None,
        Query(description="ISO 3166 codes; several mean any of them.", max_length=50),
    ] = None,
    region: Annotated[
        list[Annotated[str, Query(pattern="^[A-Za-z0-9-]{1,80}$")]] | None,
        Query(description="Codes or slugs of regions.", max_length=100),
    ] = None,
    role: Annotated[list[str] | None, _listed(VOCABULARY.roles)] = None,
    area: Annotated[list[str] | None, _listed(VOCABULARY.areas)] = None,
    target_group: Annotated[list[str] | None, _listed(VOCABULARY.target_groups)] = None,
    status: Annotated[list[str] | None, _listed(VOCABULARY.statuses)] = None,
    result: Annotated[list[str] | None, _listed(VOCABULARY.results)] = None,
    year: Annotated[
        list[Annotated[int, Query(ge=1950, le=2100)]] | None,
        Query(description="Years of the start.", max_length=50),
    ] = None,
) -> dict[str, list[str]]:
    """The filters of the list.

    Raises Invalid for values outside a closed list, NotFound for places that are not here;
    either names every one.
    """
    coded: dict[str, tuple[Sequence[str] | None, Sequence[str]]] = {
        "role": (role, VOCABULARY.roles),
        "area": (area, VOCABULARY.areas),
        "target_group": (target_group, VOCABULARY.target_groups),
        "status": (status, VOCABULARY.statuses),
        "result": (result, VOCABULARY.results),
    }
    wrong = [
        InputError(
            "unknown_value",
            f"{value!r} is no known {name}.",
            f"/query/{name}",
            value=value,
            allowed=allowed,
        )
        for name, (values, allowed) in coded.items()
        for value in values or ()
        if value not in allowed
    ]
    missing = [
        InputError(
            "unknown_value",
            f"No region lies in {code!r}.",
            "/query/country",
            value=code,
            allowed="ISO 3166 codes of countries with regions here, such as ES",
        )
        for code in country or ()
        if not regions.of_country(code)
    ]
    codes: list[str] = []
    for name in region or ():
        try:
            codes.append(regions.code(name, "/query/region"))
        except NotFound as unknown:
            missing += unknown.errors
    if wrong:
        raise Invalid("The filters have values that do not exist.", [*wrong, *missing])
    if missing:
        raise NotFound("The filters name places that do not exist here.", missing)
    chosen = {name: list(values or ()) for name, (values, _) in coded.items()}
    chosen |= {"country": country or [], "region": codes, "year": [str(one) for one in year or ()]}
    return {name: values for name, values in chosen.items() if values}


Filters = Annotated[dict[str, list[str]], Depends(filters)]
