"""The path of a practice: published by its region, found by search a moment later."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from services.indicators.settings import IndicatorsSettings
from tests.examples import a_practice, an_actor, as_caller
from tests.search.conftest import House, housed, until

pytestmark = pytest.mark.anyio

AUTHOR = as_caller(an_actor("ES51", scopes=("practices:write", "practices:publish")))


async def step(house: House, answer: Any, name: str) -> Any:
    """The answer of a step of the workflow, taken on the version that was answered."""
    headers = AUTHOR | {"if-match": answer.headers["etag"]}
    done = await house.practices.post(f"/practices/{answer.json()['id']}/{name}", headers=headers)
    assert done.is_success, done.text
    return done


async def publish(house: House, **changes: Any) -> Any:
    """A practice of Catalonia, from draft to public."""
    made = await house.practices.post("/practices", json=a_practice(**changes), headers=AUTHOR)
    return await step(house, await step(house, made, "submit"), "publish")


async def test_a_published_practice_is_found_within_a_second_and_gone_when_withdrawn(
    tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
):
    async with housed(tmp_path, indicators_settings) as house:
        published = await publish(house, title="Quokka school for newcomers")
        began = time.perf_counter()
        await until(lambda: house.search.titles("quoka"), lambda it: len(it) == 1, 2)
        assert time.perf_counter() - began < 10
        listed = await house.practices.get("/practices", params={"q": "quokka"})
        assert listed.json()["total"] == 1
        await step(house, published, "withdraw")
        await until(lambda: house.search.titles("quokka"), lambda it: it == [], 2)


async def test_a_practice_is_found_by_its_translation_which_says_its_language(
    tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
):
    translation = {"language": "ca", "title": "Escola del cangur", "summary": "Per a nouvinguts"}
    async with housed(tmp_path, indicators_settings) as house:
        await publish(house, title="Escuela abierta", language="es", translations=[translation])
        await until(lambda: house.search.titles("cangur"), lambda it: len(it) == 1, 2)
        (hit,) = (await house.search.find("cangur", attributesToHighlight=["translations"]))["hits"]
        assert (hit["title"], hit["language"]) == ("Escuela abierta", "es")
        assert hit["translations"] == [translation]
        assert hit["_formatted"]["translations"][0]["title"] == "Escola del <em>cangur</em>"
        alike = await house.search.client.get(f"/practices/{hit['id']}/similar?limit=20")
        (other, *_) = alike.json()["items"]
        back = await house.search.client.get(f"/practices/{other['id']}/similar?limit=20")
        (found,) = [one for one in back.json()["items"] if one["id"] == hit["id"]]
        assert (found["language"], found["translations"]) == ("es", [translation])


async def test_a_draft_is_not_found(
    tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
):
    async with housed(tmp_path, indicators_settings) as house:
        draft = a_practice(title="Quokka school for newcomers")
        made = await house.practices.post("/practices", json=draft, headers=AUTHOR)
        assert made.is_success
        published = await publish(house, title="Wombat school for newcomers")
        assert published.is_success
        await until(lambda: house.search.titles("wombat"), lambda it: len(it) == 1, 2)
        assert await house.search.titles("quokka") == []
