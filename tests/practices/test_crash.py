"""The short versions of the proofs in tests/prove/prove_crash.py."""

from __future__ import annotations

import asyncio

import pytest

from tests.prove import prove_crash


@pytest.mark.slow
def test_what_was_acknowledged_stays_once_when_the_server_is_killed(
    database_url, tmp_path, indicators_settings
):
    regions = indicators_settings.data_dir
    done = asyncio.run(prove_crash.crashes(tmp_path, regions, database_url, trials=2))
    assert done.kills == 2
    assert len(done.created) > 0
    assert done.refused == []
    assert (done.lost, done.doubled, done.gaps, done.integrity) == (0, 0, 0, "ok")


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_reader_misses_nothing_of_eight_writers(database_url):
    missed, events = prove_crash.feed_under_writers(database_url, 400)
    assert (missed, events) == (0, 400)
