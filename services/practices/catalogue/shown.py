"""Records as answers: with the names of their regions, a citation, and texts made safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.practices.catalogue import rendered
from services.practices.catalogue.schemas import BudgetOut, PracticeItem, PracticeOut, RegionOut
from services.practices.domain.citation import Cited, as_text
from services.practices.regions import Regions

PUBLIC = "public, max-age=30, stale-while-revalidate=60"


def item(record: Mapping[str, Any], regions: Regions) -> PracticeItem:
    """The practice for a list."""
    return PracticeItem.model_validate({**record, "regions": _places(record, regions)})


def whole(record: Mapping[str, Any], regions: Regions, site: str) -> PracticeOut:
    """The practice with everything, and how to cite it."""
    places = _places(record, regions)
    more = {
        "regions": places,
        "citation": as_text(cited(record, regions, site)),
        "rendered": rendered.of(record),
        "budget": BudgetOut.of(record),
    }
    return PracticeOut.model_validate({**record, **more})


def cited(record: Mapping[str, Any], regions: Regions, site: str) -> Cited:
    """What a citation of this version names."""
    return Cited(
        id=record["id"],
        version=record["version"],
        title=record["title"],
        authors=tuple(regions.shown(code)["name"] for code in record["regions"]),
        day=record["updated_at"][:10],
        url=f"{site}/practices/{record['id']}",
        language=record["language"],
        licence=record["licence"],
    )


def _places(record: Mapping[str, Any], regions: Regions) -> list[RegionOut]:
    return [RegionOut(**regions.shown(code)) for code in record["regions"]]
