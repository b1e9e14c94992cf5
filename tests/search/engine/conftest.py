"""One running engine for all tests of the engine, and a fresh index for each test.

With MEILI_TEST_URL (and MEILI_TEST_KEY) it is the server there, not one of ours.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from tests.search.engine.running import Engine, RunningEngine, RunningIndex


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if outside := os.environ.get("MEILI_TEST_URL"):
        yield Engine(outside.rstrip("/"), os.environ.get("MEILI_TEST_KEY", ""))
        return
    running = RunningEngine(tmp_path_factory.mktemp("engine"))
    yield running
    running.stop()


@pytest.fixture
def index(engine: Engine) -> RunningIndex:
    return RunningIndex(engine, f"i-{uuid.uuid4().hex[:12]}")


SHOES = [
    {
        "id": 1,
        "title": "Running shoe",
        "description": "A light shoe for running on roads and tracks, made for long distances.",
        "brand": "Nike",
        "color": "red",
        "price": 90,
        "rating": 4,
        "stock": True,
        "attributes": {"size": "10:30"},
        "_geo": {"lat": 50.83, "lng": 4.36},
    },
    {
        "id": 2,
        "title": "Walking shoe",
        "description": "A sturdy shoe for walking.",
        "brand": "Puma",
        "color": "red",
        "price": 45.5,
        "rating": 5,
        "stock": False,
        "_geo": {"lat": 50.9, "lng": 4.5},
    },
    {
        "id": 3,
        "title": "Rain boot",
        "description": "A boot that keeps out the rain.",
        "brand": 'O\'Neil "x" \\ y',
        "color": "black",
        "price": 30,
        "rating": 4,
        "stock": True,
        "_geo": {"lat": 41.4, "lng": 2.2},
    },
    {"id": 4, "title": "Shoe lace", "brand": "Nike", "color": "black", "price": 3},
]


@pytest.fixture
def shoes(index: RunningIndex) -> RunningIndex:
    """Four products, with facets, sorting and points."""
    return index.put(
        SHOES,
        filterableAttributes=[
            "brand",
            "color",
            "price",
            "rating",
            "stock",
            "attributes.size",
            "_geo",
        ],
        sortableAttributes=["price", "title", "_geo"],
        searchableAttributes=["title", "description", "brand"],
    )
