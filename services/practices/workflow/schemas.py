"""Bodies of the steps of the workflow, and the answer that they give."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from services.practices.record.parts import Long, Strict
from shared.text import Text

State = Literal[
    "draft",
    "submitted",
    "selected",
    "in_review",
    "changes_requested",
    "accepted",
    "published",
    "withdrawn",
    "rejected",
]
NextActor = Literal["author", "publisher", "evaluators", "nobody"]
Role = Literal["author", "publisher", "evaluator"]
Pointer = Annotated[
    str, Field(max_length=300, pattern=r"^/[^\x00-\x1f\x7f-\x9f]*$", examples=["/summary"])
]
ActorId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:@-]+$")]


class AssignIn(Strict):
    """Who is to judge the practice: ids of two people or clients of other regions."""

    evaluators: Annotated[list[ActorId], Field(min_length=2, max_length=2)]


class MessageIn(Strict):
    """What is said about a field, or about the practice as a whole (pointer null)."""

    pointer: Pointer | None = None
    text: Long


class RequestChangesIn(Strict):
    """Which changes are asked for, field by field."""

    messages: Annotated[list[MessageIn], Field(min_length=1, max_length=100)]


class RejectIn(Strict):
    """Why the practice is not published."""

    reasons: Annotated[list[Long], Field(min_length=1, max_length=20)]


class PublishIn(Strict):
    """What a reader of the list of versions is told of this one."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)] | None = None


class Missing(BaseModel):
    """What is needed before it can be handed in."""

    pointer: str
    detail: str


class DraftOut(BaseModel):
    """A practice as those who work on it see it: content, where it stands, who acts next."""

    id: str
    state: State
    published_version: int | None
    actions: list[str] = Field(description="The steps that are open to the caller now.")
    missing: list[Missing] = Field(description="What is needed before it can be submitted.")
    updated_at: str
    next_actor: NextActor
    since: str = Field(description="When it came into its state.")
    due: str | None = Field(description="When the next step is expected; null: nobody waits.")
    conversation_count: int = Field(description="Messages that nobody has resolved.")
    record: dict[str, Any]
