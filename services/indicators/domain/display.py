"""Numbers as they are shown: half-up rounding, columns that add up, bands (S7, S11, S12).

Nothing is ever computed from what these functions return.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.indicators.domain.instrument import Band
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.ranking import UNIT, key


def rounded(points: float, decimals: int = 1) -> float:
    """Half-up at the given decimals: 3.5 -> 4, 4.975 -> 5.0; negative numbers mirror positive ones.

    Works on the comparison key, so float noise never decides a half.
    """
    return _steps(points, decimals) / 10**decimals


def whole_points(points: float) -> int:
    """Half-up to whole points, as on maps and for bands."""
    return _steps(points, 0)


def apportioned(parts: Sequence[float], total: float, decimals: int = 1) -> list[float]:
    """The parts rounded so that they add up to the rounded total, by largest remainder.

    Equal remainders go to the earlier part: give the parts in the order of
    their codes. `total` is the unrounded sum of the parts.
    """
    step = UNIT // 10**decimals
    split = [divmod(key(part), step) for part in parts]
    missing = _steps(total, decimals) - sum(floor for floor, _ in split)
    order = sorted(range(len(split)), key=lambda place: (-split[place][1], place))
    up = set(order[:missing])
    return [(floor + (place in up)) / 10**decimals for place, (floor, _) in enumerate(split)]


def band(methodology: Methodology, score: float | None) -> Band | None:
    """The band of a score, judged by the displayed whole points; None without a score."""
    if score is None:
        return None
    shown = whole_points(score)
    return next(one for one in reversed(methodology.bands) if one.lower <= shown)


def _steps(points: float, decimals: int) -> int:
    step = UNIT // 10**decimals
    size = (2 * abs(key(points)) + step) // (2 * step)
    return size if points >= 0 else -size
