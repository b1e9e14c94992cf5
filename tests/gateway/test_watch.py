"""What a gateway notices while it runs, and how it tells what it cannot read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from services.gateway import store, watch
from services.gateway.tables import METADATA
from services.gateway.watch import Watch
from shared import migrations
from shared.background import background
from shared.db import Database

pytestmark = pytest.mark.anyio


async def until(is_so: Callable[[], object]) -> None:
    with anyio.fail_after(10):
        while not is_so():  # noqa: ASYNC110, nobody sets an event for it
            await anyio.sleep(0.01)


async def test_a_failure_is_told_when_it_begins_and_what_comes_after_it_is_noticed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch, "_LOOK", 0.01)
    database = Database(f"sqlite:///{tmp_path / 'gateway.db'}")
    one = Watch(database, tmp_path)
    with caplog.at_level(logging.WARNING):
        async with background(watching=one.follow):
            await until(lambda: caplog.records)
            await anyio.sleep(0.3)
            assert len(caplog.records) == 1
            await anyio.to_thread.run_sync(migrations.upgrade, "gateway", database, METADATA)
            made = await database.write(store.create_client, "CRM", ["practices:write"], ["ES51"])
            await database.write(store.revoke, made.client_id)
            await until(lambda: made.client_id in one.revoked)
    database.close()
    assert len(caplog.records) == 1
