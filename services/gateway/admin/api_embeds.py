"""Administration of embed keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response

from services.gateway import store_embeds
from services.gateway.admin.api import SECRET, administrator, private
from services.gateway.admin.schemas_embeds import (
    Day,
    EmbedKeyChange,
    EmbedKeyIn,
    EmbedKeyList,
    EmbedKeyOut,
    EmbedKeyUsage,
)
from services.gateway.embeds import Embeds
from shared.clock import now
from shared.service import Caller, Db, router

routes = router(tags=["Administration"])
_DAYS = timedelta(days=30)

KeyId = Annotated[
    str, Path(pattern="^prk_[A-Za-z0-9_-]{24}$", examples=["prk_00c0ffee00c0ffee00c0ffee"])
]


@routes.get(
    "/admin/embed-keys",
    response_model=EmbedKeyList,
    operation_id="list_embed_keys",
    summary="Embed keys",
)
async def list_embed_keys(request: Request, db: Db, caller: Caller) -> Response:
    """The keys with which partners' pages search, the newest first; revoked ones too."""
    administrator(caller)
    await _embeds(request).flush()
    found = await db.read(store_embeds.keys)
    used = await db.read(store_embeds.totals, (now() - _DAYS).date())
    page = EmbedKeyList(items=[EmbedKeyOut.of(key, used.get(key.id, (0, 0))) for key in found])
    return private(page.model_dump_json())


@routes.post(
    "/admin/embed-keys",
    response_model=EmbedKeyOut,
    status_code=201,
    operation_id="create_embed_key",
    summary="Make an embed key",
)
async def create_embed_key(request: Request, db: Db, caller: Caller, body: EmbedKeyIn) -> Response:
    """A key for a partner's pages. It may search, from these origins only, within its quota."""
    by = administrator(caller)
    key = await db.write(store_embeds.create, body.name, body.origins, body.per_minute, by)
    await _embeds(request).refresh()
    return private(EmbedKeyOut.of(key).model_dump_json(), 201)


@routes.patch(
    "/admin/embed-keys/{key_id}",
    response_model=EmbedKeyOut,
    operation_id="change_embed_key",
    summary="Change an embed key",
)
async def change_embed_key(
    request: Request, db: Db, caller: Caller, key_id: KeyId, body: EmbedKeyChange
) -> Response:
    """Another name, other origins, another quota. At once here, within five seconds elsewhere."""
    by = administrator(caller)
    key = await db.write(store_embeds.change, key_id, body.name, body.origins, body.per_minute, by)
    await _embeds(request).refresh()
    return private(EmbedKeyOut.of(key).model_dump_json())


@routes.post(
    "/admin/embed-keys/{key_id}/rotate",
    response_model=EmbedKeyOut,
    status_code=201,
    operation_id="rotate_embed_key",
    summary="Replace an embed key",
)
async def rotate_embed_key(request: Request, db: Db, caller: Caller, key_id: KeyId) -> Response:
    """A new key of the same origins and quota. The old one works for thirty days more."""
    by = administrator(caller)
    key = await db.write(store_embeds.rotate, key_id, by)
    await _embeds(request).refresh()
    return private(EmbedKeyOut.of(key).model_dump_json(), 201)


@routes.get(
    "/admin/embed-keys/{key_id}/usage",
    response_model=EmbedKeyUsage,
    operation_id="get_embed_key_usage",
    summary="How much an embed key is used",
)
async def get_embed_key_usage(request: Request, db: Db, caller: Caller, key_id: KeyId) -> Response:
    """Searches on each of the last thirty days, and those over the quota."""
    administrator(caller)
    await _embeds(request).flush()
    rows = await db.read(store_embeds.usage, key_id, (now() - _DAYS).date())
    days = [
        Day(day=row.day.isoformat(), requests=row.requests, refused=row.refused) for row in rows
    ]
    return private(EmbedKeyUsage(id=key_id, days=days).model_dump_json())


@routes.delete(
    "/admin/embed-keys/{key_id}",
    status_code=204,
    operation_id="revoke_embed_key",
    summary="Revoke an embed key",
)
async def revoke_embed_key(request: Request, db: Db, caller: Caller, key_id: KeyId) -> Response:
    """The key is refused: at once here, within five seconds elsewhere."""
    by = administrator(caller)
    await db.write(store_embeds.revoke, key_id, by)
    await _embeds(request).refresh()
    return Response(None, 204, SECRET)


def _embeds(request: Request) -> Embeds:
    return request.app.state.embeds
