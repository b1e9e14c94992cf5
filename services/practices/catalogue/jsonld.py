"""A practice as linked data, in the words of schema.org.

The context stands in the document itself: nobody needs to fetch another one, and nothing
that a region wrote can name one. An address that is no address is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.practices.regions import Regions

_NUTS = "http://data.europa.eu/nuts/code/"
_IRI = re.compile(r"https?://[A-Za-z0-9][^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]*")
LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
CONTEXT: dict[str, Any] = {
    "@vocab": "https://schema.org/",
    "license": {"@type": "@id"},
    "url": {"@type": "@id"},
    "isBasedOn": {"@type": "@id"},
    "sameAs": {"@type": "@id"},
    "datePublished": {"@type": "DateTime"},
    "dateModified": {"@type": "DateTime"},
}


def document(record: Mapping[str, Any], regions: Regions, site: str) -> dict[str, Any]:
    """One practice as a document of its own."""
    return {"@context": CONTEXT, **node(record, regions, site)}


def node(record: Mapping[str, Any], regions: Regions, site: str) -> dict[str, Any]:
    """The practice without a context; what is not stated is left out."""
    page = f"{site}/practices/{record['id']}"
    places = [_place(code, regions) for code in record["regions"]]
    period = record["period"]
    found: dict[str, Any] = {
        "@type": "CreativeWork",
        "@id": page,
        "url": page,
        "identifier": record["id"],
        "version": record["version"],
        "name": record["title"],
        "alternateName": record.get("original_title"),
        "abstract": record.get("summary"),
        "inLanguage": record["language"],
        "creator": {"@type": "GovernmentOrganization", "name": places[0]["name"]},
        "publisher": {"@type": "Organization", "name": "Integration Lab", "url": site},
        "spatialCoverage": places,
        "temporalCoverage": _span(period["start"], period["end"]),
        "creativeWorkStatus": record.get("status"),
        "keywords": [*record["areas"], *record["target_groups"]],
        "contributor": [
            {"@type": "Organization", "name": one["name"]} for one in record.get("partners") or ()
        ],
        "funding": [{"@type": "Grant", "name": one} for one in record.get("funds") or ()],
        "isBasedOn": [one["url"] for one in record.get("sources") or () if _is_iri(one.get("url"))],
        "license": LICENCES.get(record["licence"]),
        "conditionsOfAccess": record["licence"],
        "creditText": record["provenance_note"],
        "datePublished": record["published_at"],
        "dateModified": record["updated_at"],
        "workTranslation": [
            {
                "@type": "CreativeWork",
                "inLanguage": one["language"],
                "name": one["title"],
                **({"abstract": one["summary"]} if one.get("summary") else {}),
            }
            for one in record.get("translations") or ()
        ],
    }
    return {name: value for name, value in found.items() if value not in (None, [], "")}


def _place(code: str, regions: Regions) -> dict[str, Any]:
    place = regions.shown(code)
    return {
        "@type": "AdministrativeArea",
        "@id": _NUTS + code,
        "name": place["name"],
        "identifier": code,
        "containedInPlace": {"@type": "Country", "identifier": place["country_code"]},
    }


def _span(start: str | None, end: str | None) -> str | None:
    # ISO 8601; two dots are an open end.
    return f"{start or '..'}/{end or '..'}" if start or end else None


def _is_iri(text: str | None) -> bool:
    return text is not None and _IRI.fullmatch(text) is not None
