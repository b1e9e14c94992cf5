"""What routes ask of a caller who writes, and how private answers are given."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json

from services.indicators.domain.assessment import REVIEW, WRITE
from services.indicators.published.hall import Hall
from services.indicators.published.holdings import Holdings
from services.indicators.published.shelf import has
from shared import idempotency
from shared.actor import Actor
from shared.idempotency import Answer
from shared.service import Caller

PRIVATE = "private, no-store"


async def _answerer(caller: Caller) -> Actor:
    caller.needs(WRITE, REVIEW)
    return caller


Answerer = Annotated[Actor, Depends(_answerer)]
"""A caller with a token for questionnaires; 401 or 403 otherwise."""


async def _books(request: Request) -> Holdings:
    return await Hall(request.app.state.shelf).holdings()


Books = Annotated[Holdings, Depends(_books)]
"""Regions, methodologies and editions."""


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


async def _once(
    request: Request,
    caller: Answerer,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=8,
            max_length=128,
            pattern=r"^[\x21-\x7e]+$",
            description="The same key with the same request is done once, for 48 hours.",
        ),
    ] = None,
) -> idempotency.Request | None:
    if idempotency_key is None:
        return None
    address = f"{request.url.path}?{request.url.query}"
    print_ = idempotency.fingerprint(request.method, address, await request.body())
    return idempotency.Request(caller.id, idempotency_key, print_)


Once = Annotated[idempotency.Request | None, Depends(_once)]
"""What makes this request the same request; None without an Idempotency-Key."""


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


def given(answer: Answer, model: type[BaseModel], location: str | None = None) -> Response:
    """The answer of a step, said to be a repetition when it is one."""
    headers = {"ETag": f'"{answer.etag}"', "Cache-Control": PRIVATE}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if location is not None:
        headers["Location"] = location
    body = to_json(model.model_validate_json(answer.body))
    return Response(body, answer.status, headers, "application/json")
