"""What the gateway finds out about a page by asking the services."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.gateway.heads import Heads
from services.gateway.site import Site
from shared.client import Service
from tests.gateway.conftest import down
from tests.server import ROOT

KEY = b"the key of this test"
RECORD = {"id": "1", "title": "Welcome desk", "summary": None, "sources": []}
PRACTICE = RECORD | {"regions": [{"code": "ES51", "name": "Catalonia", "country_code": "ES"}]}

# A real one for each part that a page reads from its address.
PARTS = {
    "/regions/:code": "ES51",
    "/what-if/:code": "ES51",
    "/methodologies/:id": "open-instrument-1",
}
PATHS = re.findall(
    r"^  \['\w+', '(/.*)'\],$", (ROOT / "web/src/lib/url.ts").read_text(), re.MULTILINE
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def regions(regions_app: FastAPI, anyio_backend: str) -> AsyncIterator[Service]:
    """The indicators service."""
    async with (
        regions_app.router.lifespan_context(regions_app),
        Service("indicators", regions_app, KEY) as service,
    ):
        yield service


@pytest.fixture
async def practices(anyio_backend: str) -> AsyncIterator[Service]:
    """A practices service with one practice, `1`."""
    app = FastAPI()
    app.add_api_route("/practices/1", lambda: PRACTICE)
    async with Service("practices", app, KEY) as service:
        yield service


async def names(indicators: Service, practices: Service) -> dict[str, str] | None:
    """The names of the region of practice `1`."""
    facts = (await Heads(indicators, practices).of("/practices/1")).facts or {}
    return facts["regions"][0]["names"]


async def test_a_practice_is_told_with_the_names_of_its_regions(regions, practices):
    assert (await names(regions, practices) or {})["de"] == "Katalonien"


async def test_a_practice_is_told_while_nobody_knows_the_regions(practices):
    async with Service("indicators", down, KEY) as nobody:
        assert await names(nobody, practices) is None


async def test_names_are_still_known_when_the_list_has_not_changed(regions, practices):
    heads = Heads(regions, practices)
    first = await heads.of("/practices/1")
    assert await heads.of("/practices/1") == first


@pytest.fixture
async def site(regions, practices, tmp_path) -> AsyncIterator[httpx.AsyncClient]:
    """The pages of an app with an empty index."""
    (tmp_path / "index.html").write_text("<head><title></title></head>")
    transport = httpx.ASGITransport(Site(tmp_path, "", Heads(regions, practices).of))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        yield client


def a_page(pattern: str) -> str:
    """The address of a page that there is."""
    known = next((part for start, part in PARTS.items() if pattern.startswith(start)), "1")
    return re.sub(r":\w+", known, pattern)


def test_the_pages_of_the_app_are_known_here():
    assert {"/", "/map", "/regions/:code/brief", "/methodologies/:id"} < set(PATHS)


@pytest.mark.parametrize("path", [a_page(pattern) for pattern in PATHS])
async def test_a_page_of_the_app_is_one_here_with_and_without_a_slash_at_the_end(site, path: str):
    plain, slashed = await site.get(path), await site.get(f"{path}/".replace("//", "/"))
    assert plain.status_code == slashed.status_code == 200
    assert "noindex" not in plain.text
    assert slashed.text == plain.text, "the same title, the same canonical address"


@pytest.mark.parametrize(
    "path", ["/regions/XX99", "/methodologies/mine", "/methodologies/%20", "/maps", "/about/us"]
)
async def test_what_is_no_page_is_404(site, path: str):
    assert (await site.get(path)).status_code == 404


async def test_the_map_has_one_address(site):
    assert '<link rel="canonical" href="/">' in (await site.get("/map/")).text


async def test_a_methodology_is_told_by_its_title(site):
    page = (await site.get("/methodologies/open-instrument-1")).text
    assert "<title>Open instrument for regional integration governance, version 1 · " in page
