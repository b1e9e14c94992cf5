"""Pages of lists that are held in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from services.indicators.published.hall import Hall, In
from shared.pages import CursorParam, make_cursor, next_link, read_cursor
from shared.problems import Invalid
from shared.shelf import Body

T = TypeVar("T")

WholeLimit = Annotated[
    int | None, Query(ge=1, le=1000, description="How many items at the most; all unless given.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a list: path and filters, the key that signs cursors, and the public base.

    base  what stands before the path at the public door, for Link headers
    """

    path: str
    base: str
    query: tuple[tuple[str, str], ...]
    key: bytes

    @property
    def question(self) -> str:
        """Path and filters without what only turns pages; a cursor is good for this alone."""
        rest = sorted((n, v) for n, v in self.query if n not in ("cursor", "limit"))
        return f"{self.path}?{urlencode(rest)}"

    @property
    def name(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What tells questions apart."""
        return self.path, self.query

    def cursor(self, last: object) -> str:
        """A cursor after the item with this key."""
        return make_cursor([last], self.question, self.key)

    def last(self, cursor: str | None) -> object:
        """The key in a cursor, None without one. Invalid when it belongs to another list."""
        return read_cursor(cursor, self.question, self.key)[0] if cursor is not None else None

    def link(self, following: str | None) -> dict[str, str]:
        """The Link header."""
        return next_link(self.base + self.path, list(self.query), following)


async def asked(request: Request) -> Asked:
    """The question of a request."""
    query = tuple(request.query_params.multi_items())
    state = request.app.state
    return Asked(request.url.path, state.public_base, query, state.internal_key)


Question = Annotated[Asked, Depends(asked)]


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Items of one page, the cursor of the next one, and the Link header."""

    items: Sequence[T]
    next: str | None
    headers: dict[str, str]


def cut(
    items: Sequence[T], name: Callable[[T], str], limit: int | None, cursor: str | None, of: Asked
) -> Slice[T]:
    """The page of a list in a fixed order; `name` gives the unique key of an item.

    Invalid for a cursor of another list, or of an item that is gone.
    """
    start = 0
    last = of.last(cursor)
    if last is not None:
        names = [name(one) for one in items]
        if last not in names:
            raise Invalid("The list has changed since this cursor was made; start over.")
        start = names.index(str(last)) + 1
    end = len(items) if limit is None else start + limit
    page = items[start:end]
    following = of.cursor(name(page[-1])) if end < len(items) and page else None
    return Slice(page, following, of.link(following))


@dataclass(frozen=True, slots=True)
class Asking:
    """A list that is asked for, whole or page by page; each answer is kept ready."""

    hall: Hall
    question: Asked
    limit: int | None
    cursor: str | None

    def page(self, items: Sequence[T], name: Callable[[T], str]) -> Slice[T]:
        """The page of a list in a fixed order, as `cut` makes it."""
        return cut(items, name, self.limit, self.cursor, self.question)

    async def answer(self, name: Hashable, make: Callable[[], Awaitable[Body]]) -> Response:
        """The ready answer to this question."""
        return await self.hall.answer((name, self.question.name), make)


async def _asking(
    hall: In, question: Question, limit: WholeLimit = None, cursor: CursorParam = None
) -> Asking:
    return Asking(hall, question, limit, cursor)


Listing = Annotated[Asking, Depends(_asking)]
