"""Webhooks of those whose access was taken away."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.practices.access import Access
from tests.practices.lab import AUTHOR, EDITOR, published, running
from tests.practices.receiver import Receiver

pytestmark = [
    pytest.mark.anyio,
    # What the databases do differently does not matter here.
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def access() -> Access:
    return Access()


@pytest.fixture
async def client(database_url, tmp_path, indicators_settings, access, anyio_backend):
    async with running(tmp_path, database_url, indicators_settings, access) as found:
        yield found


async def _listening(client: httpx.AsyncClient, receiver: Receiver) -> str:
    answer = await client.post("/webhooks", json={"url": receiver.url}, headers=AUTHOR)
    assert answer.status_code == 201, answer.text
    receiver.secret = answer.json()["secret"]
    return f"/webhooks/{answer.json()['id']}"


async def _disabled(client: httpx.AsyncClient, webhook: str) -> str:
    """Why the webhook is disabled, once it is."""
    async with asyncio.timeout(10):
        while (found := await client.get(webhook, headers=AUTHOR)).json()["state"] == "active":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found.json()["reason"]


async def test_what_happens_after_the_access_was_taken_away_is_not_told(client, access):
    async with Receiver().open() as receiver:
        webhook = await _listening(client, receiver)
        access.gone.add(EDITOR.id)
        await published(client)
        assert await _disabled(client, webhook) == "Its owner has no access any more."
        assert receiver.asked == 0


async def test_what_waited_when_the_access_was_taken_away_is_not_told(client, access):
    async with Receiver(lambda _: 503).open() as receiver:
        webhook = await _listening(client, receiver)
        await published(client)
        await receiver.until(lambda one: one.asked > 0)
        access.gone.add(EDITOR.id)
        await _disabled(client, webhook)
        asked, receiver.status = receiver.asked, lambda _: 200
        await asyncio.sleep(0.5)
        assert (receiver.asked, receiver.taken) == (asked, [])


async def test_while_nobody_knows_who_has_access_nothing_is_sent_and_nothing_lost(client, access):
    async with Receiver().open() as receiver:
        webhook = await _listening(client, receiver)
        access.down = True
        await published(client)
        await asyncio.sleep(0.8)
        assert receiver.asked == 0
        access.down = False
        await receiver.until(lambda one: len(one.taken) == 1)
        assert (await client.get(webhook, headers=AUTHOR)).json()["state"] == "active"
