"""Scores that never change: those of a revision."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response

from services.indicators.editions import frozen
from services.indicators.editions.api import EditionId
from services.indicators.editions.schemas import FrozenScores
from services.indicators.published.hall import In, body
from shared.conditional import CACHED
from shared.service import router
from shared.shelf import Body

routes = router(tags=["MIPEX-R"])

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@routes.get(
    "/editions/{edition}/revisions/{number}/scores",
    operation_id="read_frozen_scores",
    summary="The scores of one revision",
    response_model=FrozenScores,
    responses=CACHED,
)
async def read_frozen_scores(
    hall: In, edition: EditionId, number: Annotated[int, Path(ge=1, le=10_000)]
) -> Response:
    """Every score of a frozen revision, to be cited: caches may keep it for ever.

    A correction is a new revision; this one stays as it was.
    """

    async def make() -> Body:
        read = frozen.reader(await hall.holdings(), edition, number)
        return body(await hall.shelf.database.read_long(read), FOREVER)

    return await hall.answer(("frozen", edition, number), make)
