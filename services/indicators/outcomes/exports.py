"""Outcome values as files: CSV, JSON-stat 2.0, SDMX-CSV. What is exported can be imported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic_core import to_json

from services.indicators.outcomes import flags, jsonstat, sdmx_csv, views
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.imports import AGENCY, GROUPS, UNITS
from services.indicators.outcomes.records import SeriesRecord
from services.indicators.outcomes.schemas import ObservationOut
from services.indicators.outcomes.store import Catalogue
from services.indicators.published import exports
from services.indicators.published.holdings import Holdings
from shared.shelf import Body

OutcomeFormat = Literal["json", "csv", "json-stat", "sdmx-csv", "datapackage"]

SDMX = "application/vnd.sdmx.data+csv"
ZIP = "application/zip"
CONTENT: dict[str, object] = {
    **exports.CSV_CONTENT,
    SDMX: {"schema": {"type": "string"}},
    ZIP: {"schema": {"type": "string", "format": "binary"}},
}

COLUMNS = tuple(ObservationOut.model_fields)
DERIVED = "DERIVED"
"""Stands for the agency of a series that its publisher did not compute."""


def csv(rows: Sequence[Observation], holdings: Holdings, catalogue: Catalogue) -> Body:
    """One row a value, with licence and source on every row."""
    shown = (views.observation(one, holdings, catalogue) for one in rows)
    cells = ([getattr(one, name) for name in COLUMNS] for one in shown)
    return exports.table("outcomes", COLUMNS, cells)


def json_stat(rows: Sequence[Observation], holdings: Holdings, catalogue: Catalogue) -> Body:
    """A cube of series, territory and time; `extension.series` describes the series."""
    series, places = _series(rows, catalogue), sorted({one.geo for one in rows})
    times = sorted({one.period for one in rows})
    names = {place: views.name_of(place, holdings, catalogue) for place in places}
    dimensions = (
        jsonstat.Dimension(
            "series", tuple(series), "Series", {name: _label(one) for name, one in series.items()},
            {name: {"label": one.unit} for name, one in series.items()}, "metric",
        ),
        jsonstat.Dimension("geo", tuple(places), "Territory", names, {}, "geo"),
        jsonstat.Dimension("time", tuple(times), "Period", {}, {}, "time"),
    )  # fmt: skip
    order = [{code: place for place, code in enumerate(one.codes)} for one in dimensions]
    cells = {
        (order[0][one.series] * len(places) + order[1][one.geo]) * len(times)
        + order[2][one.period]: jsonstat.Cell(one.value, one.flag)
        for one in rows
    }
    facts = {
        "label": "Outcome values",
        "source": "; ".join(sorted({one.attribution for one in series.values()})),
        "note": [catalogue.notes.notice] if catalogue.notes else [],
        "extension": {
            "status": {"label": flags.MEANINGS},
            "series": {name: _facts(one) for name, one in series.items()},
        },
    }
    document = jsonstat.encode(jsonstat.Cube(dimensions, cells, facts))
    headers = {"Content-Disposition": 'attachment; filename="outcomes.json"', "Vary": "Accept"}
    return Body(to_json(document), headers=headers)


def sdmx(rows: Sequence[Observation], catalogue: Catalogue) -> Body:
    """As Eurostat serves it, with `indicator` and `series` as two more dimensions."""
    series = _series(rows, catalogue)
    codes = {name: dimensions(one) for name, one in series.items()}
    columns = ["indicator", "series", *sorted({each for one in codes.values() for each in one})]
    place = {name: number for number, name in enumerate(series)}
    ordered = sorted(rows, key=lambda one: (place[one.series], one.geo, one.period))
    found = (_row(one, series[one.series], codes[one.series]) for one in ordered)
    text = sdmx_csv.write([*columns, "geo"], found)
    headers = {"Content-Disposition": 'attachment; filename="outcomes.csv"', "Vary": "Accept"}
    return Body(text.encode(), f"{SDMX}; version=1.0.0; charset=utf-8", headers)


def _row(one: Observation, series: SeriesRecord, codes: Mapping[str, str]) -> sdmx_csv.Row:
    own = {"indicator": series.indicator, "series": series.id, "geo": one.geo}
    dataset = re.sub(r"[^A-Za-z0-9_@$-]+", "_", series.dataset)
    return sdmx_csv.Row(
        0, _agency(series), dataset, series.updated, {**codes, **own}, one.period, one.value,
        flags.status(one.flag), flags.confidentiality(one.flag),
    )  # fmt: skip


def _series(rows: Sequence[Observation], catalogue: Catalogue) -> dict[str, SeriesRecord]:
    """The series of the rows, by their ids, in order."""
    return {name: catalogue.series[name] for name in sorted({one.series for one in rows})}


def _label(one: SeriesRecord) -> str:
    parts = (one.indicator, one.group_label, one.age, one.dataset)
    return ", ".join(part for part in parts if part)


def _agency(one: SeriesRecord) -> str:
    return DERIVED if one.derived else AGENCY


def _facts(one: SeriesRecord) -> dict[str, Any]:
    """What a reader of the cube has to know of a series."""
    return {
        "indicator": one.indicator,
        "agency": _agency(one),
        "dataset": one.dataset,
        "updated": one.updated,
        "retrieved": one.date,
        "dimensions": dimensions(one),
        "unit": one.unit,
        "population_group": one.group,
        "group_basis": one.group_basis,
        "group_label": one.group_label,
        "source": one.attribution,
        "licence": one.licence,
        "nuts_version": one.nuts_version,
        "derived": one.derived,
        "calculation": one.calculation,
        "flags_kept": one.flags_kept,
        "doubts": list(one.doubts),
    }


def dimensions(one: SeriesRecord) -> dict[str, str]:
    """The codes of a series by dimension, as Eurostat names them."""
    if one.updated is not None:
        return dict(one.dims)
    units = {text: code for code, text in UNITS.items() if code != "NR"} | {"%": "PC"}
    group = {basis: name for name, basis in GROUPS.items()}.get(one.group_basis or "")
    found = {
        **one.dims,
        "unit": units.get(one.unit) or re.sub(r"[^A-Z0-9]+", "_", one.unit.upper()),
        **({"sex": one.sex} if one.sex else {}),
        **({"age": one.age} if one.age else {}),
        **({group: one.group} if group and one.group else {}),
    }
    return dict(sorted(found.items()))
