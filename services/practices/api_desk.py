"""What waits for the caller: the desk, the conversation, notifications."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.practices import desk
from services.practices.api_work import PracticeId, Worker, seen, written
from services.practices.schemas_work import (
    Conversation,
    Desk,
    MessageIn,
    MessageOut,
    NotificationList,
)
from shared.conditional import PRIVATE, Once, given
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.service import Db, router

routes = router(tags=["Desk"])

_NO_STORE = {"Cache-Control": PRIVATE}


@routes.get(
    "/desk/practices",
    response_model=Desk,
    operation_id="list_work",
    summary="The caller's desk",
)
async def list_work(
    request: Request, caller: Worker, db: Db, limit: Limit = 50, cursor: CursorParam = None
) -> Response:
    """Every open draft in which the caller has a part, what is due first first.

    Authors see those of their regions, publishers those of theirs, evaluators those that
    they were asked to judge. `mine` says whose turn it is, `due` until when.
    """
    asked, key = f"work of {caller.id}", request.app.state.internal_key
    after = read_cursor(cursor, asked, key) if cursor else None
    items, last = await db.read_long(desk.work, caller, after, limit)
    following = make_cursor(list(last), asked, key) if last else None
    return _page(request, "work/practices", Desk, {"items": items}, following)


@routes.get(
    "/practices/{practice_id}/conversation",
    response_model=Conversation,
    operation_id="get_conversation",
    summary="The conversation about a practice",
)
async def get_conversation(practice_id: PracticeId, caller: Worker, db: Db) -> Response:
    """All messages, the oldest first, each about a field or the whole. Roles, no names.

    For the author and the publisher.
    """
    items = await seen(
        db, caller, practice_id, lambda session: desk.conversation(session, practice_id, caller)
    )
    return _given(Conversation, {"items": items})


@routes.post(
    "/practices/{practice_id}/conversation",
    status_code=201,
    response_model=MessageOut,
    operation_id="add_message",
    summary="Say something about a field",
)
async def add_message(
    practice_id: PracticeId, body: MessageIn, caller: Worker, db: Db, only: Once
) -> Response:
    """The other side is notified. The message stays open until somebody resolves it."""
    answer = await written(
        db,
        caller,
        practice_id,
        lambda session: desk.say(session, practice_id, (body.pointer, body.text), caller, only),
    )
    response = given(answer, MessageOut)
    del response.headers["ETag"]
    return response


@routes.post(
    "/practices/{practice_id}/conversation/{message_id}/resolve",
    response_model=Conversation,
    operation_id="resolve_message",
    summary="Mark a message as dealt with",
)
async def resolve_message(
    practice_id: PracticeId,
    message_id: Annotated[str, Path(min_length=1, max_length=64)],
    caller: Worker,
    db: Db,
) -> Response:
    """The conversation as it is then. Doing it twice does no harm."""
    items = await written(
        db,
        caller,
        practice_id,
        lambda session: desk.resolve(session, practice_id, message_id, caller),
    )
    return _given(Conversation, {"items": items})


@routes.get(
    "/notifications",
    response_model=NotificationList,
    operation_id="list_notifications",
    summary="What happened",
)
async def list_notifications(
    request: Request, caller: Worker, db: Db, limit: Limit = 50, cursor: CursorParam = None
) -> Response:
    """What concerns the caller, by id or by a role for the region, the newest first."""
    asked, key = f"notifications of {caller.id}", request.app.state.internal_key
    before = read_cursor(cursor, asked, key)[0] if cursor else None
    items, last, unread = await db.read_long(desk.notifications, caller, before, limit)
    following = make_cursor([last], asked, key) if last else None
    body = {"items": items, "unread": unread}
    return _page(request, "notifications", NotificationList, body, following)


@routes.post(
    "/notifications/{notification_id}/read",
    status_code=204,
    operation_id="read_notification",
    summary="Mark a notification as read",
)
async def read_notification(
    notification_id: Annotated[str, Path(min_length=1, max_length=64)], caller: Worker, db: Db
) -> Response:
    """For the caller only: others who hold the role still have it as unread."""
    await db.write(desk.mark_read, notification_id, caller)
    return Response(status_code=204)


def _page(
    request: Request,
    path: str,
    model: type[BaseModel],
    body: dict[str, Any],
    following: str | None,
) -> Response:
    base: str = request.app.state.public_base
    query = list(request.query_params.multi_items())
    link = next_link(f"{base}/{path}", query, following)
    response = _given(model, body | {"next": following})
    response.headers.update(link)
    return response


def _given(model: type[BaseModel], body: dict[str, Any]) -> Response:
    text = model.model_validate(body).model_dump_json()
    return Response(text, media_type="application/json", headers=_NO_STORE)
