"""Bodies and answers about embed keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from services.gateway.people.schemas import Change, Strict
from services.gateway.tables_embeds import EmbedKey
from shared.clock import now, stamp
from shared.text import Text

Name = Annotated[Text, Field(min_length=1, max_length=200, examples=["Partner's site"])]
# How most origins look; what exactly one is, `domain.access` and the store say.
_ORIGIN = (
    r"^(https://[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,30}[a-z0-9])?){1,3}"
    r"(:[1-9][0-9]{3})?|http://localhost(:[1-9][0-9]{3})?)$"
)
Origins = Annotated[
    list[Annotated[Text, Field(max_length=200, json_schema_extra={"pattern": _ORIGIN})]],
    Field(
        min_length=1,
        max_length=20,
        description="Where the key may be used: scheme and host, with HTTPS but on localhost.",
        examples=[["https://www.example.org"]],
    ),
]
PerMinute = Annotated[
    int, Field(ge=1, le=60_000, description="Searches in a minute, all readers together.")
]


class EmbedKeyIn(Strict):
    """A key to make."""

    name: Name
    origins: Origins
    per_minute: PerMinute = 600


class EmbedKeyChange(Change):
    """What changes; what is left out stays."""

    name: Name | SkipJsonSchema[None] = None
    origins: Origins | SkipJsonSchema[None] = None
    per_minute: PerMinute | SkipJsonSchema[None] = None


class EmbedKeyOut(BaseModel):
    """An embed key. Its id is the key itself: it stands in the partner's page and is no secret."""

    id: str
    name: str
    origins: list[str]
    per_minute: int
    state: Literal["active", "retiring", "retired", "revoked"]
    created_at: str
    revoked_at: str | None
    replaced_by: str | None = Field(description="The key that took its place.")
    retires_at: str | None = Field(description="Until when a key that was replaced still works.")
    requests: int = Field(description="Searches in the last thirty days.")
    refused: int = Field(description="Searches over the quota in the last thirty days.")

    @classmethod
    def of(cls, key: EmbedKey, used: tuple[int, int] = (0, 0)) -> EmbedKeyOut:
        """The row, with its requests and refusals of the last thirty days."""
        return cls(
            id=key.id,
            name=key.name,
            origins=key.origins,
            per_minute=key.per_minute,
            state=state(key),
            created_at=stamp(key.created_at),
            revoked_at=stamp(key.revoked_at) if key.revoked_at else None,
            replaced_by=key.replaced_by,
            retires_at=stamp(key.retires_at) if key.retires_at else None,
            requests=used[0],
            refused=used[1],
        )


class EmbedKeyList(BaseModel):
    """All embed keys, the newest first."""

    items: list[EmbedKeyOut]
    next: None = None


class Day(BaseModel):
    """What was used on one day (UTC)."""

    day: str
    requests: int
    refused: int


class EmbedKeyUsage(BaseModel):
    """The last thirty days that had any use."""

    id: str
    days: list[Day]


def state(key: EmbedKey) -> Literal["active", "retiring", "retired", "revoked"]:
    """What can be done with a key now."""
    if key.revoked_at is not None:
        return "revoked"
    if key.retires_at is None:
        return "active"
    return "retiring" if key.retires_at > now() else "retired"
