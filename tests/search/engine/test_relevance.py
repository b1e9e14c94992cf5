"""Relevance against the real thing: `milli`, the library inside Meilisearch (version 1.8).

400 queries with typos and unfinished words on one corpus: how often both give the same first
document, and how alike their first five are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.search.engine import corpus
from tests.search.engine.running import RunningEngine, RunningIndex

milli = pytest.importorskip("milli", reason="no build of milli for this Python")

QUERIES = 400
SAME_FIRST = 300
ALIKE = 0.75


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    return corpus.documents(1000)


@pytest.fixture(scope="module")
def oracle(made: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    index = milli.Index(str(tmp_path_factory.mktemp("milli")), 2**31)
    index.add_documents(made)
    return index


@pytest.fixture(scope="module")
def ours(
    made: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningIndex]:
    running = RunningEngine(tmp_path_factory.mktemp("relevance"))
    yield RunningIndex(running, "o").put(made)
    running.stop()


def test_the_order_is_that_of_meilisearch(made: list[dict[str, Any]], oracle: Any, ours: Any):
    same, alike = 0, 0.0
    for q in corpus.queries(made, QUERIES):
        theirs = oracle.search(q)[:5]
        found = ours.ids(q, limit=5, attributesToRetrieve=["id"])
        same += found[:1] == theirs[:1]
        either = set(found) | set(theirs)
        alike += len(set(found) & set(theirs)) / len(either) if either else 1
    print(f"same first {same} of {QUERIES}, first five alike {alike / QUERIES:.3f}")
    assert same >= SAME_FIRST
    assert alike / QUERIES >= ALIKE


def test_the_oracle_tells_a_worse_order_apart(made: list[dict[str, Any]], oracle: Any, ours: Any):
    """Without typos the same queries fall far below: the floors above mean something."""
    ours.do("PATCH", "/settings", {"typoTolerance": {"enabled": False}})
    same = 0
    for q in corpus.queries(made, QUERIES):
        found = ours.ids(q, limit=1, attributesToRetrieve=["id"])
        same += found == oracle.search(q)[:1]
    ours.do("PATCH", "/settings", {"typoTolerance": None})
    assert same < SAME_FIRST
