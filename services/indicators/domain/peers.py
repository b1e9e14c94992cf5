"""Regions to compare with: how near they are by their context (S14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from services.indicators.domain.faults import refusal
from shared.problems import NotFound


class Peer(NamedTuple):
    """A region near another. `distance` in standard deviations over the shared variables."""

    region: str
    distance: float
    variables: int


def nearest(
    context: Mapping[str, Mapping[str, float | None]], region: str, count: int | None
) -> list[Peer]:
    """The nearest regions by z-scored context variables, the region itself left out.

    context  region -> variable -> value (None where unknown)
    count    how many, None for all; equal distances are ordered by code

    The distance is the root of the mean squared difference over the variables that
    both regions have; a region that shares fewer than half of them is no candidate.
    Invalid (E_CONSTANT_INDICATOR) for a variable that does not differ between regions.
    """
    if region not in context:
        raise NotFound(f"There are no context variables for {region}.")
    codes = sorted(context)
    variables = sorted({name for values in context.values() for name in values})
    if not variables:
        raise refusal("E_CONSTANT_INDICATOR", "there is no context variable to compare by")
    known = [[context[code].get(name) for name in variables] for code in codes]
    table = np.array(known, dtype=float)  # None becomes NaN
    if np.isinf(table).any():
        raise refusal("E_VALUE_RANGE", "a context variable is not a finite number")
    scores = _z_scores(table, variables)
    apart = (scores - scores[codes.index(region)]) ** 2
    shared = (~np.isnan(apart)).sum(axis=1)
    peers = [
        Peer(code, float(np.sqrt(np.nanmean(apart[row]))), int(shared[row]))
        for row, code in enumerate(codes)
        if code != region and shared[row] and 2 * shared[row] >= len(variables)
    ]
    return sorted(peers, key=lambda peer: (round(peer.distance, 9), peer.region))[:count]


def _z_scores(table: np.ndarray, variables: Sequence[str]) -> np.ndarray:
    for column, name in enumerate(variables):
        given = table[:, column][~np.isnan(table[:, column])]
        if len(given) == 0 or given.min() == given.max():
            detail = f"{name} is the same everywhere, so it cannot tell regions apart"
            raise refusal("E_CONSTANT_INDICATOR", detail, value=name)
    return (table - np.nanmean(table, axis=0)) / np.nanstd(table, axis=0)
