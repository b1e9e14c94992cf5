"""What waits for the caller: the desk and notifications."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.practices.desk import store
from services.practices.desk.schemas import Desk, NotificationList
from services.practices.workflow.callers import Worker, private
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.service import Db, router

routes = router(tags=["Desk"])


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
    items, last = await db.read_long(store.work, caller, after, limit)
    following = make_cursor(list(last), asked, key) if last else None
    return _page(request, "desk/practices", Desk, {"items": items}, following)


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
    items, last, unread = await db.read_long(store.notifications, caller, before, limit)
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
    await db.write(store.mark_read, notification_id, caller)
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
    response = private(model, body | {"next": following})
    response.headers.update(link)
    return response
