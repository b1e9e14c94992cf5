"""Editions that take answers of regions, and the frozen states of every edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response

from services.indicators.assessments import store_revisions
from services.indicators.assessments.callers import Answerer, Books
from services.indicators.assessments.schemas_revisions import (
    EditionIn,
    EditionMade,
    RevisionAnswers,
    RevisionChanges,
    RevisionList,
)
from services.indicators.domain.faults import pointer
from services.indicators.domain.questionnaire import Source, cells, source_line
from services.indicators.editions.api import NAME, EditionId
from services.indicators.published import exports
from services.indicators.published.exports import CSV_CONTENT
from services.indicators.published.hall import In, body
from services.indicators.published.holdings import Holdings
from shared.conditional import CACHED, Once, given
from shared.problems import InputError, NotFound
from shared.service import Db, router
from shared.shelf import Body

routes = router(tags=["MIPEX-R"])

# A revision never changes, so whoever has it may keep it.
FOREVER = "public, max-age=31536000, immutable"
Number = Annotated[int, Path(ge=1, le=10_000)]

_LINKS: dict[str, Any] = {
    "readEdition": {
        "operationId": "read_edition",
        "parameters": {"edition": "$response.body#/id"},
    }
}


@routes.post(
    "/editions",
    operation_id="create_edition",
    summary="Open an edition",
    status_code=201,
    response_model=EditionMade,
    responses={201: {"links": _LINKS}},
)
async def create_edition(
    request: Request, body: EditionIn, hall: In, books: Books, caller: Answerer, db: Db, only: Once
) -> Response:
    """An edition of kind `answers`, which regions answer for. Needs `indicators:review`.

    Its first revision is empty; each region that is published makes the next one.
    """
    versions = {f"{one.methodology.id} {one.methodology.version}" for one in books.methodologies}
    wanted = f"{body.methodology} {body.methodology_version}"
    if wanted not in versions:
        detail = f"There is no methodology {wanted}."
        where = pointer("methodology")
        wrong = InputError("unknown_methodology", detail, where, None, None, wanted, [*versions])
        raise NotFound(detail, [wrong])
    answer = await db.write(store_revisions.open_edition, books, body.record(), caller, only)
    hall.shelf.look_now()
    return given(answer, EditionMade, f"{request.app.state.public_base}/editions/{body.id}")


@routes.get(
    "/editions/{edition}/revisions",
    operation_id="list_revisions",
    summary="The frozen states of an edition",
    response_model=RevisionList,
    responses=CACHED,
)
async def list_revisions(hall: In, edition: EditionId, db: Db) -> Response:
    """When each was published, whose answers it put in, and why."""

    async def make() -> Body:
        items = await db.read_long(store_revisions.revisions, edition)
        return body(RevisionList.model_validate({"items": items}))

    return await hall.answer(("revisions", edition), make)


@routes.get(
    "/editions/{edition}/revisions/{number}",
    operation_id="read_revision",
    summary="What a revision changed",
    response_model=RevisionChanges,
    responses=CACHED,
)
async def read_revision(hall: In, edition: EditionId, number: Number, db: Db) -> Response:
    """The reason, and every cell that differs from the revision before; made by comparing both."""

    async def make() -> Body:
        found = await db.read_long(store_revisions.revision, edition, number)
        return body(RevisionChanges.model_validate(found))

    return _for_ever(await hall.answer(("revision", edition, number), make))


@routes.get(
    "/editions/{edition}/revisions/{number}/answers",
    operation_id="read_revision_answers",
    summary="The answers of a revision",
    response_model=RevisionAnswers,
    responses={**CACHED, 200: {"content": CSV_CONTENT}},
)
async def read_revision_answers(
    hall: In,
    edition: EditionId,
    number: Number,
    db: Db,
    region: Annotated[str | None, Query(pattern=NAME, description="Code or slug.")] = None,
    format: Annotated[Literal["json", "csv"], Query()] = "json",
) -> Response:
    """Every answer with its evidence, sources and comment, as it was published.

    Empty for a published edition: nothing behind its scores is public.
    """

    async def make() -> Body:
        holdings = await hall.holdings()
        code = holdings.region(region).code if region is not None else None
        await db.read_long(store_revisions.revision, edition, number)
        rows = await db.read_long(store_revisions.answers_of, edition, number, code)
        record = holdings.edition(edition).record
        ordered = _ordered(rows, holdings, edition)
        if format == "csv":
            return _csv(ordered, f"{edition}-r{number}-answers", record.licence, record.notice)
        facts = {"edition": edition, "revision": number, "licence": record.licence}
        return body(RevisionAnswers.model_validate({**facts, "items": ordered}))

    return _for_ever(await hall.answer(("answers", edition, number, region, format), make))


def _for_ever(answer: Response) -> Response:
    answer.headers["Cache-Control"] = FOREVER
    return answer


def _ordered(rows: list[dict[str, Any]], holdings: Holdings, edition: str) -> list[dict[str, Any]]:
    record = holdings.edition(edition).record
    if record.methodology is None:
        return rows
    kept = holdings.methodology(record.methodology, record.methodology_version)
    place = {cell: number for number, cell in enumerate(cells(kept.methodology))}
    return sorted(rows, key=lambda one: (one["region"], place[one["indicator"], one["group"]]))  # pyright: ignore[reportArgumentType]


COLUMNS = (
    "region", "indicator", "group", "state", "option", "evidence", "sources", "comment",
    "licence", "notice",
)  # fmt: skip


def _csv(rows: list[dict[str, Any]], name: str, licence: str, notice: str) -> Body:
    def cell(row: Mapping[str, Any], column: str) -> str | None:
        if column == "sources":
            return "\n".join(source_line(Source(**one)) for one in row["sources"]) or None
        return row[column]

    own = {"licence": licence, "notice": notice}
    cells_ = ([cell({**row, **own}, column) for column in COLUMNS] for row in rows)
    return exports.table(name, COLUMNS, cells_)
