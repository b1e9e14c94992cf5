"""Methodologies, editions, scores, profiles."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import Path, Query, Response
from pydantic import StringConstraints
from pydantic_core import to_json

from services.indicators.domain.instrument import ALL
from services.indicators.editions import cube, profiles
from services.indicators.editions.schemas import (
    EditionList,
    EditionOut,
    MethodologyItem,
    MethodologyList,
    MethodologyOut,
    Profile,
    ScoreCube,
    ScoreList,
)
from services.indicators.published import exports, names, notes
from services.indicators.published.exports import SCORE_CONTENT, Accept, ScoreFormat
from services.indicators.published.hall import In, body
from services.indicators.published.holdings import Holdings, chosen, existing, groups
from services.indicators.published.paging import Listing
from services.indicators.published.records import Country
from services.indicators.published.sheets import PROVENANCE, Keep, Row, Sheet
from services.indicators.published.store import KeptEdition, KeptMethodology
from shared.conditional import CACHED
from shared.problems import NotFound
from shared.service import Db, router
from shared.shelf import Body

routes = router(tags=["MIPEX-R"])

Id = Annotated[str, Path(min_length=1, max_length=80)]
EditionId = Annotated[
    str, Path(min_length=1, max_length=80, description="Id of an edition; see /editions.")
]
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
Regions = Annotated[
    list[Annotated[str, StringConstraints(pattern=NAME)]] | None,
    Query(description="Codes or slugs."),
]
Countries = Annotated[list[Country] | None, Query(description="Country codes, such as `ES`.")]
Axes = Annotated[list[str] | None, names.listed(names.axes(), "Axes.")]
Dimensions = Annotated[list[str] | None, names.listed(names.dimensions(), "Dimensions.")]
Groups = Annotated[list[str] | None, names.listed(names.groups(), "Target groups.")]


@routes.get(
    "/methodologies",
    operation_id="list_methodologies",
    summary="Questionnaires with their scoring rules",
    response_model=MethodologyList,
    responses=CACHED,
)
async def list_methodologies(listing: Listing) -> Response:
    """Every version of every methodology."""

    async def make() -> Body:
        kept = (await listing.hall.holdings()).methodologies
        page = listing.page(kept, _version)
        items = [_methodology_item(one) for one in page.items]
        return body(MethodologyList(items=items, next=page.next), page.headers)

    return await listing.answer("methodologies", make)


@routes.get(
    "/methodologies/{methodology}",
    operation_id="read_methodology",
    summary="One methodology in full",
    response_model=MethodologyOut,
    responses=CACHED,
)
async def read_methodology(
    hall: In,
    methodology: Id,
    version: Annotated[
        str | None,
        Query(pattern=NAME, description="The newest unless one is named."),
    ] = None,
) -> Response:
    """Questions, options with values, axes, weights, rules and bands, and how to answer."""

    async def make() -> Body:
        holdings = await hall.holdings()
        of_this_id = [
            one.methodology.version
            for one in holdings.methodologies
            if one.methodology.id == methodology
        ]
        holdings.methodology(methodology)
        if version is not None:
            existing([version], of_this_id, "version")
        kept = holdings.methodology(methodology, version)
        whole = {**kept.document, "hash": kept.content_hash, "versions": of_this_id}
        return body(MethodologyOut.model_validate(whole))

    return await hall.answer(("methodology", methodology, version), make)


@routes.get(
    "/editions",
    operation_id="list_editions",
    summary="Editions: who was scored, when, from what",
    response_model=EditionList,
    responses=CACHED,
)
async def list_editions(listing: Listing) -> Response:
    """Published, computed and demonstration editions."""

    async def make() -> Body:
        kept = list((await listing.hall.holdings()).editions.values())
        page = listing.page(kept, _edition_id)
        items = [_edition(one) for one in page.items]
        return body(EditionList(items=items, next=page.next), page.headers)

    return await listing.answer("editions", make)


@routes.get(
    "/editions/{edition}",
    operation_id="read_edition",
    summary="One edition",
    response_model=EditionOut,
    responses=CACHED,
)
async def read_edition(hall: In, edition: EditionId) -> Response:
    """Kind, revision, methodology, regions, licence, and the hash of what it holds."""

    async def make() -> Body:
        return body(_edition((await hall.holdings()).edition(edition)))

    return await hall.answer(("edition", edition), make)


@routes.get(
    "/editions/{edition}/scores",
    operation_id="read_scores",
    summary="Scores: every region by every dimension",
    response_model=ScoreList | ScoreCube,
    responses={**CACHED, 200: {"content": SCORE_CONTENT}},
)
async def read_scores(
    listing: Listing,
    edition: EditionId,
    region: Regions = None,
    axis: Axes = None,
    dimension: Dimensions = None,
    group: Groups = None,
    country: Countries = None,
    accept: Accept = None,
    format: Annotated[
        ScoreFormat | None, Query(description="json unless given, or what Accept prefers.")
    ] = None,
) -> Response:
    """All scores at once unless `limit` is given. A filter given several times means any of them.

    `group` is the target group of the answers that were scored: `ALL`, `TCN`, `BIP`. The axis
    `group` compares the groups over all questions. Published editions hold what was published:
    no coverage, no ranks, no answers. `format=json-stat` gives a JSON-stat 2.0 dataset.
    """
    form = format or exports.preferred_sheet(accept)

    async def make() -> Body:
        sheet = await listing.hall.sheet(edition)
        holdings = await listing.hall.holdings()
        keep = _keep(holdings, sheet, region, axis, dimension, group, country)
        if form == "json" and listing.limit is None and listing.cursor is None:
            content = await anyio.to_thread.run_sync(lambda: _whole(sheet, keep))
            return Body(content, headers={"Vary": "Accept"})
        rows = await anyio.to_thread.run_sync(lambda: list(sheet.rows(keep)))
        page = listing.page(rows, _row_name)
        if form in ("csv", "xlsx"):
            write = exports.table if form == "csv" else exports.workbook
            file = partial(_file, sheet, holdings, page.items, write)
            made = await anyio.to_thread.run_sync(file)
            return Body(made.content, made.media_type, {**made.headers, **page.headers})
        # The fields of a ScoreList; 65,000 rows are not modelled one by one.
        heading = profiles.heading(sheet)
        whole = {**heading, "items": page.items, "next": page.next}
        if form == "json-stat":
            named = {code: one.name for code, one in holdings.regions.items()}
            whole = cube.dataset(heading, sheet.edition.record.title, named, page.items)
        content = await anyio.to_thread.run_sync(to_json, whole)
        return Body(content, headers={**page.headers, "Vary": "Accept"})

    return await listing.answer(("scores", form), make)


@routes.get(
    "/editions/{edition}/regions/{code}",
    operation_id="read_profile",
    summary="One region in one edition",
    response_model=Profile,
    responses=CACHED,
)
async def read_profile(
    hall: In,
    db: Db,
    edition: EditionId,
    code: Annotated[str, Path(min_length=1, max_length=80, description="Code or slug.")],
) -> Response:
    """Scores, what the overall score is made of, and the answers behind it.

    `contributions` add up to the overall score exactly, by indicator and by dimension. Each
    answer comes with its evidence, sources and comment, where they were published with it.
    """

    async def make() -> Body:
        sheet = await hall.sheet(edition)
        holdings = await hall.holdings()
        region = holdings.region(code)
        if region.code not in sheet.edition.regions:
            known = ", ".join(sheet.edition.regions)
            raise NotFound(
                f"{region.name} ({region.code}) is not in {edition}; there are: {known}."
            )
        record = sheet.edition.record
        document = None
        if record.methodology is not None:
            kept = holdings.methodology(record.methodology, record.methodology_version)
            document = kept.document
        place = (edition, sheet.edition.revision, region.code)
        behind = await db.read_long(notes.of, *place)
        return body(profiles.profile(sheet, region, document, behind))

    return await hall.answer(("profile", edition, code), make)


def _whole(sheet: Sheet, keep: Keep) -> bytes:
    """A ScoreList with every row, written row by row: 65,000 of them are 60 MB as plain data."""
    out = io.BytesIO()
    out.write(to_json(profiles.heading(sheet))[:-1] + b',"items":[')
    for number, row in enumerate(sheet.rows(keep)):
        out.write(b"," + to_json(row) if number else to_json(row))
    out.write(b'],"next":null}')
    return out.getvalue()


def _keep(
    holdings: Holdings,
    sheet: Sheet,
    region: list[str] | None,
    axis: list[str] | None,
    dimension: list[str] | None,
    group: list[str] | None,
    country: list[str] | None,
) -> Keep:
    """The filters of a query. Invalid for a value that the edition cannot know."""
    regions = holdings.region_codes(region) if region else None
    if country:
        countries = holdings.countries(country)
        inside = {one.code for one in holdings.region_list if one.country_code in countries}
        regions = inside if regions is None else regions & inside
    axes = list(dict.fromkeys(one for one, _ in sheet.names))
    dimensions = [one for _, one in sheet.names]
    known = groups(sheet.methodology) if sheet.methodology else [ALL, "TCN", "BIP"]
    return Keep(
        regions,
        chosen(axis, axes, "axis") if axis else None,
        chosen(dimension, dimensions, "dimension") if dimension else None,
        chosen(group, known, "group") if group else None,
    )


SCORE_COLUMNS = (
    "region", "region_name", "axis", "dimension", "name", "group", "score", "coverage", "n_scored",
    "n_eligible", "share_not_applicable", "share_not_competent", "state", "band", "rank",
    "n_ranked", "tie_size", "percentile", "provenance", "edition", "revision", "methodology",
    "licence", "source", "notice", "score_id",
)  # fmt: skip


def _file(
    sheet: Sheet,
    holdings: Holdings,
    rows: Sequence[Row],
    write: Callable[[str, Sequence[str], Iterable[Sequence[exports.Cell]]], Body],
) -> Body:
    record, revision = sheet.edition.record, sheet.edition.revision
    methodology = f"{record.methodology} {record.methodology_version}" if record.methodology else ""
    own = {
        "edition": record.id,
        "revision": revision,
        "methodology": methodology,
        "licence": record.licence,
        "notice": record.notice,
        "score_id": sheet.score_id,
    }
    cells = (
        {
            **row,
            **own,
            "region_name": holdings.regions[row["region"]].name,
            "band": row["band"]["code"] if row["band"] else None,
            "source": row["source"] or record.source,
        }
        for row in rows
    )
    ordered = ([row[name] for name in SCORE_COLUMNS] for row in cells)
    return write(f"{record.id}-r{revision}-scores", SCORE_COLUMNS, ordered)


def _methodology_item(kept: KeptMethodology) -> MethodologyItem:
    one = kept.methodology
    return MethodologyItem(
        id=one.id,
        version=one.version,
        title=one.title,
        notice=one.notice,
        language=one.language,
        licence=one.licence,
        source=one.source,
        date=one.date,
        hash=kept.content_hash,
        n_indicators=len(one.indicators),
    )


def _edition(kept: KeptEdition) -> EditionOut:
    facts = kept.record.model_dump(exclude={"revision"})
    return EditionOut.model_validate(
        {
            **facts,
            "revision": kept.revision,
            "state": "published",
            "provenance": PROVENANCE[kept.record.kind],
            "answers_hash": kept.content_hash,
            "regions": kept.regions,
        }
    )


def _version(kept: KeptMethodology) -> str:
    return f"{kept.methodology.id} {kept.methodology.version}"


def _edition_id(kept: KeptEdition) -> str:
    return kept.record.id


def _row_name(row: Row) -> str:
    return " ".join(row[name] for name in ("region", "axis", "dimension", "group"))
