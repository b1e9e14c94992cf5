"""What routes ask of a caller who writes, and how private answers are given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json
from sqlmodel import Session

from services.indicators.domain.assessment import REVIEW, WRITE
from services.indicators.published.hall import Hall
from services.indicators.published.holdings import Holdings
from shared.actor import Actor
from shared.conditional import PRIVATE
from shared.db import Database
from shared.service import Caller, Db
from shared.shelf import has

P = ParamSpec("P")
T = TypeVar("T")


async def _answerer(caller: Caller) -> Actor:
    caller.needs(WRITE, REVIEW)
    return caller


Answerer = Annotated[Actor, Depends(_answerer)]
"""A caller with a token for questionnaires; 401 or 403 otherwise."""


async def _books(request: Request) -> Holdings:
    return await Hall(request.app.state.shelf).holdings()


Books = Annotated[Holdings, Depends(_books)]
"""Regions, methodologies and editions."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who may answer or review, at one questionnaire."""

    assessment: str
    books: Holdings
    caller: Actor
    db: Database

    async def read(
        self,
        do: Callable[Concatenate[Session, Holdings, str, Actor, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `do` reads of the questionnaire for this caller."""
        return await self.db.read_long(
            do, self.books, self.assessment, self.caller, *args, **kwargs
        )

    async def write(
        self,
        do: Callable[Concatenate[Session, Holdings, str, Actor, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `do` changes in the questionnaire for this caller, in one transaction."""
        return await self.db.write(do, self.books, self.assessment, self.caller, *args, **kwargs)


async def _visit(
    assessment_id: Annotated[str, Path(min_length=1, max_length=64)],
    books: Books,
    caller: Answerer,
    db: Db,
) -> Visit:
    return Visit(assessment_id, books, caller, db)


Visiting = Annotated[Visit, Depends(_visit)]


def private(model: BaseModel, if_none_match: str | None, tag: str | None = None) -> Response:
    """An answer for this caller alone; the tag is that of its content unless it has a version."""
    return private_bytes(to_json(model), "application/json", if_none_match, tag)


def private_bytes(
    content: bytes, media_type: str, if_none_match: str | None, tag: str | None = None
) -> Response:
    """Bytes for this caller alone, or 304 when the caller has them."""
    etag = f'"{tag or hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": PRIVATE}
    if has(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
