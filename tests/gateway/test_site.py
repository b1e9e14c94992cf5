"""Files and pages of the web app as the gateway sends them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.gateway.site import Head, Site, filled

pytestmark = pytest.mark.anyio

INDEX = (
    '<!doctype html><html lang="en"><head><title>x</title><meta name="description" content="y">'
    '</head><body><div id="app"></div></body></html>'
)


async def _describe(path: str) -> Head:
    if path == "/":
        return Head("Home", "The first page")
    if path == "/evil":
        return Head('</title><script>alert(1)</script>"', '"><img src=x onerror=alert(1)>')
    return Head("Not found", "Nothing here", 404)


@pytest.fixture
async def client(tmp_path: Path, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "assets" / "app-Ab12Cd34.js").write_text("console.log(1)\n" * 100)
    (tmp_path / "icon.svg").write_text("<svg/>")
    transport = httpx.ASGITransport(Site(tmp_path, "http://site", _describe))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        yield client


async def test_a_file_with_a_hash_in_its_name_is_kept_for_a_year(client):
    answer = await client.get("/assets/app-Ab12Cd34.js")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith("console.log(1)")


async def test_other_files_are_asked_for_again_and_are_304_when_unchanged(client):
    answer = await client.get("/icon.svg")
    assert "immutable" not in answer.headers["cache-control"]
    again = await client.get("/icon.svg", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_page_has_its_own_title_and_its_addresses_in_every_language(client):
    page = (await client.get("/")).text
    assert "<title>Home</title>" in page
    assert '<link rel="canonical" href="http://site/">' in page
    assert page.count('rel="alternate"') == 8


async def test_an_unknown_page_is_404_and_not_for_search_engines(client):
    answer = await client.get("/nowhere")
    assert answer.status_code == 404
    assert "noindex" in answer.text


@pytest.mark.parametrize("path", ["/", "/nowhere"])
async def test_a_page_with_english_words_says_that_it_is_english(client, path: str):
    page = (await client.get(f"{path}?lang=fr", headers={"accept-language": "de"})).text
    assert '<html lang="en">' in page


async def test_a_hostile_title_is_text(client):
    page = (await client.get("/evil")).text
    assert "<script>alert(1)" not in page
    assert "<img" not in page


async def test_files_outside_the_folder_cannot_be_read(client):
    for path in ("/../conftest.py", "/..%2fconftest.py", "/assets/../../etc/passwd"):
        answer = await client.get(path)
        assert answer.status_code == 404


async def test_only_reading_is_possible(client):
    assert (await client.post("/")).status_code == 405


async def test_a_problem_type_has_a_page(client):
    assert "Somebody else changed it first" in (await client.get("/problems/stale")).text


def test_backslashes_in_a_title_are_not_read_as_patterns():
    assert r"<title>\1 \g&lt;0&gt;</title>" in filled(INDEX, Head(r"\1 \g<0>", "d"), "s", "/")


async def test_each_variant_of_a_file_has_an_etag_of_its_own(client):
    tags = []
    for encoding in ("gzip", "identity"):
        asked = {"accept-encoding": encoding}
        answer = await client.get("/assets/app-Ab12Cd34.js", headers=asked)
        tags.append(answer.headers["etag"])
        asked["if-none-match"] = tags[-1]
        assert (await client.get("/assets/app-Ab12Cd34.js", headers=asked)).status_code == 304
    assert tags[0] != tags[1]
