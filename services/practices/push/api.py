"""Pushing practices: one by its own name, many as a file, and the workbook to fill in."""

from __future__ import annotations

import hashlib
import tempfile
from typing import IO, Annotated, Any, Literal

import anyio
import anyio.to_thread
from fastapi import Depends, Header, Path, Query
from fastapi import Request as StrictRequest
from fastapi.responses import Response
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request

from services.practices.push import one, store, workbook
from services.practices.push.checked import WRITE, check
from services.practices.push.report import Atomic, ImportReport, Strategy, Tally
from services.practices.push.rows import MEDIA, Form
from services.practices.push.store import Import
from services.practices.record.practice import PracticeIn
from services.practices.regions import KnownRegions, Regions
from services.practices.template.texts import Language
from services.practices.workflow import standing
from services.practices.workflow.schemas import DraftOut
from shared import idempotency
from shared.actor import Actor
from shared.conditional import CACHED, PRIVATE, IdempotencyKey, IfNoneMatch, Once
from shared.db import Database
from shared.idempotency import Answer
from shared.problems import (
    InputError,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    WrongMediaType,
)
from shared.service import Caller, Db, router

routes = router(tags=["Submission"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEPT_IN_MEMORY = 1_000_000
# Files are read one at a time: it is work for a processor, and memory stays flat.
_ONE = anyio.CapacityLimiter(1)
_TRIES = 3

_ITEMS: dict[str, Any] = {"schema": {"type": "array", "items": {"type": "object"}}}
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "An array of practices, one JSON object a line, or a table whose header "
        "names columns. Each practice needs `external_id`.",
        "content": {
            "application/json": _ITEMS,
            "application/x-ndjson": _TEXT,
            "text/csv": _TEXT,
            XLSX: _BINARY,
        },
    }
}


async def writer(caller: Caller) -> Actor:
    """The caller, who needs a token to write."""
    caller.needs(WRITE)
    return caller


Writer = Annotated[Actor, Depends(writer)]
Code = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,80}$", description="Code or slug.")]
ExternalId = Annotated[
    str, Path(min_length=1, max_length=200, description="The region's own name for it.")
]


@routes.put(
    "/regions/{code}/practices/{external_id}",
    response_model=DraftOut,
    operation_id="push_practice",
    summary="Push one practice",
    responses={201: {"description": "It was not there before.", "model": DraftOut}},
)
async def push_practice(
    request: StrictRequest,
    code: Code,
    external_id: ExternalId,
    body: PracticeIn,
    caller: Writer,
    db: Db,
    regions: KnownRegions,
    only: Once,
    submit: Annotated[
        bool, Query(description="Also submit it: 422 and nothing stored while it is not complete.")
    ] = False,
    if_match: Annotated[
        str | None, Header(max_length=100, description="Only over this version: 412 otherwise.")
    ] = None,
    if_none_match: Annotated[
        Literal["*"] | None,
        Header(description="`*`: only when it is not there yet, 412 otherwise."),
    ] = None,
) -> Response:
    """Create or update the draft of the practice that the region calls by this name.

    The same body again changes nothing: same ETag, no new version. A practice that is being
    judged is not changed (409). The body's first region is the one of the path.
    """
    region = await _own(code, external_id, caller, db, regions)
    record = _record(body, region, external_id, regions)
    what = one.Put(region, external_id, record, if_none_match is not None, if_match, submit)
    answer = await _retried(db, one.put, what, caller, only)
    whole = await db.read(standing.complete, answer)
    return _shown(whole, answer)


@routes.get(
    "/regions/{code}/practices/{external_id}",
    response_model=DraftOut,
    operation_id="get_pushed_practice",
    summary="A practice by the region's own name for it",
)
async def get_pushed_practice(
    code: Code, external_id: ExternalId, caller: Writer, db: Db, regions: KnownRegions
) -> Response:
    """Where it stands, its content, what is missing and what may be done next."""
    region = await _own(code, external_id, caller, db, regions)
    body, tag = await db.read(one.read, region, external_id)
    return _shown(body, Answer(200, "", tag))


@routes.post(
    "/practices/import",
    response_model=ImportReport,
    operation_id="import_practices",
    summary="Push many practices",
    openapi_extra=_BODY,
)
async def import_practices(
    request: StrictRequest,
    caller: Writer,
    db: Db,
    regions: KnownRegions,
    dry_run: Annotated[
        bool, Query(description="Give the report of the real run; nothing is stored.")
    ] = False,
    atomic: Annotated[
        Atomic,
        Query(description="all: one bad row and nothing is stored (422). none: the good rows are."),
    ] = "all",
    strategy: Annotated[
        Strategy, Query(description="Whether practices may be new, must be there, or either.")
    ] = "create-and-update",
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Create and update the drafts of many practices in one transaction, with a report per row.

    A row is one practice, found again by its `external_id`; what it holds already is not
    written again. Errors name row, column, value and what is allowed. A file that cannot be
    read to its end is refused as a whole.
    """
    form = _form(request)
    limit: int = request.app.state.import_max_bytes
    with (
        tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY) as body,
        tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY) as good,
    ):
        digest = await _received(request, body, limit)
        only = None
        if idempotency_key is not None:
            what = f"{request.url.path}?{atomic}&{strategy}&{form}"
            print_ = idempotency.fingerprint("POST", what, digest)
            only = idempotency.Request(caller.id, idempotency_key, print_)
        tally = await _checked(body, form, regions, caller, good)
        job = Import(good, tally, strategy, atomic, caller, only)
        answer = await _done(db, job, dry_run)
    headers = {"Cache-Control": PRIVATE}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, 200, headers, "application/json")


@routes.get(
    "/practice-template.xlsx",
    operation_id="get_practice_workbook",
    summary="The form for practices as a workbook",
    responses={
        200: {"content": {XLSX: _BINARY}},
        **CACHED,
    },
    response_class=Response,
)
async def get_practice_workbook(
    lang: Annotated[Language, Query(description="The language of labels and help.")] = Language.en,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One row a practice, with drop-downs for closed lists and a sheet of help.

    Filled in, `POST /practices/import` reads it, in whichever of the languages.
    """
    made = await anyio.to_thread.run_sync(workbook.ready, lang)
    name = f"practices-{lang}.xlsx"
    headers = {
        "ETag": made.etag,
        "Cache-Control": "public, max-age=3600",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if if_none_match and made.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(made.content, 200, headers, XLSX)


async def _own(code: str, external_id: str, caller: Actor, db: Database, regions: Regions) -> str:
    """The region's code. NotFound, with an entry in the trail, when it is not the caller's."""
    region = regions.code(code, "/path/code")
    if not caller.speaks_for(region, WRITE):
        await db.write(one.refused, region, external_id, caller)
        raise NotFound(f"There is no practice {external_id!r} that your token may work on.")
    return region


def _record(body: PracticeIn, region: str, external_id: str, regions: Regions) -> dict[str, Any]:
    """The record to store. Invalid when the body speaks of another practice than the path."""
    codes = regions.check(body.regions)
    errors: list[InputError] = []
    if codes[0] != region:
        detail = "The first region must be the one of the path."
        errors.append(
            InputError("other_region", detail, "/regions/0", value=codes[0], allowed=[region])
        )
    if body.external_id not in (None, external_id):
        detail = "external_id must be the one of the path, or left out."
        errors.append(
            InputError(
                "other_external_id",
                detail,
                "/external_id",
                value=body.external_id,
                allowed=[external_id],
            )
        )
    if errors:
        raise Invalid("The body speaks of another practice than the path.", errors)
    return body.record() | {"regions": codes, "external_id": external_id}


def _form(request: StrictRequest) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in MEDIA:
        raise WrongMediaType(
            f"Send the practices with one of these as Content-Type: {', '.join(MEDIA)}."
        )
    return MEDIA[kind]


async def _received(request: StrictRequest, out: IO[bytes], limit: int) -> bytes:
    """Write the body to a file, piece by piece; its SHA-256. TooLarge beyond the limit."""
    # The request of our routes has the limit of all others, which is lower.
    source, digest, size = Request(request.scope, request.receive), hashlib.sha256(), 0
    async for piece in source.stream():
        size += len(piece)
        if size > limit:
            raise TooLarge(f"A file has at most {limit} bytes. Part it.")
        digest.update(piece)
        out.write(piece)
    out.seek(0)
    return digest.digest()


async def _checked(
    body: IO[bytes], form: Form, regions: Regions, caller: Actor, good: IO[bytes]
) -> Tally:
    return await anyio.to_thread.run_sync(check, body, form, regions, caller, good, limiter=_ONE)


async def _done(db: Database, job: Import, dry_run: bool) -> Answer:
    # When one bad row forbids all, there is nothing to write and nobody need wait for us.
    if dry_run or (job.found.failed and job.atomic == "all"):
        return await db.read_long(store.plan, job, dry_run=dry_run)
    return await _retried(db, store.bring, job)


async def _retried(db: Database, work: Any, *args: Any) -> Answer:  # noqa: ANN401 - passed on
    """The work's answer. Somebody who made the same practice meanwhile makes us look again."""
    tries = 0
    while True:
        try:
            return await db.write(work, *args)
        except IntegrityError as twin:
            tries += 1
            if tries == _TRIES:
                raise Unavailable(
                    "Somebody else is writing the same practices. Nothing was changed; try again.",
                    headers={"Retry-After": "2"},
                ) from twin


def _shown(body: dict[str, Any], answer: Answer) -> Response:
    headers = {"ETag": f'"{answer.etag}"', "Cache-Control": PRIVATE}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    text = DraftOut.model_validate(body).model_dump_json()
    return Response(text, answer.status, headers, "application/json")
