"""The published versions of a practice."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from services.practices import catalogue
from services.practices.api import PUBLIC
from services.practices.api_work import PracticeId
from services.practices.schemas_work import VersionItem, VersionList
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
    rows = await db.read(catalogue.history, practice_id)
    items = [
        VersionItem(**row, url=f"{base}/practices/{practice_id}/versions/{row['version']}")
        for row in rows
    ]
    body = VersionList(items=items).model_dump_json()
    return Response(body, media_type="application/json", headers={"Cache-Control": PUBLIC})
