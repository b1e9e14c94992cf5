"""The published versions of a practice."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response

from services.practices.catalogue import store
from services.practices.catalogue.schemas import PracticeOut, VersionItem, VersionList
from services.practices.catalogue.shown import PUBLIC, whole
from services.practices.record.parts import PracticeId
from services.practices.regions import KnownRegions
from shared.service import Db, router

routes = router(tags=["Practices"])


@routes.get(
    "/practices/{practice_id}/versions",
    response_model=VersionList,
    operation_id="list_practice_versions",
    summary="The published versions of a practice",
)
async def list_practice_versions(request: Request, practice_id: PracticeId, db: Db) -> Response:
    """When each was published, and why there is a new one. Each can be read and cited."""
    base: str = request.app.state.public_base
    rows = await db.read(store.history, practice_id)
    items = [
        VersionItem(**row, url=f"{base}/practices/{practice_id}/versions/{row['version']}")
        for row in rows
    ]
    body = VersionList(items=items).model_dump_json()
    return Response(body, media_type="application/json", headers={"Cache-Control": PUBLIC})


@routes.get(
    "/practices/{practice_id}/versions/{number}",
    response_model=PracticeOut,
    operation_id="get_practice_version",
    summary="A published version as it was",
)
async def get_practice_version(
    request: Request,
    practice_id: PracticeId,
    number: Annotated[int, Path(ge=1, le=1_000_000)],
    db: Db,
    regions: KnownRegions,
) -> Response:
    """A version never changes once it is published, so it can be cited."""
    record = await db.read(store.version, practice_id, number)
    body = whole(record, regions, request.app.state.site)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(body.model_dump_json(), media_type="application/json", headers=headers)
