"""The practice record: what it needs to be complete, and by what it is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.practices.domain.template import question_codes

# NUTS writes two countries otherwise than ISO 3166 does.
_NUTS_COUNTRIES = {"EL": "GR", "UK": "GB"}

# Facet of the list and the field of the record that holds its values.
FACETS = {
    "country": "regions",
    "region": "regions",
    "role": "role",
    "area": "areas",
    "target_group": "target_groups",
    "status": "status",
    "result": "result",
    "year": "year",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a draft lacks before it can be submitted. `pointer` is into the record."""

    pointer: str
    detail: str


def gaps(record: Mapping[str, Any]) -> list[Gap]:
    """What is still missing, in the order of the form; empty when the draft is complete.

    The short first step of the Integration Lab: enough for a reader to know what was
    done, where, by whom and in which field. The longer questionnaire comes after.
    """
    needed = {
        "summary": "Say in a few sentences what was done and for whom.",
        "areas": "Name at least one policy area.",
        "role": "Say what the regional authority did: lead, coordinate, fund ...",
        "activities": "List at least one activity.",
    }
    return [Gap(f"/{name}", why) for name, why in needed.items() if not record.get(name)]


def unanswered(record: Mapping[str, Any], structure: Mapping[str, Any]) -> list[Gap]:
    """The questions of the second step that still need an answer, in the order of the form."""
    answers = record.get("questionnaire") or {}
    return [
        Gap(f"/questionnaire/{code}", 'Answer this question; "we do not know" is an answer.')
        for code in question_codes(structure, required=True)
        if not (answers.get(code) or "").strip()
    ]


def country_of(region: str) -> str:
    """The ISO 3166 code of a region's country: its first two letters, but for Greece and the UK."""
    return _NUTS_COUNTRIES.get(region[:2], region[:2])


def facets(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each (facet, value) by which the practice is found; a facet may have several values."""
    for facet, name in FACETS.items():
        value = record.get(name)
        values = value if isinstance(value, list) else [value]
        found = {country_of(code) if facet == "country" else str(code) for code in values if code}
        yield from ((facet, one) for one in sorted(found))
