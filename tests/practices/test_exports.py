"""Out: tables, maps, linked data, a feed, citations."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from xml.etree import ElementTree as Tree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.practices.catalogue import exports, jsonld
from services.practices.catalogue.exports_xlsx import Sheet
from shared.tabular import guarded, plain
from tests.practices.inert import PAYLOADS, acting
from tests.practices.lab import AUTHOR, published, revised, running, step

pytestmark = pytest.mark.anyio
ATOM = "{http://www.w3.org/2005/Atom}"
FORMULAS = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "＝1+1", "'=1", "''-1"]


@pytest.fixture
async def client(database_url, tmp_path, indicators_settings, anyio_backend):
    async with running(tmp_path, database_url, indicators_settings) as found:
        yield found


sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@given(st.text(alphabet=st.characters(codec="utf-8")) | st.sampled_from(FORMULAS))
def test_a_cell_that_was_defused_gives_its_text_back(text: str):
    assert plain(guarded(text)) == text


@given(st.text(alphabet="=+-@'\t\r\n＝＋－＠a1"))
def test_a_defused_cell_is_no_formula(text: str):
    assert guarded(text)[:1] not in tuple("=+-@\t\r\n＝＋－＠")


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=50), max_size=8))
def test_every_text_comes_back_from_a_workbook(texts: list[str]):
    sheet = Sheet(["a"], [("b", "c")])
    file = sheet.add([[text] for text in texts]) + sheet.end()
    book = openpyxl.load_workbook(io.BytesIO(file), read_only=True)
    rows = list(book["practices"].iter_rows(min_row=2, max_col=1, values_only=True))
    # The reader leaves line ends and the escapes of control characters as the format has them.
    simple = [text for text in texts if text.isprintable() and "_x" not in text]
    found = {row[0] or "" for row in rows if row}
    assert set(simple) <= found | {""}


async def _many(client, number: int) -> None:
    for n in range(number):
        await published(client, title=f"{FORMULAS[n % len(FORMULAS)]} Desk {n}".strip())


async def test_every_match_is_in_the_file_and_nothing_in_it_is_a_formula(client):
    await _many(client, 4)
    answer = await client.get("/practices?format=csv&limit=1")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 4
    assert {row["licence"] for row in rows} == {"CC-BY-4.0"}
    assert all(row["url"].endswith(f"/practices/{row['id']}") for row in rows)
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    titles = {one["title"] for one in (await client.get("/practices")).json()["items"]}
    assert {plain(row["title"]) for row in rows} == titles


@sqlite
async def test_the_workbook_says_what_it_is_and_holds_no_formula(client):
    await _many(client, 3)
    answer = await client.get("/practices?format=xlsx")
    assert answer.headers["content-type"] == exports.XLSX
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["practices", "readme"]
    rows = list(book["practices"].iter_rows(values_only=True))
    assert rows[0] == exports.COLUMNS
    assert len(rows) == 4
    assert {cell.data_type for row in book["practices"].iter_rows() for cell in row} <= {
        "s",
        "n",
        "inlineStr",
    }
    assert isinstance(dict(zip(rows[0], rows[1], strict=True))["version"], int)
    assert "Licence" in [row[0] for row in book["readme"].iter_rows(values_only=True)]
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


@sqlite
@pytest.mark.parametrize("kind", ["csv", "geojson", "xlsx", "jsonld"])
async def test_a_filter_narrows_the_file_and_accept_chooses_its_form(client, kind):
    await _many(client, 2)
    media = {"accept": exports.MEDIA[kind]}
    answer = await client.get("/practices?area=housing", headers=media)
    assert answer.headers["content-type"].startswith(exports.MEDIA[kind])
    assert (await client.get(f"/practices?format={kind}&area=housing")).content == answer.content
    whole = await client.get("/practices", headers=media)
    assert len(whole.content) > len(answer.content)
    if kind in ("geojson", "jsonld"):
        names = {"geojson": "features", "jsonld": "itemListElement"}
        assert len(whole.json()[names[kind]]) == 2
        assert answer.json()[names[kind]] == []


@sqlite
async def test_linked_data_names_no_context_elsewhere(client):
    made = await published(
        client,
        title='"@context": "https://evil.example/c"',
        sources=[{"url": "https://example.org/a", "publisher": "Region", "date": None}],
    )
    for path in (f"/practices/{made.json()['id']}?format=jsonld", "/practices?format=jsonld"):
        found = (await client.get(path)).json()
        assert found["@context"] == jsonld.CONTEXT
    one = (await client.get(f"/practices/{made.json()['id']}?format=jsonld")).json()
    assert one["isBasedOn"] == ["https://example.org/a"]
    assert one["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert one["spatialCoverage"][0]["@id"] == "http://data.europa.eu/nuts/code/ES51"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://a b", 'http://a"b', "//x", ""])
def test_an_address_that_is_none_is_left_out_of_linked_data(address):
    assert not jsonld._is_iri(address)


async def test_the_feed_has_new_and_changed_practices_each_once_the_newest_change_first(client):
    first = await published(client, title="One")
    await published(client, title="Two")
    await revised(client, first, title="One, again")
    feed = Tree.fromstring((await client.get("/practices/feed.atom")).content)
    assert [one.findtext(f"{ATOM}title") for one in feed.iter(f"{ATOM}entry")] == [
        "One, again",
        "Two",
    ]
    for entry in [feed, *feed.iter(f"{ATOM}entry")]:
        needed = [entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated")]
        assert all(needed)
    assert all(
        one.findtext(f"{ATOM}author/{ATOM}name") == "Catalonia" for one in feed.iter(f"{ATOM}entry")
    )


@sqlite
async def test_the_feed_turns_its_pages_and_every_practice_comes_once(client):
    await _many(client, 5)
    seen, path = [], "/practices/feed.atom?limit=2"
    while path:
        feed = Tree.fromstring((await client.get(path)).content)
        seen += [one.findtext(f"{ATOM}id") for one in feed.iter(f"{ATOM}entry")]
        links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
        path = links["next"].partition("/api/v1")[2] if "next" in links else None
    assert len(seen) == len(set(seen)) == 5


@sqlite
async def test_a_feed_that_did_not_change_is_not_sent_again(client):
    made = await published(client)
    first = await client.get("/practices/feed.atom")
    same = {"if-none-match": first.headers["etag"]}
    since = {"if-modified-since": first.headers["last-modified"]}
    for condition in (same, since):
        assert (await client.get("/practices/feed.atom", headers=condition)).status_code == 304
    wrong = {"if-modified-since": "yesterday"}
    assert (await client.get("/practices/feed.atom", headers=wrong)).status_code == 200
    await step(client, made, "withdraw")
    assert (await client.get("/practices/feed.atom", headers=same)).status_code == 200


@sqlite
async def test_each_version_has_its_own_citation(client):
    first = await published(client, title="Desk & more")
    await revised(client, first, title="Desk 100%")
    path = f"/practices/{first.json()['id']}/citation"
    one = (await client.get(f"{path}?version=1")).text
    assert one.startswith("Desk & more (Catalonia). Integration Lab, version 1, ")
    bibtex = (await client.get(f"{path}?format=bibtex")).text
    assert "title = {{Desk 100\\%}}" in bibtex
    (csl,) = (await client.get(f"{path}?format=csl-json&version=2")).json()
    assert (csl["title"], csl["version"], csl["author"]) == (
        "Desk 100%",
        "2",
        [{"literal": "Catalonia"}],
    )
    assert (await client.get(f"{path}?version=3")).status_code == 404
    assert (await client.get(f"{path}?format=ris")).status_code == 422


FIELDS = """title original_title summary objectives activities results lessons challenges
limiting_factors funds people_reached further_territories""".split()  # noqa: SIM905


@sqlite
async def test_an_attack_in_every_text_field_is_inert_in_what_readers_get(client):
    """All payloads, in every text field at once; what is refused cannot act either."""
    single = {"title", "original_title", "summary", "people_reached"}
    taken = 0
    for payload in PAYLOADS[::3]:
        body = {name: payload if name in single else [payload] for name in FIELDS}
        body |= {
            "budget": {"stated": payload, "amount_eur": None},
            "partners": [{"name": payload, "category": None, "scope": None}],
            "sources": [{"url": "https://example.org", "publisher": payload, "date": None}],
            "evidence": [{"statement": payload, "url": None}],
            "links": [{"title": payload, "url": "https://example.org"}],
            "files": [{"title": payload, "url": "https://example.org", "media_type": None}],
            "translations": [{"language": "ca", "title": payload, "summary": payload}],
        }
        made = await published(client, **body)
        taken += 1
        found = (await client.get(f"/practices/{made.json()['id']}")).json()
        assert found["summary"] == payload
        assert {*found["rendered"]} == {"/summary", "/translations/0/summary"}
        assert [acting(html) for html in found["rendered"].values()] == [[], []]
    assert taken > 60
    feed = Tree.fromstring((await client.get("/practices/feed.atom?limit=200")).content)
    contents = [one.text or "" for one in feed.iter(f"{ATOM}content")]
    assert len(contents) == taken
    assert [acting(one) for one in contents] == [[]] * taken


@sqlite
async def test_an_address_with_another_scheme_is_refused(client):
    body = {"title": "Desk", "regions": ["ES51"], "sources": [{"url": "javascript:alert(1)"}]}
    answer = await client.post("/practices", json=body, headers=AUTHOR)
    assert answer.status_code == 422
    assert json.loads(answer.text)["errors"][0]["pointer"] == "/sources/0/url"
