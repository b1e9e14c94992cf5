"""The routes of webhooks. Each belongs to the client that made it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.practices.webhooks import endpoints, schemas
from services.practices.webhooks.schemas import (
    DeliveryList,
    DeliveryOut,
    EndpointChange,
    EndpointIn,
    EndpointList,
    EndpointOut,
    EndpointWithSecret,
)
from shared.actor import Actor
from shared.pages import CursorParam, Limit, make_cursor, next_link, read_cursor
from shared.problems import InputError, Invalid
from shared.service import Caller, Db, router

routes = router(tags=["Webhooks"])

EndpointId = Annotated[str, Path(min_length=1, max_length=64)]
DeliveryId = Annotated[str, Path(min_length=1, max_length=64)]

_LINKS: dict[str, Any] = {
    "readWebhook": {
        "operationId": "get_webhook",
        "parameters": {"endpoint_id": "$response.body#/id"},
    },
    "removeWebhook": {
        "operationId": "delete_webhook",
        "parameters": {"endpoint_id": "$response.body#/id"},
    },
}


async def owner(caller: Caller) -> Actor:
    """The caller, who needs a token that writes."""
    caller.needs(*endpoints.SCOPES)
    return caller


async def local_allowed(request: Request) -> bool:
    """Whether addresses of this machine are taken (development)."""
    return request.app.state.webhooks_local


Owner = Annotated[Actor, Depends(owner)]
Local = Annotated[bool, Depends(local_allowed)]


@routes.post(
    "/webhooks",
    status_code=201,
    response_model=EndpointWithSecret,
    operation_id="create_webhook",
    summary="Be told what happens",
    responses={201: {"links": _LINKS}},
)
async def create_webhook(
    request: Request, body: EndpointIn, caller: Owner, db: Db, local: Local
) -> Response:
    """Events are sent to the address from now on. The secret in the answer is shown this once.

    `practice.state_changed`, `practice.changes_requested` and `practice.reminder_due` come for
    the regions that the caller speaks for; the other events for every public practice.
    """
    made = await db.write(
        endpoints.register, body.url, list(body.events), body.description, caller, local=local
    )
    place = f"{request.app.state.public_base}/webhooks/{made.id}"
    return _private(schemas.shown_with_secret(made), 201, {"Location": place})


@routes.get(
    "/webhooks",
    response_model=EndpointList,
    operation_id="list_webhooks",
    summary="Your webhooks",
)
async def list_webhooks(caller: Owner, db: Db) -> Response:
    """All webhooks that this caller made, the oldest first."""
    found = await db.read(endpoints.mine, caller)
    return _private(EndpointList(items=[schemas.shown(one) for one in found]))


@routes.get(
    "/webhooks/{endpoint_id}",
    response_model=EndpointOut,
    operation_id="get_webhook",
    summary="One webhook",
)
async def get_webhook(endpoint_id: EndpointId, caller: Owner, db: Db) -> Response:
    """Whether it works, since when it fails, why it was disabled."""
    return _private(schemas.shown(await db.read(endpoints.one, endpoint_id, caller)))


@routes.patch(
    "/webhooks/{endpoint_id}",
    response_model=EndpointOut,
    operation_id="change_webhook",
    summary="Change a webhook",
)
async def change_webhook(
    endpoint_id: EndpointId, body: EndpointChange, caller: Owner, db: Db, local: Local
) -> Response:
    """What is not named stays as it is. `{"state": "active"}` sends what waited meanwhile."""
    changed = body.model_dump(exclude_unset=True)
    empty = [name for name, value in changed.items() if value is None]
    if empty or not changed:
        wrong = [InputError("null_value", "Leave it out to keep it.", f"/{name}") for name in empty]
        raise Invalid("Name what is to be changed: url, events, description or state.", wrong)
    found = await db.write(endpoints.change, endpoint_id, changed, caller, local=local)
    return _private(schemas.shown(found))


@routes.delete(
    "/webhooks/{endpoint_id}",
    status_code=204,
    operation_id="delete_webhook",
    summary="Remove a webhook",
)
async def delete_webhook(endpoint_id: EndpointId, caller: Owner, db: Db) -> Response:
    """Nothing is sent any more; its delivery log is forgotten too."""
    await db.write(endpoints.remove, endpoint_id, caller)
    return Response(status_code=204)


@routes.post(
    "/webhooks/{endpoint_id}/secret",
    response_model=EndpointWithSecret,
    operation_id="rotate_webhook_secret",
    summary="A new secret",
)
async def rotate_webhook_secret(endpoint_id: EndpointId, caller: Owner, db: Db) -> Response:
    """For 24 hours the old secret signs too: `webhook-signature` then holds two signatures."""
    found = await db.write(endpoints.rotate, endpoint_id, caller)
    return _private(schemas.shown_with_secret(found))


@routes.post(
    "/webhooks/{endpoint_id}/test",
    status_code=202,
    response_model=DeliveryOut,
    operation_id="test_webhook",
    summary="Send a test event",
)
async def test_webhook(endpoint_id: EndpointId, caller: Owner, db: Db) -> Response:
    """A `webhook.test` event is queued. What became of it stands in the delivery log."""
    queued = await db.write(endpoints.test, endpoint_id, caller)
    return _private(schemas.shown_delivery(queued, []), 202)


@routes.get(
    "/webhooks/{endpoint_id}/deliveries",
    response_model=DeliveryList,
    operation_id="list_webhook_deliveries",
    summary="The delivery log",
)
async def list_webhook_deliveries(
    request: Request,
    endpoint_id: EndpointId,
    caller: Owner,
    db: Db,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Response:
    """Every delivery with each try, the newest first."""
    key: bytes = request.app.state.internal_key
    before = read_cursor(cursor, endpoint_id, key)[0] if cursor else None
    rows, last = await db.read_long(endpoints.deliveries, endpoint_id, caller, before, limit)
    following = make_cursor([last], endpoint_id, key) if last is not None else None
    path = f"{request.app.state.public_base}/webhooks/{endpoint_id}/deliveries"
    link = next_link(path, list(request.query_params.multi_items()), following)
    items = [schemas.shown_delivery(*row) for row in rows]
    return _private(DeliveryList(items=items, next=following), 200, link)


@routes.get(
    "/webhooks/{endpoint_id}/deliveries/{delivery_id}",
    response_model=DeliveryOut,
    operation_id="get_webhook_delivery",
    summary="One delivery",
)
async def get_webhook_delivery(
    endpoint_id: EndpointId, delivery_id: DeliveryId, caller: Owner, db: Db
) -> Response:
    """What was sent and what the receiver answered, try by try."""
    found = await db.read(endpoints.delivery, endpoint_id, delivery_id, caller)
    return _private(schemas.shown_delivery(*found))


@routes.post(
    "/webhooks/{endpoint_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    response_model=DeliveryOut,
    operation_id="redeliver_webhook",
    summary="Send it again",
)
async def redeliver_webhook(
    endpoint_id: EndpointId, delivery_id: DeliveryId, caller: Owner, db: Db
) -> Response:
    """The same event with the same id, so a receiver that has it already can tell."""
    await db.write(endpoints.redeliver, endpoint_id, delivery_id, caller)
    found = await db.read(endpoints.delivery, endpoint_id, delivery_id, caller)
    return _private(schemas.shown_delivery(*found), 202)


def _private(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        body.model_dump_json(),
        status,
        media_type="application/json",
        headers={"Cache-Control": "private, no-store", **(headers or {})},
    )
