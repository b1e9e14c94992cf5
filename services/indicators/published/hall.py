"""What routes need: the shelf of ready answers, and what is published."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json
from sqlmodel import Session

from services.indicators.published import sheets
from services.indicators.published.holdings import Holdings
from services.indicators.published.sheets import Sheet
from shared.conditional import IfNoneMatch
from shared.shelf import Body, Shelf


class Hall:
    """The data behind the answers, each part read once for each state of the data."""

    def __init__(self, shelf: Shelf, if_none_match: str | None = None) -> None:
        self.shelf = shelf
        self._if_none_match = if_none_match

    async def answer(self, key: Hashable, make: Callable[[], Awaitable[Body]]) -> Response:
        """The ready answer under this key, made when it is asked for the first time."""
        return await self.shelf.answer(self._if_none_match, key, make)

    async def holdings(self) -> Holdings:
        """Regions, methodologies and editions."""
        return await self.shelf.thing("holdings", Holdings.read)

    async def sheet(self, edition: str) -> Sheet:
        """The scores of an edition. NotFound when there is none of that name."""
        holdings = await self.holdings()
        kept = holdings.edition(edition)

        def read(session: Session) -> Sheet:
            return sheets.read(session, kept, holdings)

        return await self.shelf.thing(("sheet", edition), read)

    async def sheets(self) -> list[Sheet]:
        """The scores of all editions, from old to new."""
        editions = (await self.holdings()).editions.values()
        by_date = sorted(editions, key=lambda one: one.record.date)
        return [await self.sheet(one.record.id) for one in by_date]


async def _hall(request: Request, if_none_match: IfNoneMatch = None) -> Hall:
    return Hall(request.app.state.shelf, if_none_match)


In = Annotated[Hall, Depends(_hall)]


def body(model: BaseModel, headers: dict[str, str] | None = None) -> Body:
    """A model as JSON bytes."""
    return Body(to_json(model), headers=headers or {})
