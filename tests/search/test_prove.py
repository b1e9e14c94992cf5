"""The short versions of the proofs of `make prove`."""

from __future__ import annotations

import pytest

from tests.prove.prove_search import drift, rebuild_under_load, seconds_to_be_found
from tests.search.test_follower import needs_own_engine

pytestmark = [pytest.mark.anyio, needs_own_engine]


async def test_the_index_is_true_after_kills_and_a_faulty_network(anyio_backend: str):
    run = await drift(6, kill_seconds=2, share=0.1)
    assert (run.differing, run.drift, run.quarantined) == ([], [], [])
    assert run.kills >= 2
    assert sum(run.faults.values()) - run.faults["pass"] > 3
    assert set(run.searches) <= {200, 503}
    assert run.searches[200] > 10


async def test_no_search_fails_while_the_index_is_built_anew(anyio_backend: str):
    run = await rebuild_under_load(400, searchers=2)
    assert (run.failed, run.drift) == (0, 0)
    assert run.searches > 10


async def test_what_is_published_is_found_in_less_than_a_second(anyio_backend: str):
    assert max(await seconds_to_be_found(5)) < 1
