"""SDMX-CSV as Eurostat serves it, read and written.

    DATAFLOW,LAST UPDATE,freq,...,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS

Every column that is none of the named ones is a dimension, whatever it is called; an
empty cell of a dimension means that the row does not have it (files of several flows).
CONF_STATUS came in January 2025; older files have their one list of flags in OBS_FLAG.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from services.indicators.domain.faults import Faults
from services.indicators.published import files

FLOW, UPDATED, PERIOD = "DATAFLOW", "LAST UPDATE", "TIME_PERIOD"
VALUE, FLAG, CONFIDENTIALITY = "OBS_VALUE", "OBS_FLAG", "CONF_STATUS"
NAMED = (FLOW, UPDATED, PERIOD, VALUE, FLAG, CONFIDENTIALITY)
NEEDED = (FLOW, PERIOD, VALUE)

_FLOW = re.compile(r"(?P<agency>[A-Za-z][\w.-]*):(?P<dataset>[A-Za-z0-9_@$-]+)\(\d[\d.]*\)")
_CODE = re.compile(r"[A-Za-z0-9_.+@$-]{1,80}")
_MOMENTS = ("%d/%m/%y %H:%M:%S", "%d/%m/%y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")
_NOT_AVAILABLE = ":"


class Row(NamedTuple):
    """One value. number: its row in the file (the header is row 1); updated: the vintage."""

    number: int
    agency: str
    dataset: str
    updated: str | None
    dimensions: Mapping[str, str]
    period: str
    value: float | None
    flag: str
    confidentiality: str


@lru_cache(256)
def moment(text: str) -> str | None:
    """A vintage as `2025-04-24T23:00:00`, however it is written; None when it is no date.

    The zone is left out: SDMX-CSV gives none, and both formats say the time of Luxembourg.
    """
    bare = re.sub(r"(Z|[+-]\d\d:?\d\d)$", "", text.strip()) if "T" in text else text.strip()
    for form in _MOMENTS:
        try:
            return datetime.strptime(bare, form).strftime("%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007
        except ValueError:
            continue
    return None


def read(text: str) -> list[Row]:
    """The rows of a file. Invalid with everything that is wrong, each with row and column."""
    faults = Faults("The SDMX-CSV file is not valid.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[Row] = []
    try:
        header = next(reader, [])
        dimensions = _header(header, faults)
        for number, cells in enumerate(reader, start=2):
            if len(cells) != len(header):
                detail = f"the row has {len(cells)} cells instead of {len(header)}"
                faults.add("E_FORMAT", detail, row=number)
            else:
                row = dict(zip(header, cells, strict=True))
                found.append(_row(number, row, dimensions, faults))
    except csv.Error as broken:
        faults.add("not_csv", f"not CSV: {broken}", row=reader.line_num)
    faults.stop()
    return found


def _header(header: Sequence[str], faults: Faults) -> list[str]:
    """The names of the dimensions. Invalid when the columns cannot be told apart."""
    missing = [name for name in NEEDED if name not in header]
    if missing or len(set(header)) < len(header):
        detail = f"the header has to name {', '.join(NEEDED)}, and each column once"
        allowed = [*NAMED[:2], "dimensions", *NAMED[2:]]
        faults.add("E_FORMAT", detail, row=1, value=",".join(header), allowed=allowed)
    dimensions = [name for name in header if name not in NAMED]
    for name in dimensions:
        if not _CODE.fullmatch(name):
            faults.add("E_FORMAT", "the name of a dimension is a plain code", row=1,
                       column=name or None, value=name)  # fmt: skip
    faults.stop()
    return dimensions


def _row(number: int, cells: Mapping[str, str], dimensions: Sequence[str], faults: Faults) -> Row:
    def wrong(code: str, detail: str, column: str) -> None:
        faults.add(code, detail, row=number, column=column, value=cells[column])

    flow = _FLOW.fullmatch(cells[FLOW])
    if flow is None:
        wrong("unknown_dataset", "a flow looks like ESTAT:LFST_R_LFE2EMPRTN(1.0)", FLOW)
    given = cells.get(UPDATED, "")
    updated = moment(given) if given else None
    if given and updated is None:
        wrong("bad_date", "a date looks like 24/04/25 23:00:00", UPDATED)
    for name in dimensions:
        if cells[name] and not _CODE.fullmatch(cells[name]):
            wrong("unknown_code", "a plain code is expected, not a label", name)
    text = cells[VALUE]
    blank = text in ("", _NOT_AVAILABLE)
    value = None if blank else files.number_in(text)
    if not blank and value is None:
        wrong("not_a_number", "a value is a decimal number, or empty", VALUE)
    return Row(
        number,
        flow["agency"] if flow else "",
        flow["dataset"].lower() if flow else "",
        updated,
        {name: cells[name] for name in dimensions if cells[name]},
        cells[PERIOD],
        value,
        cells.get(FLAG, ""),
        cells.get(CONFIDENTIALITY, ""),
    )


def write(dimensions: Sequence[str], rows: Iterable[Row]) -> str:
    """The rows as a file, with these dimensions as its columns."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([FLOW, UPDATED, *dimensions, PERIOD, VALUE, FLAG, CONFIDENTIALITY])
    for row in rows:
        writer.writerow(
            [
                f"{row.agency}:{row.dataset.upper()}(1.0)",
                _as_served(row.updated),
                *(row.dimensions.get(name, "") for name in dimensions),
                row.period,
                _decimal(row.value),
                row.flag,
                row.confidentiality,
            ]
        )
    return out.getvalue()


def _as_served(updated: str | None) -> str:
    if updated is None:
        return ""
    return datetime.fromisoformat(updated).strftime("%d/%m/%y %H:%M:%S")


def _decimal(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
