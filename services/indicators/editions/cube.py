"""Scores as a JSON-stat 2.0 dataset (json-stat.org): region by dimension by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.indicators.published.sheets import Row


def dataset(
    heading: Mapping[str, Any], title: str, names: Mapping[str, str], rows: Sequence[Row]
) -> dict[str, Any]:
    """The rows as a cube. A cell without a score is null, and `status` says why.

    heading  what is known of the edition, kept as the dataset's extension
    names    names of the regions
    """
    regions = {row["region"]: names[row["region"]] for row in rows}
    dimensions = {row["dimension"]: row["name"] for row in rows}
    groups = {row["group"]: row["group"] for row in rows}
    axes = {"region": regions, "dimension": dimensions, "group": groups}
    order = [{code: place for place, code in enumerate(one)} for one in axes.values()]
    size = [len(one) for one in axes.values()]
    values: list[float | None] = [None] * (size[0] * size[1] * size[2])
    status: dict[str, str] = {}
    for row in rows:
        region, dimension, group = (
            place[row[name]] for place, name in zip(order, axes, strict=True)
        )
        cell = (region * size[1] + dimension) * size[2] + group
        values[cell] = row["score"]
        if row["score"] is None:
            status[str(cell)] = row["state"]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": title,
        "source": heading["source"],
        "note": [heading["notice"]],
        "id": list(axes),
        "size": size,
        "role": {"geo": ["region"]},
        "dimension": {
            name: {"category": {"index": list(labels), "label": labels}}
            for name, labels in axes.items()
        },
        "value": values,
        "status": status,
        "extension": dict(heading),
    }
