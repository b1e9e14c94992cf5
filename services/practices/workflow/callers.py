"""Who works on practices through the API, and how such deeds are done and answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlmodel import Session

from services.practices.domain.workflow import WORK
from services.practices.workflow import standing
from services.practices.workflow.schemas import DraftOut
from shared.actor import Actor
from shared.conditional import PRIVATE
from shared.idempotency import Answer
from shared.problems import NotFound
from shared.service import Caller, Db

T = TypeVar("T")


async def worker(caller: Caller) -> Actor:
    """The caller, who needs a token to work on practices."""
    caller.needs(*WORK)
    return caller


Worker = Annotated[Actor, Depends(worker)]


async def written(db: Db, caller: Actor, practice_id: str, work: Callable[[Session], T]) -> T:
    """Do the work in one transaction. Who asks for a practice of others leaves a trace."""
    try:
        return await db.write(work)
    except NotFound:
        await _trace(db, caller, practice_id)
        raise


async def seen(db: Db, caller: Actor, practice_id: str, work: Callable[[Session], T]) -> T:
    """Read in one transaction. Who asks for a practice of others leaves a trace."""
    try:
        return await db.read(work)
    except NotFound:
        await _trace(db, caller, practice_id)
        raise


async def _trace(db: Db, caller: Actor, practice_id: str) -> None:
    if await db.read(standing.hidden, practice_id, caller):
        await db.write(standing.refused, practice_id, caller)


def private(model: type[BaseModel], body: Mapping[str, Any], tag: str | None = None) -> Response:
    """An answer for this caller alone, with the tag of what it shows where that has one."""
    headers = {"Cache-Control": PRIVATE} | ({"ETag": f'"{tag}"'} if tag else {})
    text = model.model_validate(body).model_dump_json()
    return Response(text, media_type="application/json", headers=headers)


async def finished(request: Request, db: Db, answer: Answer, *, created: bool = False) -> Response:
    """The answer of a deed, given now or once before under the same Idempotency-Key."""
    body = await db.read(standing.complete, answer)
    response = private(DraftOut, body, answer.etag)
    response.status_code = answer.status
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if created:
        base = request.app.state.public_base
        response.headers["Location"] = f"{base}/practices/{body['id']}/draft"
    return response
