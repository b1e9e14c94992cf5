"""Whether the service says that it cannot work yet, on both databases."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from services.practices.settings import PracticesSettings
from services.practices.tables import METADATA
from services.practices.webhooks import worker
from shared import migrations
from shared.db import Database
from tests.examples import INTERNAL_KEY
from tests.practices.lab import served

pytestmark = pytest.mark.anyio


async def test_a_database_without_tables_is_not_ready_until_it_is_migrated(
    database_url: str,
    tmp_path: Path,
    indicators_settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(worker, "_AGAIN", 0.01)
    database = Database(database_url)
    migrations.downgrade("practices", database, METADATA, "base")
    settings = PracticesSettings(
        data_dir=tmp_path, database_url=database_url, internal_key=INTERNAL_KEY
    )
    async with served(settings, indicators_settings) as client:
        assert (await client.get("/livez")).status_code == 200
        ready, listed = await client.get("/readyz"), await client.get("/practices")
        assert (ready.status_code, listed.status_code) == (503, 503)
        (error,) = ready.json()["errors"]
        assert error["pointer"] == "/database"
        assert "run `python -m services migrate`" in error["detail"]
        assert listed.json()["detail"] == error["detail"]
        await anyio.sleep(0.3)
        waits = [line for line in caplog.messages if line.startswith("webhooks wait")]
        assert len(waits) == 1
        migrations.upgrade("practices", database, METADATA)
        assert (await client.get("/readyz")).status_code == 200
    database.close()
