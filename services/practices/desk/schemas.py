"""Answers about what waits for the caller: the desk, conversations, notifications."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from services.practices.workflow.schemas import NextActor, Role, State


class MessageOut(BaseModel):
    """A message of the conversation; in which role it was written, never by whom."""

    id: str
    pointer: str | None
    text: str
    role: Role
    kind: Literal["message", "request", "reason"]
    at: str
    resolved: bool


class Conversation(BaseModel):
    """All messages about a practice, the oldest first."""

    items: list[MessageOut]


class DeskItem(BaseModel):
    """A practice on the caller's desk."""

    id: str
    title: str
    regions: list[str]
    state: State
    roles: list[Role] = Field(description="In which parts the caller works on it.")
    mine: bool = Field(description="The next step is the caller's.")
    next_actor: NextActor
    since: str
    due: str | None
    overdue: bool
    conversation_count: int = Field(description="Messages that nobody has resolved.")


class Desk(BaseModel):
    """A page of the caller's desk, what is due first first."""

    items: list[DeskItem]
    next: str | None


class NotificationOut(BaseModel):
    """Something that happened to a practice that concerns the caller."""

    id: str
    at: str
    event: str = Field(
        description="The step that was taken, `evaluated`, `agreed`, `message` or `reminder`."
    )
    practice_id: str
    title: str
    region: str
    role: Role = Field(description="In which part it concerns the caller.")
    state: str
    due: str | None
    link: str = Field(description="The address of the practice on the desk of the site.")
    read: bool


class NotificationList(BaseModel):
    """A page of notifications, the newest first."""

    items: list[NotificationOut]
    next: str | None
    unread: int = Field(description="Of all, not only of this page.")
