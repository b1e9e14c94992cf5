"""Files of outcome values as Eurostat serves them, or as we export them, read into one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from services.indicators.domain.faults import pointer
from services.indicators.outcomes import flags, jsonstat, sdmx_csv
from services.indicators.published import files
from shared import tabular
from shared.problems import InputError, Invalid

LARGEST = 64_000_000
"""Bytes of a file."""


class Value(NamedTuple):
    """One value of a file, with where it stands there."""

    row: int | None
    pointer: str | None
    agency: str
    dataset: str
    updated: str | None
    dimensions: Mapping[str, str]
    geo: str
    period: str
    value: float | None
    flags: flags.Read


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was read. labels: dimension -> code -> label; `geo` is among them.

    kept  what a file of ours says of a series and Eurostat's do not: by series
    """

    values: Sequence[Value]
    labels: Mapping[str, Mapping[str, str]]
    kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


def read(content: bytes) -> Content:
    """The values of a file. Invalid with everything that is wrong with its form."""
    if len(content) > LARGEST:
        detail = f"The file has {len(content)} bytes; at most {LARGEST} are read."
        raise Invalid(detail, [InputError("too_large", detail, value=len(content))])
    text = tabular.decoded(content)
    if text.lstrip()[:1] in ("{", "["):
        return _of_cube(jsonstat.decode(files.document(text)))
    rows = sdmx_csv.read(text)
    return Content([_of_row(row) for row in rows], {})


def _of_row(row: sdmx_csv.Row) -> Value:
    dimensions = dict(row.dimensions)
    return Value(
        row.number, None, row.agency, row.dataset, row.updated, dimensions,
        dimensions.pop("geo", ""), row.period, row.value,
        flags.read(row.flag, row.confidentiality),
    )  # fmt: skip


def _marks(cell: jsonstat.Cell) -> str:
    """The flags of a cell. Older documents mark a blank with a colon, which says no more."""
    return cell.status if cell.value is not None else cell.status.replace(":", "")


def _of_cube(cube: jsonstat.Cube) -> Content:
    geo, time = _named(cube, "geo", ("geo",)), _named(cube, "time", ("time", "TIME_PERIOD"))
    extension = cube.facts.get("extension", {})
    own = _objects(extension.get("series"))
    common = {
        "agency": extension.get("agencyId") or cube.facts.get("source", ""),
        "dataset": str(extension.get("id", "")).lower(),
        "updated": cube.facts.get("updated"),
    }
    names = [one.name for one in cube.dimensions]
    values: list[Value] = []
    for index, cell in cube.cells.items():
        codes = dict(zip(names, cube.place(index), strict=True))
        place, period = codes.pop(geo), codes.pop(time)
        facts: Mapping[str, Any] = common
        if own:
            name = codes.get("series", "")
            facts = own.get(name, {})
            codes = {"series": name, "indicator": str(facts.get("indicator", ""))}
            dimensions = facts.get("dimensions")
            codes |= {k: str(v) for k, v in dimensions.items()} if dimensions else {}
        values.append(Value(
            None, pointer("value", index), str(facts.get("agency", "")),
            str(facts.get("dataset", "")), sdmx_csv.moment(str(facts.get("updated"))), codes,
            place, period,
            cell.value, flags.read(_marks(cell)),
        ))  # fmt: skip
    labels = {one.name: one.labels for one in cube.dimensions}
    return Content(values, {**labels, "geo": labels[geo]}, own)


def _objects(given: object) -> dict[str, dict[str, Any]]:
    """Those members of an object that are objects themselves, and whose dimensions are, too."""
    found = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    return {
        name: one
        for name, one in found.items()
        if isinstance(one, dict) and isinstance(one.get("dimensions", {}), dict)
    }


def _named(cube: jsonstat.Cube, role: str, names: Sequence[str]) -> str:
    """The dimension with a role, or of a usual name. Invalid when there is none."""
    for one in cube.dimensions:
        if one.role == role or one.name in names:
            return one.name
    detail = f"The cube has no dimension for {role}."
    error = InputError("missing_dimension", detail, "/id", allowed=list(names))
    raise Invalid(detail, [error])
