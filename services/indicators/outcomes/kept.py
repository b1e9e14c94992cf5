"""What describes the outcome values, read once for each state of the data."""

from __future__ import annotations

from services.indicators.outcomes import store
from services.indicators.outcomes.store import Catalogue
from services.indicators.published.hall import Hall


async def catalogue(hall: Hall) -> Catalogue:
    """Definitions, series, sources and territories."""
    return await hall.shelf.thing("catalogue", store.catalogue)
