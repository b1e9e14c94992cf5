"""Facets: how many of the found documents have each value, and the range of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine.columns import EMPTY, ColumnView, as_label
from services.search.engine.errors import EngineError
from services.search.engine.index import Snapshot
from services.search.engine.settings import rank_of
from services.search.engine.text import fold, from_each_word
from services.search.engine.typos import LONGEST, WordGroup

Mask = NDArray[np.bool_]
_STAR = "*"


def distribution(snapshot: Snapshot, asked: list[str], found: Mask) -> dict[str, Any]:
    """`facetDistribution` and `facetStats` of the found documents.

    An asked facet without a value is there, empty. Raises EngineError (invalid_search_facets).
    """
    counts: dict[str, dict[str, int]] = {}
    stats: dict[str, dict[str, float]] = {}
    faceting = snapshot.settings["faceting"]
    for name in _names(snapshot, asked):
        column = snapshot.columns.get(name, EMPTY)
        numbers, texts = _counted_numbers(column, found), _counted_texts(column, found)
        values = _joined(numbers, texts)
        order = faceting["sortFacetValuesBy"]
        if order.get(name, order.get(_STAR, "alpha")) == "count":
            values = dict(sorted(values.items(), key=lambda pair: -pair[1]))
        counts[name] = dict(list(values.items())[: faceting["maxValuesPerFacet"]])
        if numbers:
            stats[name] = {"min": numbers[0][0], "max": numbers[-1][0]}
    return {"facetDistribution": dict(sorted(counts.items())), "facetStats": stats}


def _names(snapshot: Snapshot, asked: list[str]) -> list[str]:
    filterable = snapshot.settings["filterableAttributes"]
    if _STAR in asked:
        covered = [name for name in snapshot.columns if rank_of(name, filterable) is not None]
        plain = [name for name in filterable if _STAR not in name]
        return sorted({*covered, *plain} - {"_geo"})
    for name in asked:
        if rank_of(name, filterable) is None:
            listed = ", ".join(filterable)
            available = (
                f"The available filterable attributes are: `{listed}`"
                if listed
                else "This index does not have configured filterable attributes"
            )
            raise EngineError(
                "invalid_search_facets",
                f"Invalid facet distribution: Attribute `{name}` is not filterable. {available}.",
            )
    return list(dict.fromkeys(asked))


def counts_of(column: ColumnView, found: Mask) -> dict[str, int]:
    """Documents per value, in alphabetical order; numbers by size before text."""
    return _joined(_counted_numbers(column, found), _counted_texts(column, found))


def _joined(numbers: list[tuple[float, int]], texts: list[tuple[str, int]]) -> dict[str, int]:
    counts = {as_label(number): count for number, count in numbers}
    for label, count in texts:
        counts[label] = counts.get(label, 0) + count
    return counts


def _counted_numbers(column: ColumnView, found: Mask) -> list[tuple[float, int]]:
    """Number and documents, by size."""
    if not len(column.numbers):
        return []
    figures, positions = column.figures
    counts = np.bincount(positions[found[column.number_places]], minlength=len(figures))
    met = np.flatnonzero(counts)
    return list(zip(figures[met].tolist(), counts[met].tolist(), strict=True))


def _counted_texts(column: ColumnView, found: Mask) -> list[tuple[str, int]]:
    """Text and documents, in alphabetical order."""
    counts = np.bincount(column.codes[found[column.text_places]], minlength=len(column.labels))
    met = np.flatnonzero(counts)
    met = met[np.argsort(column.text_rank[met])]
    labels = [column.labels[code] for code in met.tolist()]
    return list(zip(labels, counts[met].tolist(), strict=True))


def facet_hits(
    snapshot: Snapshot, name: str, query: str | None, found: Mask
) -> list[dict[str, Any]]:
    """Values of one facet with a word that starts with the query, typos allowed, with counts.

    Raises EngineError (invalid_facet_search_facet_name).
    """
    if rank_of(name, snapshot.settings["filterableAttributes"]) is None:
        raise EngineError(
            "invalid_facet_search_facet_name",
            f"Attribute `{name}` is not facet-searchable. Note: this attribute is not set in "
            "`filterableAttributes`.",
        )
    faceting = snapshot.settings["faceting"]
    values = counts_of(snapshot.columns.get(name, EMPTY), found)
    kept = _with_start(list(values), query or "", snapshot.settings["typoTolerance"])
    order = faceting["sortFacetValuesBy"]
    if order.get(name, order.get(_STAR, "alpha")) == "count":
        kept.sort(key=lambda value: -values[value])
    most = faceting["maxValuesPerFacet"]
    return [{"value": value, "count": values[value]} for value in kept[:most]]


def _with_start(values: list[str], query: str, typo_rule: dict[str, Any]) -> list[str]:
    """The values of which a word, with what follows it, starts with the query.

    A Meilisearch server looks at the first word only: what it finds is found here too.
    """
    wanted = fold(query.strip())
    if not wanted or not values:
        return values
    pairs = [(value, tail) for value in values for tail in from_each_word(value)]
    sizes = typo_rule["minWordSizeForTypos"]
    typos = (len(wanted) >= sizes["oneTypo"]) + (len(wanted) >= sizes["twoTypos"])
    if not typo_rule["enabled"] or typos == 0 or len(wanted) + typos >= LONGEST:
        found = {value for value, tail in pairs if tail.startswith(wanted)}
        return [value for value in values if value in found]
    near = WordGroup([tail for _, tail in pairs]).distances(wanted, typos, prefix=True)
    found = {
        value
        for (value, tail), distance in zip(pairs, near.tolist(), strict=True)
        if tail.startswith(wanted) or (distance <= typos and tail[:1] == wanted[:1])
    }
    return [value for value in values if value in found]
