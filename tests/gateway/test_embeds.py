"""Embed keys: they search, from their origins, within their quota, and do nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from services.gateway import store_embeds
from services.gateway.door import Door
from services.gateway.embeds import Embeds
from services.gateway.quotas import Quotas
from services.gateway.routes import ROUTES
from services.gateway.shield import Shield
from services.gateway.tables import METADATA
from services.gateway.tables_embeds import EmbedKey
from shared import migrations
from shared.clock import held, now
from shared.db import Database
from shared.problems import Invalid, NotFound, NotLegal
from tests.gateway.serving import KEY, SITE, echo, nobody_is_known

PARTNER = "https://www.partner.example"
SEARCH = "/search/multi-search"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrations.upgrade("gateway", database, METADATA)
    yield database
    database.close()


def write(database: Database, work, *more):
    return database.run(database.writer, work, *more)


def made(database: Database, *origins: str, per_minute: int = 5) -> EmbedKey:
    return write(
        database, store_embeds.create, "Partner", origins or [PARTNER], per_minute, "command"
    )


class TestStore:
    @pytest.mark.parametrize(
        "origin",
        [
            "http://partner.example",
            "https://partner.example/path",
            "https://*.partner.example",
            "https://partner.example;",
            "https://partner.example 'unsafe-inline'",
            "https://user@partner.example",
            "partner.example",
            "null",
            "*",
            "",
            "javascript://x",
            "https://partner.example:999999",
        ],
    )
    def test_what_is_no_origin_is_refused(self, database, origin: str):
        with pytest.raises(Invalid):
            made(database, PARTNER, origin)

    def test_an_origin_is_kept_as_browsers_send_it(self, database):
        assert made(database, "HTTPS://Partner.Example/").origins == ["https://partner.example"]

    def test_a_replaced_key_works_for_thirty_days_and_then_no_longer(self, database):
        old = made(database)
        new = write(database, store_embeds.rotate, old.id, "command")
        ids = {key.id for key in database.run(database.reader, store_embeds.working)}
        assert ids == {old.id, new.id}
        with held(now() + timedelta(days=31)):
            ids = {key.id for key in database.run(database.reader, store_embeds.working)}
        assert ids == {new.id}

    def test_a_key_is_replaced_once(self, database):
        old = made(database)
        write(database, store_embeds.rotate, old.id, "command")
        with pytest.raises(NotLegal):
            write(database, store_embeds.rotate, old.id, "command")

    def test_a_revoked_key_is_neither_changed_nor_replaced(self, database):
        key = made(database)
        write(database, store_embeds.revoke, key.id, "command")
        with pytest.raises(NotLegal):
            write(database, store_embeds.change, key.id, "x", None, None, "command")
        with pytest.raises(NotLegal):
            write(database, store_embeds.rotate, key.id, "command")

    def test_a_key_that_is_not_there_is_not_found(self, database):
        with pytest.raises(NotFound):
            write(database, store_embeds.revoke, "prk_nothing", "command")

    def test_counts_of_several_gateways_add_up(self, database):
        key, today = made(database), now().date()
        for _ in range(2):
            write(database, store_embeds.count, {(key.id, today): (3, 1)})
        write(database, store_embeds.count, {("prk_gone", today): (9, 9)})
        totals = database.run(database.reader, store_embeds.totals, today)
        assert totals == {key.id: (6, 2)}


class Stage:
    """A door with embed keys over an upstream that echoes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.embeds = Embeds(database, Quotas(lambda: 600.0), SITE)
        self.door = Door(
            {route.upstream: echo for route in ROUTES}, nobody_is_known, KEY, embeds=self.embeds
        )
        app = Shield(self.door, ancestors=self.embeds.ancestors)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://door/api/v1"
        )

    async def search(self, key: str, origin: str | None = PARTNER, **more) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}"} | ({"origin": origin} if origin else {})
        return await self.http.post(SEARCH, content=b"{}", headers=headers | more)


@pytest.mark.anyio
class TestDoor:
    @pytest.fixture
    async def stage(self, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Stage]:
        database = Database(f"sqlite:///{tmp_path}/gateway.db")
        migrations.upgrade("gateway", database, METADATA)
        stage = Stage(database)
        async with stage.http:
            yield stage
        database.close()

    @pytest.fixture
    async def key(self, stage: Stage) -> str:
        key = made(stage.database)
        await stage.embeds.refresh()
        return key.id

    async def test_a_page_of_the_partner_searches_and_only_it_reads_the_answer(self, stage, key):
        answer = await stage.search(key)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == PARTNER
        assert "Origin" in answer.headers["vary"]
        assert answer.headers["ratelimit-policy"] == '"key";q=5;w=60'
        assert answer.headers["ratelimit"] == '"key";r=4;t=60'

    async def test_the_key_may_stand_in_the_address_and_the_search_does_not_see_it(
        self, stage, key
    ):
        answer = await stage.http.post(
            f"{SEARCH}?key={key}", content=b"{}", headers={"origin": PARTNER}
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == PARTNER

    @pytest.mark.parametrize(
        "origin",
        [None, "null", "https://evil.example", PARTNER + ".evil.example", PARTNER.upper()],
    )
    async def test_another_origin_is_refused_and_reads_nothing(self, stage, key, origin):
        answer = await stage.search(key, origin)
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert "access-control-allow-origin" not in answer.headers

    async def test_our_own_embedded_page_may_use_the_key(self, stage, key):
        assert (await stage.search(key, SITE)).status_code == 200

    async def test_over_the_quota_is_429_with_when_to_ask_again(self, stage, key):
        answers = [await stage.search(key) for _ in range(7)]
        assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
        assert answers[-1].headers["retry-after"] == "60"
        assert answers[-1].headers["ratelimit"] == '"key";r=0;t=60'
        assert answers[-1].headers["access-control-allow-origin"] == PARTNER

    async def test_use_is_counted_by_day_with_what_was_refused(self, stage, key):
        for _ in range(7):
            await stage.search(key)
        await stage.search(key, "https://evil.example")
        await stage.embeds.flush()
        row = stage.database.run(stage.database.reader, store_embeds.usage, key, now().date())
        assert [(one.requests, one.refused) for one in row] == [(5, 2)]

    async def test_a_revoked_key_is_401(self, stage, key):
        write(stage.database, store_embeds.revoke, key, "command")
        await stage.embeds.refresh()
        assert (await stage.search(key)).status_code == 401

    async def test_a_key_that_does_not_exist_is_401(self, stage):
        assert (await stage.search("prk_" + "x" * 24)).status_code == 401

    async def test_two_keys_at_once_are_refused(self, stage, key):
        answer = await stage.http.post(
            f"{SEARCH}?key={key}",
            content=b"{}",
            headers={"origin": PARTNER, "authorization": "Bearer prk_other"},
        )
        assert answer.status_code == 400

    async def test_without_a_key_the_search_is_open_to_every_page(self, stage, key):
        for token in ("", "a-partners-own"):
            answer = await stage.search(token, "https://anyone.example")
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "*"

    async def test_a_key_opens_nothing_but_the_search(self, stage, key):
        headers = {"authorization": f"Bearer {key}", "origin": PARTNER}
        for route in ROUTES:
            if route.embeds or not route.tokens:
                continue
            path = route.path.replace("{", "").replace("}", "")
            answer = await stage.http.request(route.method, path, headers=headers)
            assert answer.status_code == 403, route

    async def test_a_preflight_with_a_key_answers_its_origins_only(self, stage, key):
        for origin, status in ((PARTNER, 204), ("https://evil.example", 403)):
            answer = await stage.http.options(f"{SEARCH}?key={key}", headers={"origin": origin})
            assert answer.status_code == status

    async def test_only_the_partners_pages_may_frame_an_embedded_page(self, stage, key):
        for query, frames in (
            (f"?key={key}", PARTNER),
            ("?key=prk_other", "'none'"),
            ("", "'none'"),
            (f"?key={key}&key={key}", "'none'"),
        ):
            answer = await stage.http.get(f"http://door/embed/practices{query}")
            assert f"frame-ancestors {frames}" in answer.headers["content-security-policy"]

    async def test_no_other_page_may_be_framed_whatever_the_address_says(self, stage, key):
        for path in ("/", "/practices", "/embedded", "/embed/", "/api/v1/docs"):
            answer = await stage.http.get(f"http://door{path}?key={key}")
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
