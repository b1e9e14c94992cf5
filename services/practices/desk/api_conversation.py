"""The conversation about a practice, as routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from fastapi.responses import Response

from services.practices.desk import conversation
from services.practices.desk.schemas import Conversation, MessageOut
from services.practices.record.parts import PracticeId
from services.practices.workflow.callers import Worker, private, seen, written
from services.practices.workflow.schemas import MessageIn
from shared.conditional import Once, given
from shared.service import Db, router

routes = router(tags=["Desk"])


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
        db,
        caller,
        practice_id,
        lambda session: conversation.listed(session, practice_id, caller),
    )
    return private(Conversation, {"items": items})


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
        lambda session: conversation.say(
            session, practice_id, (body.pointer, body.text), caller, only
        ),
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
        lambda session: conversation.resolve(session, practice_id, message_id, caller),
    )
    return private(Conversation, {"items": items})
