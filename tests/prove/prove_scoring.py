"""The scoring core agrees with exact fractions, and the simulation with counting one by one.

PROVE_SETS sets how many methodologies and sets of answers are made by chance (1000).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

from services.indicators.domain import rank_counts
from tests.figures import Row, row
from tests.indicators.domain.test_reference import (
    test_every_rank_agrees_with_exact_fractions as ranks_agree,
)
from tests.indicators.domain.test_reference import (
    test_every_score_and_every_contribution_agrees_with_exact_fractions as scores_agree,
)

SETS = int(os.environ.get("PROVE_SETS", "1000"))
_TOP = 100 * 10**9


def rows() -> list[Row]:
    """Sets that disagree, of all that were tried; none may."""
    return [
        _agreement("scores, coverage, contributions and gaps", scores_agree, range(SETS)),
        _agreement("ranks", ranks_agree, range(SETS)),
        _agreement("rank counts of a simulation, ties included", counts_agree, range(10 * SETS)),
    ]


def _agreement(what: str, check: Callable[[int], None], seeds: range) -> Row:
    start = time.perf_counter()
    wrong = [seed for seed in seeds if not _holds(check, seed)]
    if wrong:
        print(f"  {what}: seeds {wrong[:10]} disagree")
    seconds = time.perf_counter() - start
    name = f"{what}: {len(seeds)} sets against exact arithmetic in {seconds:.0f} s, disagreeing"
    return row(name, len(wrong), "sets", goal="0", holds=not wrong)


def _holds(check: Callable[[int], None], seed: int) -> bool:
    try:
        check(seed)
    except AssertionError:
        return False
    return True


def counts_agree(seed: int) -> None:
    """Ranks of many replicates at once are those of counting who is better, one by one.

    One set in ten has more regions than are sorted at once, in no order or nearly in theirs;
    in one in four each replicate begins where the one before it ends.
    """
    chance = np.random.default_rng(seed)
    replicates, regions = int(chance.integers(1, 30)), int(chance.integers(1, 60))
    if seed % 10 == 0:
        replicates, regions = int(chance.integers(1, 4)), int(chance.integers(500, 1_800))
    largest = int(chance.choice([3, 50, 10**4, _TOP]))
    keys = chance.integers(-1 if seed % 3 == 0 else 0, largest, (replicates, regions))
    if seed % 20 == 0:
        keys = np.sort(keys, axis=1)[:, ::-1] + chance.integers(0, largest // 40 + 1, keys.shape)
    if seed % 4 == 1:
        below = np.arange(replicates)[::-1, None] * (largest // replicates)
        keys = np.where(keys < 0, -1, keys // replicates + below)
    keys[:, 0] = np.maximum(keys[:, 0], 0)
    # Points differ by less than a comparison key tells apart.
    points = (keys + chance.uniform(-0.49, 0.49, keys.shape)) / 10**9
    points[keys < 0] = np.nan
    counted = rank_counts.RankCounts(regions, replicates)
    counted.add(points)
    found = counted.times
    better = (keys[:, None, :] > keys[:, :, None]).sum(axis=2) + 1
    rank = np.where(keys >= 0, better, 0)
    expected = np.zeros_like(found)
    np.add.at(expected, (np.arange(regions), rank), 1)
    np.testing.assert_array_equal(found, expected)
