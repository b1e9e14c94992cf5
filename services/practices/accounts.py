"""Who people and clients are now, as the gateway knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.actor import Actor
from shared.client import Service


class Accounts:
    """Asked anew each time: access that was taken away a moment ago is gone."""

    def __init__(self, gateway: Service) -> None:
        self._gateway = gateway

    async def known(self, ids: Iterable[str]) -> Mapping[str, Actor]:
        """Those of the ids who have access now, by id; unknown, disabled and revoked are left out.

        Raises Unavailable when the gateway does not answer.
        """
        answer = await self._gateway.post("/internal/accounts", {"ids": sorted(set(ids))})
        return {
            one["id"]: Actor.granted(
                one["kind"], one["id"], ((scope, region) for scope, region in one["grants"])
            )
            for one in self._gateway.expect(answer).json()["items"]
        }
