"""Outcome values as a Frictionless Data Package: CSV files that say what they are.

A zip of `datapackage.json` and the tables that it describes: types, allowed values, keys,
licence, sources, and size and SHA-256 of each file (specs.frictionlessdata.io).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from services.indicators.outcomes import exports as exports_outcomes
from services.indicators.outcomes import flags, views
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import SeriesRecord
from services.indicators.outcomes.schemas import SeriesOut
from services.indicators.outcomes.store import Catalogue
from services.indicators.published import exports
from services.indicators.published.exports import Cell
from services.indicators.published.holdings import Holdings
from shared.shelf import Body

_NUMBERS = {"value": "number", "n_values": "integer", "n_territories": "integer"}
_YES_NO = ("derived", "flags_kept")
_NEEDED = ("indicator", "series", "region", "period", "unit", "source", "licence", "id", "code")
_INDICATOR = ("code", "name", "group", "unit", "direction", "populations", "datasets",
              "lowest_level", "status", "note", "source")  # fmt: skip
_TERRITORY = ("code", "name", "kind", "level", "nuts_version", "part_of")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Table(NamedTuple):
    """One file of the package. keys: column -> the table and column that it points to."""

    name: str
    title: str
    columns: Sequence[str]
    content: bytes
    primary: Sequence[str]
    keys: Mapping[str, tuple[str, str]] = {}


def package(rows: Sequence[Observation], holdings: Holdings, catalogue: Catalogue) -> Body:
    """The zip. Equal values give equal bytes."""
    series = [catalogue.series[name] for name in sorted({one.series for one in rows})]
    tables = [
        Table(
            "observations", "Values", exports_outcomes.COLUMNS,
            exports_outcomes.csv(rows, holdings, catalogue).content,
            ("series", "region", "period"),
            {"indicator": ("indicators", "code"), "series": ("series", "id"),
             "region": ("territories", "code")},
        ),
        _series(series, catalogue),
        _indicators(series, catalogue),
        _territories(sorted({one.geo for one in rows}), holdings, catalogue),
    ]  # fmt: skip
    groups = sorted({one.group for one in series if one.group})
    described = json.dumps(_describe(tables, series, groups, catalogue), indent=1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (
            ("datapackage.json", described.encode()),
            *((f"{one.name}.csv", one.content) for one in tables),
        ):
            info = zipfile.ZipInfo(name, _EPOCH)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    headers = {"Content-Disposition": 'attachment; filename="outcomes.zip"', "Vary": "Accept"}
    return Body(out.getvalue(), exports_outcomes.ZIP, headers)


def _series(series: Sequence[SeriesRecord], catalogue: Catalogue) -> Table:
    columns = ("id", "indicator", *[name for name in SeriesOut.model_fields if name != "id"])
    cells = (
        {"indicator": one.indicator, **views.series_out(one, catalogue).model_dump()}
        for one in series
    )
    keys = {"indicator": ("indicators", "code")}
    return Table("series", "Series", columns, _csv(columns, cells), ("id",), keys)


def _indicators(series: Sequence[SeriesRecord], catalogue: Catalogue) -> Table:
    codes = sorted({one.indicator for one in series} & catalogue.indicators.keys())
    cells = (catalogue.indicators[code].model_dump() for code in codes)
    return Table("indicators", "Definitions", _INDICATOR, _csv(_INDICATOR, cells), ("code",))


def _territories(places: Sequence[str], holdings: Holdings, catalogue: Catalogue) -> Table:
    def cells(code: str) -> dict[str, Any]:
        region = holdings.regions.get(code)
        if region is None:
            return catalogue.territories[code].model_dump()
        nuts = region.nuts
        return {
            "code": code, "name": region.name, "kind": "region", "part_of": region.part_of,
            "level": nuts.level if nuts else None, "nuts_version": nuts.version if nuts else None,
        }  # fmt: skip

    content = _csv(_TERRITORY, map(cells, places))
    return Table("territories", "Territories", _TERRITORY, content, ("code",))


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    return exports.table(
        "", columns, ([_cell(row[name]) for name in columns] for row in rows)
    ).content


def _cell(value: Any) -> Cell:  # noqa: ANN401 - a field of a record
    return "; ".join(value) if isinstance(value, list | tuple) else value


def _describe(
    tables: Sequence[Table],
    series: Sequence[SeriesRecord],
    groups: Sequence[str],
    catalogue: Catalogue,
) -> dict[str, Any]:
    sources = {one.attribution: catalogue.sources[one.source].repository for one in series}
    return {
        "profile": "tabular-data-package",
        "name": "outcome-values",
        "title": "Outcome values",
        "description": catalogue.notes.notice if catalogue.notes else "",
        "licenses": [{"name": "other-attribution", "title": one}
                     for one in sorted({each.licence for each in series})],
        "sources": [{"title": title, "path": path} for title, path in sorted(sources.items())],
        "resources": [_resource(one, groups) for one in tables],
    }  # fmt: skip


def _resource(one: Table, groups: Sequence[str]) -> dict[str, Any]:
    enums = {
        "population_group": groups,
        "confidentiality": list(flags.CONFIDENTIALITY),
        "direction": ["higher is better", "lower is better", "none"],
    }
    schema: dict[str, Any] = {
        "fields": [_field(name, enums.get(name)) for name in one.columns],
        "primaryKey": list(one.primary),
        "missingValues": [""],
    }
    if one.keys:
        schema["foreignKeys"] = [
            {"fields": name, "reference": {"resource": table, "fields": column}}
            for name, (table, column) in one.keys.items()
        ]
    return {
        "profile": "tabular-data-resource",
        "name": one.name,
        "title": one.title,
        "path": f"{one.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(one.content),
        "hash": f"sha256:{hashlib.sha256(one.content).hexdigest()}",
        "schema": schema,
    }


def _field(name: str, enum: Sequence[str] | None) -> dict[str, Any]:
    kind = "boolean" if name in _YES_NO else _NUMBERS.get(name, "string")
    limits: dict[str, Any] = {"required": True} if name in _NEEDED else {}
    if enum:
        limits["enum"] = list(enum)
    if name == "flag":
        limits["pattern"] = f"[{''.join(flags.MEANINGS)}]*"
    return {"name": name, "type": kind, **({"constraints": limits} if limits else {})}
