"""Tables as files, with licence and source on every row: a row that is copied out keeps them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from fastapi import Header
from openpyxl import Workbook

from shared.shelf import Body

Format = Literal["json", "csv"]
ScoreFormat = Literal["json", "csv", "json-stat", "xlsx"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# Not in the document: OpenAPI describes Accept by the media types of the answers.
Accept = Annotated[str | None, Header(include_in_schema=False)]

CSV_CONTENT: dict[str, object] = {"text/csv": {"schema": {"type": "string"}}}
SCORE_CONTENT: dict[str, object] = {
    **CSV_CONTENT,
    XLSX: {"schema": {"type": "string", "format": "binary"}},
}

_MOMENT = re.compile(rb">\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<")

Cell = str | float | int | bool | None


def preferred(accept: str | None) -> Format:
    """The format when none is named: CSV when Accept prefers it, else JSON."""
    return "csv" if (accept or "").strip().lower().startswith("text/csv") else "json"


def preferred_sheet(accept: str | None) -> ScoreFormat:
    """The same where a workbook can be had too."""
    first = (accept or "").partition(",")[0].partition(";")[0].strip().lower()
    return "xlsx" if first == XLSX else preferred(accept)


def table(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Body:
    """A CSV file (RFC 4180, UTF-8): an empty cell is null, a point is the decimal sign."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Vary": "Accept",
    }
    return Body(out.getvalue().encode(), "text/csv; charset=utf-8; header=present", headers)


def workbook(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Body:
    """The same table as an XLSX workbook of one sheet. Equal tables give equal bytes."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("scores")
    sheet.append(columns)
    for row in rows:
        sheet.append([f"'{cell}" if _is_formula(cell) else cell for cell in row])
    out = io.BytesIO()
    book.save(out)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Vary": "Accept"}
    return Body(_timeless(out.getvalue()), XLSX, headers)


def _timeless(archive: bytes) -> bytes:
    """The archive without the moment of its making."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = _MOMENT.sub(b">1980-01-01T00:00:00Z<", old.read(name))
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            new.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _is_formula(cell: Cell) -> bool:
    return isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    # A spreadsheet would take it for a formula.
    return f"'{cell}" if _is_formula(cell) else str(cell)
