"""The index says what the database says: totals, members and facet counts, whatever is filtered."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from services.search.schemas import MATCHING
from tests.search.conftest import House

pytestmark = pytest.mark.anyio

ROUNDS = 60
Filters = Mapping[str, Sequence[str]]


def some_filters(facets: Mapping[str, Mapping[str, int]], chance: random.Random) -> Filters:
    """One to four facets with one to three of their values each, rare values as often as common."""
    names = chance.sample(sorted(facets), chance.randint(1, 4))
    return {
        name: chance.sample(sorted(facets[name]), min(chance.randint(1, 3), len(facets[name])))
        for name in names
    }


async def by_sql(house: House, filters: Filters) -> dict[str, Any]:
    answer = await house.practices.get(
        "/practices", params={"facets": "true", "limit": 1000, **filters}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def by_engine(house: House, filters: Filters) -> dict[str, Any]:
    return await house.search.find(
        "",
        limit=1000,
        facets=list(MATCHING.values()),
        filter=[
            [f'{MATCHING[name]} = "{value}"' for value in values]
            for name, values in filters.items()
        ],
    )


async def test_facet_counts_of_random_filters_are_those_of_the_database(house: House):
    chance = random.Random(5)
    facets = (await by_sql(house, {}))["facets"]
    found_something = 0
    for _ in range(ROUNDS):
        filters = some_filters(facets, chance)
        sql, engine = await by_sql(house, filters), await by_engine(house, filters)
        assert engine["estimatedTotalHits"] == sql["total"], filters
        assert {hit["id"] for hit in engine["hits"]} == {one["id"] for one in sql["items"]}
        for name, attribute in MATCHING.items():
            assert engine["facetDistribution"][attribute] == sql["facets"][name], (filters, name)
        found_something += sql["total"] > 0
    assert found_something > ROUNDS / 4
