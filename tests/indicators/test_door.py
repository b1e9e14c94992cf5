"""What all routes have in common: tags, caching, refusals, both databases."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from services.indicators import load
from services.indicators.app import create_app, prepare
from services.indicators.settings import IndicatorsSettings
from shared.db import Database
from shared.shelf import has
from tests.examples import INTERNAL_KEY
from tests.indicators.conftest import DATA, a_client

ROUTES = [
    "/regions?in_mipex_r=true",
    "/regions/ES51",
    "/map/layers",
    "/map/layers/outcome.employment-gap",
    "/map/layers/score.demonstration.overall",
    "/methodologies",
    "/methodologies/open-instrument-1",
    "/editions",
    "/editions/demonstration",
    "/editions/demonstration/scores",
    "/editions/demonstration/scores?format=csv&limit=100",
    "/editions/demonstration/scores?format=json-stat",
    "/editions/demonstration/scores?format=xlsx&axis=phase",
    "/editions/demonstration/regions/SE224",
    "/editions/mipex-r-2021-published/regions/SE224",
    "/outcomes/indicators",
    "/outcomes/observations?region=DE2&limit=200",
]

LONG = "a" * 5000
NASTY = [
    "%00",
    "%ff",
    "%ed%a0%80",
    "..%2f..",
    "'; DROP TABLE region;--",
    "%F0%9F%92%A9",
    LONG,
    "%E2%80%AE",
    "9" * 400,
    "-Infinity",
    "{{7*7}}",
    "%0d%0aX: y",
    "ES51%00",
]


@pytest.mark.anyio
@pytest.mark.parametrize("path", ROUTES)
async def test_the_same_bytes_have_the_same_tag_and_are_not_sent_again(
    client: httpx.AsyncClient, path: str
):
    first = await client.get(path)
    assert first.status_code == 200, first.text
    assert first.headers["cache-control"].startswith("public")
    tag = first.headers["etag"]
    assert tag.startswith('"')
    again = await client.get(path, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert (await client.get(path, headers={"if-none-match": '"other"'})).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize(
    "path",
    ["/regions/{}", "/map/layers/{}", "/methodologies/{}", "/editions/{}", "/editions/{}/scores",
     "/editions/demonstration/regions/{}", "/regions?q={}", "/regions?country={}",
     "/regions?cursor={}", "/regions?limit={}", "/regions?in_mipex_r={}", "/regions?{}=1",
     "/map/layers/score.demonstration.overall?group={}",
     "/editions/demonstration/scores?region={}", "/editions/demonstration/scores?dimension={}",
     "/editions/demonstration/scores?cursor={}", "/outcomes/observations?region={}",
     "/outcomes/observations?period={}", "/outcomes/observations?cursor={}"],
)  # fmt: skip
async def test_nasty_text_is_refused_or_finds_nothing(
    client: httpx.AsyncClient, path: str, text: str
):
    answer = await client.get(path.format(text))
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert answer.json()["items"] == []


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_reading_routes_do_nothing_else(client: httpx.AsyncClient, method: str):
    answer = await client.request(method, "/regions")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.anyio
async def test_both_databases_give_the_same_bytes(
    database_url: str, tmp_path: Path, client: httpx.AsyncClient
):
    settings = IndicatorsSettings(
        data_dir=tmp_path, database_url=database_url, internal_key=INTERNAL_KEY
    )
    prepare(settings, lambda _: None)
    async with a_client(settings) as other:
        for path in ROUTES:
            assert (await other.get(path)).content == (await client.get(path)).content, path


@pytest.mark.anyio
async def test_new_data_are_noticed_without_a_restart(tmp_path: Path, folder: Path):
    settings = IndicatorsSettings(
        data_dir=tmp_path / "var", first_data=folder, internal_key=INTERNAL_KEY
    )
    prepare(settings, lambda _: None)
    app = create_app(settings, {})
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://indicators") as client,
    ):
        before = await client.get("/regions/vienna")
        file = folder / "regions.json"
        data = json.loads(file.read_text(encoding="utf-8"))
        data["regions"][0]["website"] = "https://example.org/"
        file.write_text(json.dumps(data), encoding="utf-8")
        other = Database(settings.database)
        load.first_data(other, folder, lambda _: None)
        other.close()
        app.state.shelf.look_now()
        after = await client.get("/regions/vienna")
    assert after.json()["website"] == "https://example.org/"
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.anyio
async def test_a_database_without_tables_is_not_ready(database_url: str, tmp_path: Path):
    settings = IndicatorsSettings(
        data_dir=tmp_path, database_url=database_url, internal_key=INTERNAL_KEY
    )
    async with a_client(settings) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/regions")).status_code == 503
        assert (await client.get("/readyz")).status_code == 503


@pytest.mark.anyio
async def test_a_database_without_data_is_not_ready(database: Database, tmp_path: Path):
    url = database.url.render_as_string(hide_password=False)
    settings = IndicatorsSettings(data_dir=tmp_path, database_url=url, internal_key=INTERNAL_KEY)
    async with a_client(settings) as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["errors"][0]["pointer"]) == (503, "/data")
        load.first_data(database, DATA, lambda _: None)
        assert (await client.get("/readyz")).status_code == 200


def test_a_tag_is_compared_weakly_and_a_star_means_any():
    assert has('W/"a", "b"', '"a"')
    assert has("*", '"a"')
    assert not has('"b"', '"a"')
    assert not has(None, '"a"')
