"""A gateway without a database waits for it, and takes nobody's word meanwhile."""

from __future__ import annotations

from pathlib import Path

import anyio
import httpx
import pytest
from fastapi import FastAPI

from services.gateway import app as gateway
from services.gateway import embeds
from services.gateway.settings import GatewaySettings
from shared.tokens import Keys
from tests.examples import INTERNAL_KEY
from tests.gateway.conftest import SITE, down

pytestmark = pytest.mark.anyio


async def test_a_gateway_without_tables_begins_to_serve_once_it_is_migrated(
    database_url: str,
    tmp_path: Path,
    regions_app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(embeds, "_REFRESH_SECONDS", 0.01)
    settings = GatewaySettings(
        data_dir=tmp_path, database_url=database_url, internal_key=INTERNAL_KEY, site=SITE
    )
    token = Keys.kept_in(tmp_path / "keys").issue(
        "client_1", frozenset(), frozenset(), issuer=SITE, audience=settings.audience
    )
    neighbours = {"indicators": regions_app, "practices": down, "search": down}
    app = gateway.create_app(settings, neighbours)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        regions_app.router.lifespan_context(regions_app),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=SITE) as client,
    ):
        told = {e["pointer"]: e["detail"] for e in (await client.get("/readyz")).json()["errors"]}
        assert "run `python -m services migrate`" in told["/database"]
        bearer = {"authorization": f"Bearer {token}"}
        refused = await client.get("/api/v1/regions", headers=bearer)
        assert refused.status_code == 503
        assert "which clients were revoked" in refused.json()["detail"]
        await anyio.sleep(0.3)
        assert len([line for line in caplog.messages if line.startswith("embed keys")]) == 1
        gateway.prepare(settings, lambda _: None)
        await app.state.own.state.watch.look()
        assert (await client.get("/api/v1/regions", headers=bearer)).status_code == 200
        ready = (await client.get("/readyz")).json()["errors"]
        assert "/database" not in {error["pointer"] for error in ready}
