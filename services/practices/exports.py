"""Practices for spreadsheets and maps."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from services.practices.regions import Regions

COLUMNS = (
    "id",
    "version",
    "title",
    "original_title",
    "language",
    "regions",
    "countries",
    "role",
    "areas",
    "target_groups",
    "status",
    "start",
    "end",
    "result",
    "confidence",
    "summary",
    "url",
    "provenance",
    "provenance_note",
    "licence",
    "published_at",
    "updated_at",
)


def as_csv(records: Iterable[Mapping[str, Any]], regions: Regions, site: str) -> str:
    """One row a practice, UTF-8, RFC 4180; several values in a cell are parted by `; `."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for record in records:
        places = [regions.shown(code) for code in record["regions"]]
        row = {
            **record,
            "regions": [place["name"] for place in places],
            "countries": sorted({place["country_code"] for place in places}),
            "start": record["period"]["start"],
            "end": record["period"]["end"],
            "url": f"{site}/practices/{record['id']}",
        }
        writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return out.getvalue()


def as_geojson(records: Iterable[Mapping[str, Any]], regions: Regions, site: str) -> dict[str, Any]:
    """A point for each practice, at its first region's label point; null where there is none."""
    features: list[dict[str, Any]] = []
    for record in records:
        lead = record["regions"][0]
        point = regions.point(lead)
        features.append(
            {
                "type": "Feature",
                "id": record["id"],
                "geometry": {"type": "Point", "coordinates": list(point)} if point else None,
                "properties": {
                    "title": record["title"],
                    "region": lead,
                    "region_name": regions.shown(lead)["name"],
                    "areas": record["areas"],
                    "status": record["status"],
                    "result": record["result"],
                    "url": f"{site}/practices/{record['id']}",
                    "provenance": record["provenance"],
                    "licence": record["licence"],
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _cell(value: Any) -> str:  # noqa: ANN401 - any field of a record
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    # A spreadsheet would run a text that starts like a formula.
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
