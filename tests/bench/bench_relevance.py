"""How well the order of answers agrees with the judged queries, over the whole platform."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import httpx

from tests.search.judging import bodies, by_language, judged, ndcg
from tests.server import Server, running

_GOAL = 0.8


def rows() -> list[dict[str, Any]]:
    """nDCG@10 of each language and of all queries; the judged set is not a held-out one."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as server:
        queries = judged()
        found = _found(server)
    scores = [ndcg(order, one.answers) for one, order in zip(queries, found, strict=True)]
    return [
        {
            "name": f"relevance, nDCG@10, {language}, {_counted(language)} judged queries",
            "value": round(mean, 3),
            "unit": "of 1",
            "baseline": None,
            "ratio": None,
            "goal": f">= {_GOAL}" if language == "all" else "",
            "holds": mean >= _GOAL if language == "all" else None,
        }
        for language, mean in by_language(queries, scores).items()
    ]


def _counted(language: str) -> int:
    return sum(language in ("all", one.language) for one in judged())


def _found(server: Server) -> list[list[str]]:
    """The external ids that each judged query finds, best first."""
    with httpx.Client(timeout=30) as client:
        names = _names(client, server.api)
        results = [
            result
            for body in bodies(judged())
            for result in client.post(f"{server.api}/search/multi-search", json=body).json()[
                "results"
            ]
        ]
    return [[names[hit["id"]] for hit in result["hits"]] for result in results]


def _names(client: httpx.Client, api: str) -> dict[str, str]:
    names: dict[str, str] = {}
    query: dict[str, Any] | None = {"limit": 100}
    while query:
        page = client.get(f"{api}/practices", params=query).json()
        names |= {one["id"]: one["external_id"] for one in page["items"]}
        query = query | {"cursor": page["next"]} if page["next"] else None
    return names
