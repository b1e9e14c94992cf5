"""Who may be asked to judge a practice; and, for the services, who somebody is now."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.gateway.people import accounts
from services.gateway.people.accounts import Evaluator
from services.gateway.people.regions import codes
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.problems import NotFound
from shared.service import Caller, Db, for_services_only, router

routes = router(tags=["Evaluation"])
internal = router(prefix="/internal", dependencies=[for_services_only], include_in_schema=False)

_PAGE = 1000
RegionNames = Annotated[
    list[Annotated[str, Query(pattern="^[A-Za-z0-9-]{1,80}$")]] | None,
    Query(
        description="The regions of a practice, by code or slug: `may_judge` is asked for these.",
        max_length=20,
    ),
]


class EvaluatorOut(BaseModel):
    """Somebody with the role of an evaluator."""

    id: str = Field(description="What `assign` takes.")
    display_name: str
    regions: list[str] = Field(description="The own regions, whose practices are not judged.")
    may_judge: bool
    reason: str | None = Field(description="Why not; null where nothing stands against it.")

    @classmethod
    def of(cls, one: Evaluator, regions: set[str]) -> EvaluatorOut:
        """The evaluator, for a practice of these regions."""
        reason = one.reason(regions)
        return cls(
            id=one.id,
            display_name=one.display_name,
            regions=sorted(one.regions),
            may_judge=reason is None,
            reason=reason,
        )


class EvaluatorList(BaseModel):
    """A page of evaluators, by name."""

    items: list[EvaluatorOut]
    next: str | None


class Asked(BaseModel):
    """Ids of people and clients."""

    ids: list[str] = Field(max_length=_PAGE)


@routes.get(
    "/evaluators",
    response_model=EvaluatorList,
    operation_id="list_evaluators",
    summary="Who may judge a practice",
)
async def list_evaluators(
    request: Request,
    db: Db,
    caller: Caller,
    region: RegionNames = None,
    limit: Limit = 200,
    cursor: CursorParam = None,
) -> Response:
    """The people who evaluate practices, by name, with their own regions. For publishers.

    With `region`, `may_judge` is false for those who come from one of these regions: nobody
    judges a practice of an own region. Who is disabled is not in the list.
    """
    caller.needs("practices:publish")
    names = await codes(request.app.state.regions, region or [], "/query/region", NotFound)
    regions = set(names.values())
    key: bytes = request.app.state.internal_key
    asked = f"evaluators {sorted(regions)}"
    after = str(read_cursor(cursor, asked, key)[0]) if cursor is not None else None
    found = await db.read(accounts.evaluators, after, limit + 1)
    more = len(found) > limit
    following = make_cursor([found[limit - 1].folded], asked, key) if more else None
    items = [EvaluatorOut.of(one, regions) for one in found[:limit]]
    body = EvaluatorList(items=items, next=following).model_dump_json()
    query = request.query_params.multi_items()
    link = next_link("/api/v1/evaluators", query, following)
    headers = {"Cache-Control": "no-store", **link}
    return Response(body, media_type="application/json", headers=headers)


@internal.post("/accounts")
async def known(request: Request, body: Asked) -> dict[str, object]:
    """Which of these have access now, and to what; the others are left out."""
    db = request.app.state.own.state.database
    return {"items": await db.read(accounts.known, body.ids)}
