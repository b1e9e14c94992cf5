"""The judged queries, and how well the order of an answer agrees with the judgement."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEPTH = 10
_QUERIES_IN_A_CALL = 20
_FILE = Path(__file__).parent / "judged" / "queries.json"


@dataclass(frozen=True)
class Judged:
    """A query and the practices that answer it: grade 3, 2 or 1 by external id."""

    query: str
    language: str
    answers: Mapping[str, int]


def judged() -> list[Judged]:
    """All judged queries."""
    return [Judged(**one) for one in json.loads(_FILE.read_text("utf-8"))["queries"]]


def bodies(queries: Sequence[Judged]) -> Iterator[dict[str, Any]]:
    """The calls of `/search/multi-search` that ask all of them, in their order."""
    asked = [
        {"indexUid": "practices", "q": one.query, "limit": DEPTH, "attributesToRetrieve": ["id"]}
        for one in queries
    ]
    for start in range(0, len(asked), _QUERIES_IN_A_CALL):
        yield {"queries": asked[start : start + _QUERIES_IN_A_CALL]}


def ndcg(found: Sequence[str], answers: Mapping[str, int]) -> float:
    """Normalised discounted cumulative gain at 10: 1 when nothing better could stand first.

    The gain of a grade is 2 to its power, less one.
    """
    ideal = sorted(answers.values(), reverse=True)
    return _gain([answers.get(one, 0) for one in found]) / _gain(ideal)


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:DEPTH]))


def by_language(queries: Sequence[Judged], scores: Sequence[float]) -> dict[str, float]:
    """The mean of each language, and of all queries under `all`."""
    grouped: dict[str, list[float]] = {"all": list(scores)}
    for one, score in zip(queries, scores, strict=True):
        grouped.setdefault(one.language, []).append(score)
    return {language: sum(part) / len(part) for language, part in grouped.items()}
