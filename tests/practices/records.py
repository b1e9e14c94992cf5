"""Any practice that a region may send, for properties that must hold of all of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from services.practices.record.parts import (
    LANGUAGES,
    LICENCES,
    QUESTIONS,
    VOCABULARY,
)
from shared.text import clean

# All that is text: every letter of every script, spaces and line breaks among them.
_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from("\t\n")


def lines(longest: int = 40, shortest: int = 1) -> st.SearchStrategy[str]:
    """Text as it is kept: composed (NFC), which can change its length."""
    made = st.text(_LETTERS, min_size=shortest, max_size=longest).map(clean)
    return made.filter(lambda text: shortest <= len(text) <= longest)


def _some(one: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, max_size=most)


def _maybe(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | one


LANGUAGE = st.sampled_from(LANGUAGES)
ADDRESS = st.sampled_from(["https://example.org", "http://a.example:8080/b?c=d#e"])
MOMENT = st.sampled_from(["2019", "2021-03", "2024-02-29"])

CONTACTS = st.fixed_dictionaries(
    {
        "name": lines(),
        "organisation": _maybe(lines()),
        "email": _maybe(st.sampled_from(["desk@example.org", "a.b+c@office.example.eu"])),
        "phone": _maybe(st.sampled_from(["+34 93 123 45 67", "112 334"])),
    }
)

RECORDS = st.fixed_dictionaries(
    {
        "title": lines(60, 3),
        "regions": st.sampled_from([["ES51"], ["ES51", "ITF4"]]),
        "language": LANGUAGE,
        "external_id": st.none(),
        "original_title": _maybe(lines()),
        "original_language": _maybe(LANGUAGE),
        "translations": st.lists(
            st.fixed_dictionaries(
                {"language": LANGUAGE, "title": lines(60, 3), "summary": _maybe(lines())}
            ),
            max_size=3,
            unique_by=lambda one: one["language"],
        ),
        "further_territories": _some(lines()),
        "summary": _maybe(lines(200)),
        "role": _maybe(st.sampled_from(VOCABULARY.roles)),
        "areas": _some(st.sampled_from(VOCABULARY.areas)),
        "target_groups": _some(st.sampled_from(VOCABULARY.target_groups)),
        "period": st.fixed_dictionaries({"start": _maybe(MOMENT), "end": _maybe(MOMENT)}),
        "status": _maybe(st.sampled_from(VOCABULARY.statuses)),
        "objectives": _some(lines()),
        "activities": _some(lines()),
        "results": _some(lines()),
        "lessons": _some(lines()),
        "challenges": _some(lines()),
        "limiting_factors": _some(lines()),
        "result": _maybe(st.sampled_from(VOCABULARY.results)),
        "budget": _maybe(
            st.fixed_dictionaries(
                {"stated": lines(), "amount_eur": _maybe(st.floats(0, 1e12, allow_nan=False))}
            )
        ),
        "funds": _some(lines()),
        "partners": _some(
            st.fixed_dictionaries(
                {
                    "name": lines(),
                    "category": _maybe(st.sampled_from(["civil society", "other"])),
                    "scope": _maybe(st.sampled_from(["local", "worldwide"])),
                }
            )
        ),
        "people_reached": _maybe(lines()),
        "sources": _some(
            st.fixed_dictionaries(
                {"url": ADDRESS, "publisher": _maybe(lines()), "date": _maybe(MOMENT)}
            )
        ),
        "evidence": _some(st.fixed_dictionaries({"statement": lines(), "url": _maybe(ADDRESS)})),
        "links": _some(st.fixed_dictionaries({"title": lines(), "url": ADDRESS})),
        "files": _some(
            st.fixed_dictionaries(
                {
                    "title": lines(),
                    "url": ADDRESS,
                    "media_type": _maybe(st.sampled_from(["application/pdf", "text/csv"])),
                }
            )
        ),
        "licence": st.sampled_from(LICENCES),
        "contact": _maybe(CONTACTS),
        "questionnaire": st.dictionaries(st.sampled_from(QUESTIONS), lines(), max_size=3),
    }
)
"""Bodies with every field of the record."""
