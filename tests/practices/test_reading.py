"""Lists, filters, counts, exports and single practices, on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from services.practices.catalogue import store
from shared.db import Database

pytestmark = pytest.mark.anyio
sqlite = pytest.mark.parametrize("loaded_url", ["sqlite"], indirect=True)


async def test_there_are_192_practices_of_15_countries(client):
    body = (await client.get("/practices?facets=true&limit=1")).json()
    assert body["total"] == 192
    assert len(body["facets"]["country"]) == 15
    assert len(body["facets"]["region"]) == 71


async def test_the_pages_together_are_the_whole_list_and_nothing_twice(client):
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 50, "sort": "title"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/practices", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 192


@sqlite
async def test_a_budget_is_a_number_in_its_currency_and_in_euro_where_it_is_that(client):
    table = list(csv.DictReader(io.StringIO((await client.get("/practices?format=csv")).text)))
    found = {row["id"]: row for row in table if row["budget_amount"]}
    assert len(found) == 47
    for row in found.values():
        is_euro = row["budget_currency"] == "EUR"
        assert row["budget_eur"] == (row["budget_amount"] if is_euro else "")
    [koruna] = [name for name, row in found.items() if row["budget_currency"] == "CZK"]
    budget = (await client.get(f"/practices/{koruna}")).json()["budget"]
    assert budget["amount"] == float(found[koruna]["budget_amount"])
    assert (budget["currency"], budget["amount_eur"]) == ("CZK", None)


@pytest.mark.parametrize("sort", ["-published_at", "published_at", "title", "-year", "year"])
async def test_every_order_can_be_paged(client, sort: str):
    first = (await client.get("/practices", params={"limit": 100, "sort": sort})).json()
    query = {"limit": 100, "sort": sort, "cursor": first["next"]}
    second = (await client.get("/practices", params=query)).json()
    ids = {item["id"] for item in first["items"] + second["items"]}
    assert len(ids) == 192
    assert second["next"] is None


async def test_the_next_page_is_in_the_link_header(client):
    answer = await client.get("/practices?limit=10&area=health")
    assert answer.headers["link"].startswith("</api/v1/practices?limit=10&area=health&cursor=")


async def test_values_of_one_filter_widen_and_filters_narrow_each_other(client):
    async def total(query: str) -> int:
        return (await client.get(f"/practices?{query}")).json()["total"]

    health, housing = await total("area=health"), await total("area=housing")
    either = await total("area=health&area=housing")
    assert max(health, housing) < either < health + housing
    assert await total("area=health&country=ES") < health


async def test_a_count_is_what_the_filter_then_finds(client):
    counted = (await client.get("/practices?facets=true&country=IT")).json()["facets"]
    for facet, values in counted.items():
        value, number = next(iter(values.items()))
        found = await client.get("/practices", params={"country": "IT", facet: value})
        if facet != "country":
            assert found.json()["total"] == number, facet


async def test_a_region_may_be_named_by_its_slug(client):
    by_slug = (await client.get("/practices?region=catalonia")).json()
    by_code = (await client.get("/practices?region=ES51")).json()
    assert by_slug["total"] == by_code["total"] == 14


async def test_all_values_that_do_not_exist_are_named_at_once(client):
    answer = await client.get("/practices?area=sport&country=ZZ&region=atlantis&role=king")
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/query/area", "/query/country", "/query/region", "/query/role"}


async def test_a_cursor_serves_only_the_list_that_it_came_from(client):
    cursor = (await client.get("/practices?limit=5")).json()["next"]
    answer = await client.get("/practices", params={"limit": 5, "area": "health", "cursor": cursor})
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "bad_cursor"


async def test_a_spreadsheet_holds_every_match(client):
    answer = await client.get("/practices?format=csv&country=ES")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert len(rows) == 48
    assert {row["provenance"] for row in rows} == {"collected"}


async def test_a_map_gets_points(client):
    body = (await client.get("/practices?format=geojson&region=ES51")).json()
    assert len(body["features"]) == 14
    longitude, latitude = body["features"][0]["geometry"]["coordinates"]
    assert -20 < longitude < 35
    assert 30 < latitude < 70


async def test_a_practice_says_where_it_comes_from_and_how_sure_it_is(client):
    item = (await client.get("/practices?limit=1&country=SE")).json()["items"][0]
    practice = (await client.get(f"/practices/{item['id']}")).json()
    assert practice["provenance_note"].endswith("not yet reviewed by the region")
    assert practice["confidence"] in ("high", "medium", "low")
    assert practice["licence"] == "CC-BY-4.0"
    assert practice["sources"]
    assert practice["title"] in practice["citation"]


async def test_a_reader_who_has_it_gets_304(client):
    item = (await client.get("/practices?limit=1")).json()["items"][0]
    answer = await client.get(f"/practices/{item['id']}", headers={"if-none-match": '"v1"'})
    assert answer.status_code == 304


async def test_an_unknown_practice_is_a_404_that_says_where_to_look(client):
    answer = await client.get("/practices/nope")
    assert answer.status_code == 404
    assert "GET /practices" in answer.json()["detail"]


async def test_a_search_while_the_search_service_is_down_is_a_503_not_an_empty_list(client):
    answer = await client.get("/practices?q=health")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_the_feed_is_not_there_for_strangers(client):
    assert (await client.get("/internal/changes?epoch=x&after=0")).status_code == 404


@pytest.fixture
def database(loaded_url: str) -> Iterator[Database]:
    """The 192 practices, without a service before them."""
    found = Database(loaded_url)
    yield found
    found.close()


@pytest.mark.parametrize("sort", list(store.SORTS))
@pytest.mark.parametrize(
    "filters",
    [
        {"area": ["health"]},
        {"area": ["health", "housing"], "country": ["ES", "IT"]},
        {"country": ["XX"]},
        {"area": []},
    ],
)
def test_many_and_few_matches_are_found_in_two_ways_with_one_result(
    database: Database, monkeypatch: pytest.MonkeyPatch, sort: str, filters: dict[str, list[str]]
):
    def ids() -> list[list[str]]:
        found, after, more = [], None, True
        while more:
            asked = store.Question(filters, sort)
            page, after = database.run(database.reader, store.page, asked, after, 7)
            found.append([one["id"] for one in page])
            more = after is not None
        return found

    monkeypatch.setattr(store, "_FEW", 10_000)
    looked_up = ids()
    monkeypatch.setattr(store, "_FEW", 0)
    assert ids() == looked_up


@sqlite
@pytest.mark.parametrize("order", ["published_at", "updated_at", "title_key", "year_key"])
def test_no_order_of_a_list_is_made_by_sorting_all_practices(database: Database, order: str):
    """`updated_at` is the order of the Atom feed."""
    asked = f"SELECT * FROM practice WHERE public = 1 ORDER BY {order} DESC, id DESC LIMIT 50"
    with database.reader.connect() as connection:
        steps = connection.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    assert "TEMP B-TREE" not in str(steps)
