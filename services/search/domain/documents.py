"""What is searched: a published practice or a region as a document of its index. Pure.

Facet values (`filter_...`) and attribute names are a public contract: links with
`refinementList[filter_regions][0]=Campania` are out in the world. Attributes that begin
with an underscore are our own and never shown, but for `_geo`, the engine's name for a
point on the map.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.search.domain.labels import Labels

# Raise it when the same record has to give another document: every index is then built anew.
VERSION = 4

Record = Mapping[str, Any]
Document = dict[str, Any]

# Fields of the record that are taken over as they are.
_KEPT = (
    "id",
    "version",
    "title",
    "original_title",
    "original_language",
    "language",
    "summary",
    "objectives",
    "activities",
    "results",
    "lessons",
    "funds",
    "period",
    "year",
    "confidence",
    "provenance",
    "provenance_note",
    "licence",
)

# Facet of the index and the field of the record that holds its values.
_FACETS = {
    "filter_roles": "role",
    "filter_areas": "areas",
    "filter_target_groups": "target_groups",
    "filter_status": "status",
    "filter_result": "result",
}


def practice(record: Record, regions: Mapping[str, Record], labels: Labels, seq: int) -> Document:
    """The document of a public practice.

    regions  by code, as the indicators service publishes them; a code that is not among
             them stays in `region_codes` and gives no names
    labels   what the values are called in other languages; searched, never shown
    seq      the number in the change feed up to which the record is true

    Raises KeyError, TypeError or ValueError when the record is no practice.
    """
    codes: list[str] = list(record["regions"])
    known = [regions[code] for code in codes if code in regions]
    document: Document = {name: record.get(name) for name in _KEPT}
    document |= {facet: _values(record.get(field)) for facet, field in _FACETS.items()}
    document |= {
        "filter_regions": _distinct(region["search_label"] for region in known),
        "filter_countries": _distinct(region["country"] for region in known),
        "filter_languages": _languages(record),
        "region_codes": codes,
        "country_codes": _distinct(region["country_code"] for region in known),
        "region_names": _distinct(name for region in known for name in _names(region)),
        "terms": labels.of_practice(
            _values(record.get("areas")),
            _values(record.get("target_groups")),
            _distinct(region["country_code"] for region in known),
        ),
        "partners": [partner["name"] for partner in record.get("partners") or []],
        "translations": [_translation(one) for one in record.get("translations") or []],
    }
    for moment in ("published_at", "updated_at"):
        document[moment] = _seconds(record[moment])
        document[moment.replace("_at", "_on")] = record[moment]
    if known and known[0].get("point"):
        document["_geo"] = _point(known[0])
    return document | {"_seq": seq, "_digest": digest(document)}


def region(facts: Record, labels: Labels) -> Document:
    """The document of a region, from the item of the list of regions."""
    document: Document = {
        "id": facts["code"],
        "code": facts["code"],
        "slug": facts["slug"],
        "name": facts["name"],
        "region_names": _names(facts),
        "search_label": facts["search_label"],
        "country_code": facts["country_code"],
        "filter_countries": [facts["country"]],
        "places": list(labels.places.get(facts["code"], ())),
        "terms": labels.of_region(facts["country_code"]),
        "in_mipex_r": bool(facts["in_mipex_r"]),
        "website": facts.get("website"),
    }
    if facts.get("point"):
        document["_geo"] = _point(facts)
    return document | {"_digest": digest(document)}


def digest(content: object) -> str:
    """A short name for content: the same content has the same name, whenever it is made."""
    raw = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(raw.encode()).hexdigest()[:32]


def _names(facts: Record) -> list[str]:
    """Every name that people may type for a region."""
    names = [facts["name"], *dict(facts.get("names") or {}).values()]
    names += [facts.get("local_name"), facts.get("search_label"), *(facts.get("other_names") or [])]
    return _distinct(name for name in names if name)


def _values(found: object) -> list[str]:
    return _distinct(found) if isinstance(found, list) else [str(found)] if found else []


def _translation(one: Record) -> Record:
    """Title and summary in a further language; summary is None where only the title was given."""
    return {"language": one["language"], "title": one["title"], "summary": one.get("summary")}


def _languages(record: Record) -> list[str]:
    """The languages in which something about the practice can be read."""
    found = [record.get("language"), record.get("original_language")]
    found += [one["language"] for one in record.get("translations") or []]
    return _distinct(one for one in [*found, *(record.get("source_languages") or [])] if one)


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _point(facts: Record) -> dict[str, float]:
    return {"lat": facts["point"]["lat"], "lng": facts["point"]["lng"]}


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
