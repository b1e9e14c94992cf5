"""Points on the globe, one per document or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_METRES = 6_371_008.8


@dataclass(frozen=True)
class Points:
    """Degrees, one of each per document; NaN for a document without a point."""

    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]

    def metres_to(self, latitude: float, longitude: float) -> NDArray[np.float64]:
        """The distance on the sphere from every document to the point, NaN without a point."""
        lat1, lat2 = np.radians(self.latitudes), np.radians(latitude)
        half_lat = (lat2 - lat1) / 2
        half_lng = np.radians(longitude - self.longitudes) / 2
        chord = np.sin(half_lat) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin(half_lng) ** 2
        return 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))

    def inside(self, north: float, east: float, south: float, west: float) -> NDArray[np.bool_]:
        """Which points lie in the box; one with west > east crosses the date line."""
        with np.errstate(invalid="ignore"):
            tall = (self.latitudes >= south) & (self.latitudes <= north)
            right_of_west, left_of_east = self.longitudes >= west, self.longitudes <= east
        wide = right_of_west & left_of_east if west <= east else right_of_west | left_of_east
        return tall & wide
