"""Answers as files, in and out, and their scores before anything is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Query, Request, Response

from services.indicators.assessments import (
    desk,
    exports,
    imports,
    selfscores,
    store,
    store_imports,
)
from services.indicators.assessments.api import SeatAsked
from services.indicators.assessments.callers import (
    Answerer,
    Books,
    Visiting,
    private,
    private_bytes,
)
from services.indicators.assessments.imports import MEDIA, Format, Table
from services.indicators.assessments.schemas import Imported
from services.indicators.assessments.schemas_revisions import AssessmentScores
from services.indicators.assessments.store_imports import Bringing
from services.indicators.domain.assessment import WRITE
from services.indicators.editions.api import NAME, EditionId
from services.indicators.published.hall import In
from shared.conditional import CACHED, IfMatch, IfNoneMatch, Once, given
from shared.idempotency import Request as OnceOnly
from shared.problems import WrongMediaType
from shared.service import Db, router

routes = router(tags=["Questionnaires"])

_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_ANY: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["answers"],
        "properties": {"answers": {"type": "array", "items": {"type": "object"}}},
    }
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"CSV or XLSX with the columns `{imports.HEADER}` (the last three may be "
        "left out), or JSON `{answers: [{region, indicator, ...}]}`. One region, one sheet.",
        "content": {MEDIA["csv"]: _TEXT, MEDIA["xlsx"]: _BINARY, MEDIA["json"]: _ANY},
    }
}
FILES: dict[int | str, dict[str, Any]] = {
    **CACHED,
    200: {"content": {MEDIA["csv"]: _TEXT, MEDIA["xlsx"]: _BINARY, MEDIA["json"]: _ANY}},
}

DryRun = Annotated[
    bool, Query(description="Say what would happen, and every error; nothing is stored.")
]


@dataclass(frozen=True, slots=True)
class Sending:
    """A file that is sent; it is read after the caller was found to have the right to send it."""

    request: Request
    if_match: str | None
    dry_run: bool
    key: OnceOnly | None

    async def brought(self) -> Bringing:
        """What the file brings. WrongMediaType, or Invalid with what is wrong with the file."""
        return Bringing(await _table(self.request), self.if_match, self.dry_run)

    @property
    def only(self) -> OnceOnly | None:
        """What makes it the same request; a dry run changes nothing and may be repeated."""
        return None if self.dry_run else self.key


async def _sending(
    request: Request, only: Once, if_match: IfMatch = None, dry_run: DryRun = False
) -> Sending:
    return Sending(request, if_match, dry_run, only)


Sent = Annotated[Sending, Depends(_sending)]


async def _table(request: Request) -> Table:
    """The rows of the body. WrongMediaType when its format is not read here."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form: Format | None = next((form for form, media in MEDIA.items() if media == kind), None)
    if form is None:
        known = ", ".join(MEDIA.values())
        raise WrongMediaType(f"Send the answers with one of these as Content-Type: {known}.")
    content = await request.body()
    return await anyio.to_thread.run_sync(imports.read, content, form)


@routes.post(
    "/assessments/{assessment_id}/import",
    operation_id="import_answers",
    summary="Import answers from a file",
    response_model=Imported,
    openapi_extra=BODY,
)
async def import_answers(visit: Visiting, sent: Sent) -> Response:
    """Into your seat: every row, or none with all errors, each with code, row and column.

    Cells that the file does not name stay as they are. If-Match is the ETag of the answers; a
    dry run does not need it and gives the same report.
    """
    await visit.read(store.read)
    answer = await visit.write(store_imports.fill, await sent.brought(), sent.only)
    return given(answer, Imported)


@routes.post(
    "/editions/{edition}/import",
    operation_id="import_own_research",
    summary="Import a region's own research",
    response_model=Imported,
    openapi_extra=BODY,
)
async def import_own_research(
    edition: EditionId, books: Books, caller: Answerer, db: Db, sent: Sent
) -> Response:
    """Into the region's self-assessment for this edition, which is begun when there is none.

    It is private to the region; `to-edition` hands it in. The region is that of the rows.
    If-Match (the ETag of the answers) is needed once answers are there.
    """
    caller.needs(WRITE)
    await db.read(desk.edition_of, edition)
    brought = await sent.brought()
    answer = await db.write(store_imports.fill_self, books, edition, caller, brought, sent.only)
    return given(answer, Imported)


@routes.get(
    "/assessments/{assessment_id}/export",
    operation_id="export_answers",
    summary="Answers as a file",
    responses=FILES,
)
async def export_answers(
    visit: Visiting,
    if_none_match: IfNoneMatch = None,
    format: Annotated[Format, Query(description="csv, xlsx or json.")] = "csv",
    seat: SeatAsked = None,
) -> Response:
    """What was answered, in the order of the questionnaire; the import reads it back.

    Exported, imported and exported again, the bytes are the same. A text that a spreadsheet
    would take for a formula has an apostrophe before it, which the import takes away.
    """
    own = await visit.read(store_imports.own, seat)
    row = own.work.row
    content = await anyio.to_thread.run_sync(
        exports.write, format, own.work.methodology, row.region, own.entries
    )
    kind = f"{MEDIA[format]}; charset=utf-8; header=present" if format == "csv" else MEDIA[format]
    answer = private_bytes(content, kind, if_none_match)
    name = f"{row.edition}-{row.region}-{row.kind}.{format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@routes.get(
    "/assessments/{assessment_id}/scores",
    operation_id="read_own_scores",
    summary="What the answers score",
    response_model=AssessmentScores,
    responses=CACHED,
)
async def read_own_scores(
    visit: Visiting,
    hall: In,
    if_none_match: IfNoneMatch = None,
    compare: Annotated[
        str | None,
        Query(pattern=NAME, description="An edition to stand beside."),
    ] = None,
    seat: SeatAsked = None,
) -> Response:
    """The profile of a seat's answers, in the shape of an edition's profiles, at once.

    `compare` adds the same region's scores in an edition, and the lowest, the median and the
    highest of all its regions, dimension by dimension.
    """
    own = await visit.read(store_imports.own, seat)
    other = await hall.sheet(compare) if compare is not None else None
    whole = await anyio.to_thread.run_sync(selfscores.scored, own, visit.books, other)
    return private(whole, if_none_match)
