"""What people of the field type, over the 192 real practices."""

from __future__ import annotations

import pytest

from tests.search.conftest import Found

pytestmark = pytest.mark.anyio


async def test_every_practice_is_in_the_index(found: Found):
    assert (await found.find("", limit=0))["estimatedTotalHits"] == 192


async def test_robotic_finds_the_activity_of_catalonia(found: Found):
    hits = (await found.find("robotic"))["hits"]
    assert "Generalitat de Catalunya (Catalonia)" in hits[0]["filter_regions"]
    assert any("robotic" in activity.casefold() for activity in hits[0]["activities"])


@pytest.mark.parametrize("typed", ["Skane", "Skåne", "Scania", "Schonen", "skan"])
async def test_a_region_is_found_with_and_without_accents_and_in_other_languages(
    found: Found, typed: str
):
    hits = (await found.find(typed, limit=10))["hits"]
    assert len(hits) == 10
    assert all("SE224" in hit["region_codes"] for hit in hits)


@pytest.mark.parametrize("typed", ["Katalonien", "Catalogne", "Cataluña", "cataluna", "Catalunya"])
async def test_the_other_names_of_catalonia_lead_to_it(found: Found, typed: str):
    hits = (await found.find(typed, limit=10))["hits"]
    assert len(hits) == 10
    assert all("ES51" in hit["region_codes"] for hit in hits)


async def test_a_typo_is_forgiven(found: Found):
    hits = (await found.find("helth", limit=10))["hits"]
    assert len(hits) == 10
    assert all("health" in str(hit).casefold() for hit in hits)


async def test_an_abbreviation_of_the_field_is_understood(found: Found):
    bip = await found.find("BIP", limit=5)
    assert any("refugees" in hit["filter_target_groups"] for hit in bip["hits"])


async def test_a_beginning_finds_the_region_first_and_then_its_practices(found: Found):
    body = {
        "federation": {"limit": 10},
        "queries": [
            {"indexUid": "regions", "q": "catal", "federationOptions": {"weight": 2.0}},
            {"indexUid": "practices", "q": "catal"},
        ],
    }
    hits = (await found.post("/search/multi-search", body))["hits"]
    assert hits[0]["name"] == "Catalonia"
    assert [hit["_federation"]["indexUid"] for hit in hits[1:4]] == ["practices"] * 3
    assert all("ES51" in hit["region_codes"] for hit in hits[1:4])


async def test_nonsense_finds_nothing(found: Found):
    assert await found.titles("zzxxqqvvkkjj") == []
