"""The codes of regions that administrators name by code or slug."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from services.gateway.domain.roles import EVERYWHERE
from shared.client import Service
from shared.problems import InputError, Invalid, NotFound


async def codes(
    service: Service,
    names: Iterable[str],
    pointer: str,
    refusal: type[Invalid | NotFound] = Invalid,
) -> dict[str, str]:
    """The code of each region, by the name it was given. `*` is itself.

    The refusal, naming each that there is not; Unavailable when the indicators do not answer.
    """
    found = {name: await _code(service, name) for name in dict.fromkeys(names)}
    unknown = [name for name, code in found.items() if code is None]
    if unknown:
        allowed = "a code such as ES51, a slug such as catalonia, or *; GET /regions"
        raise refusal(
            f"There is no region {', '.join(unknown)}.",
            [
                InputError("unknown_region", "Not a region.", pointer, value=name, allowed=allowed)
                for name in unknown
            ],
        )
    return {name: code for name, code in found.items() if code is not None}


async def _code(service: Service, name: str) -> str | None:
    if name == EVERYWHERE:
        return name
    answer = await service.get(f"/regions/{quote(name, safe='')}")
    if answer.status_code in (404, 422):
        return None
    return service.expect(answer).json()["code"]
