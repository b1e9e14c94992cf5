"""Reading what changed, changing what was read, and only once: If-None-Match, If-Match and
Idempotency-Key, as every service asks them.

A route takes `IfMatch` and `Once` as parameters; the store's function compares the tag with
`check_tag` when it holds the row, and ends with `answered`, so that the answer is kept in
the transaction that did the work. `given` turns it into a response.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi import Request as HttpRequest
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import Table
from sqlmodel import Session

from shared import idempotency
from shared.idempotency import Answer, Request
from shared.problems import Stale, Unconditional
from shared.service import Caller

PRIVATE = "private, no-store"

IfMatch = Annotated[
    str | None,
    Header(
        max_length=100,
        description='The ETag that you read, such as `"v3"`. 428 without it, 412 with another one.',
    ),
]
"""What the caller read. Whether it is needed, and current, is asked after the thing itself."""

IfNoneMatch = Annotated[
    str | None, Header(description="ETags that the caller has: 304 when one is current.")
]

CACHED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Not changed: the caller has the bytes of this ETag."}
}
"""What a route that takes `IfNoneMatch` says of it in the document."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=8,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same request is done once, for 48 hours.",
    ),
]


async def _once(
    request: HttpRequest, caller: Caller, idempotency_key: IdempotencyKey = None
) -> Request | None:
    if idempotency_key is None:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    body = await request.body()
    print_ = idempotency.fingerprint(request.method, request.url.path + query, body)
    return Request(caller.id, idempotency_key, print_)


Once = Annotated[Request | None, Depends(_once)]
"""What makes this request the same request; None without an Idempotency-Key."""


def check_tag(
    if_match: str | None,
    tag: str,
    yours: Mapping[str, Any] | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> None:
    """Raises Unconditional without a tag, Stale when it is not the current one (`v3`).

    With `yours`, Stale carries both contents: what was sent, and what stands there.
    """
    current = f'"{tag}"'
    if if_match is None:
        raise Unconditional(f"Send If-Match with the ETag that you read; it is now {current}.")
    if if_match.strip() == current:
        return
    both = {"yours": yours, "current": theirs} if yours is not None else {}
    raise Stale(
        f"You sent {if_match[:100] or 'an empty If-Match'}; the current version is {current}.",
        extra={"current_etag": current, **both},
    )


def replayed(session: Session, table: Table, request: Request | None) -> Answer | None:
    """The answer that was given before under this Idempotency-Key.

    Ask after the row is locked: a twin of the request that came first has stored it by then.
    """
    return idempotency.stored(session, table, request) if request else None


def answered(
    session: Session,
    table: Table,
    request: Request | None,
    body: Mapping[str, Any],
    tag: str,
    status: int = 200,
) -> Answer:
    """The answer of a step, kept in the service's table when it may be asked for again."""
    answer = Answer(status, json.dumps(body, ensure_ascii=False), tag)
    if request:
        idempotency.store(session, table, request, answer)
    return answer


def given(answer: Answer, model: type[BaseModel], location: str | None = None) -> Response:
    """The response of a step, for this caller alone; it says when it is a repetition."""
    headers = {"ETag": f'"{answer.etag}"', "Cache-Control": PRIVATE}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if location is not None:
        headers["Location"] = location
    body = model.model_validate_json(answer.body).model_dump_json()
    return Response(body, answer.status, headers, "application/json")
