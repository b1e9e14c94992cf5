"""Practices for feed readers and reference managers."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Header, Query, Request
from fastapi.responses import Response

from services.practices.catalogue import atom, store
from services.practices.catalogue.shown import cited
from services.practices.domain import citation
from services.practices.record.parts import PracticeId
from services.practices.regions import KnownRegions
from shared.conditional import IfNoneMatch
from shared.pages import CursorParam, make_cursor, next_link, read_cursor
from shared.service import Db, router

routes = router(tags=["Practices"])

CitationFormat = Literal["text", "bibtex", "csl-json"]
_MEDIA: dict[CitationFormat, str] = {
    "text": "text/plain; charset=utf-8",
    "bibtex": "application/x-bibtex; charset=utf-8",
    "csl-json": "application/vnd.citationstyles.csl+json",
}


@routes.get(
    "/practices/feed.atom",
    operation_id="get_practices_feed",
    summary="New and changed practices (Atom)",
    response_class=Response,
    responses={
        200: {"content": {atom.MEDIA: {"schema": {"type": "string"}}}},
        304: {"description": "Nothing changed since."},
    },
)
async def get_practices_feed(
    request: Request,
    db: Db,
    regions: KnownRegions,
    limit: Annotated[int, Query(ge=1, le=200, description="Entries of a page.")] = 50,
    cursor: CursorParam = None,
    if_none_match: IfNoneMatch = None,
    if_modified_since: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """For feed readers (RFC 4287): the practices that changed last come first.

    A practice has one entry, whose id stays the same; it moves to the top when a new version
    is published. `rel=next` leads to older ones.
    """
    key: bytes = request.app.state.internal_key
    after = read_cursor(cursor, "feed.atom", key) if cursor else None
    found = await db.read_long(atom.page, after, limit)
    path = f"{request.app.state.public_base}/practices/feed.atom"
    base = request.app.state.site + path
    query = list(request.query_params.multi_items())
    own = base + (f"?{urlencode(query)}" if query else "")
    following = make_cursor(found.last, "feed.atom", key) if found.last else None
    rest = [(name, value) for name, value in query if name != "cursor"]
    to_next = f"{base}?{urlencode([*rest, ('cursor', following)])}" if following else None
    body = atom.document(found, regions, request.app.state.site, own, to_next)
    headers = {
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Cache-Control": "public, max-age=60",
        **next_link(path, query, following),
    }
    if found.records:
        changed = datetime.fromisoformat(found.records[0]["updated_at"])
        headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        if if_none_match is None and _is_since(if_modified_since, changed):
            return Response(status_code=304, headers=headers)
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{atom.MEDIA}; charset=utf-8", headers=headers)


def _is_since(given: str | None, changed: datetime) -> bool:
    try:
        since = parsedate_to_datetime(given or "")
    except ValueError:
        # RFC 9110: a date that cannot be read is as if it were not there.
        return False
    return changed <= (since if since.tzinfo else since.replace(tzinfo=UTC))


@routes.get(
    "/practices/{practice_id}/citation",
    operation_id="get_practice_citation",
    summary="How to cite it",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/plain": {"schema": {"type": "string"}},
                "application/x-bibtex": {"schema": {"type": "string"}},
                "application/vnd.citationstyles.csl+json": {"schema": {"type": "array"}},
            }
        }
    },
)
async def get_practice_citation(
    request: Request,
    practice_id: PracticeId,
    db: Db,
    regions: KnownRegions,
    format: Annotated[CitationFormat, Query(description="The form of the citation.")] = "text",
    version: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Without it: the current version.")
    ] = None,
) -> Response:
    """A version never changes, so what is cited is what will be found.

    text: a sentence. bibtex: an entry in UTF-8, safe for LaTeX. csl-json: for reference managers.
    """
    if version is None:
        record = await db.read(store.one, practice_id)
    else:
        record = await db.read(store.version, practice_id, version)
    named = cited(record, regions, request.app.state.site)
    match format:
        case "text":
            body = citation.as_text(named) + "\n"
        case "bibtex":
            body = citation.as_bibtex(named)
        case "csl-json":
            body = json.dumps(citation.as_csl(named), ensure_ascii=False)
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(body, media_type=_MEDIA[format], headers=headers)
