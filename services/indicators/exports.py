"""Tables as CSV, with licence and source on every row: a row that is copied out keeps them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from fastapi import Header

from services.indicators.shelf import Body

Format = Literal["json", "csv"]

# Not in the document: OpenAPI describes Accept by the media types of the answers.
Accept = Annotated[str | None, Header(include_in_schema=False)]

CSV_CONTENT: dict[str, object] = {"text/csv": {"schema": {"type": "string"}}}

Cell = str | float | int | bool | None


def wanted(accept: str | None, form: Format | None) -> Format:
    """The format asked for: by `format`, else CSV when Accept prefers it, else JSON."""
    if form is not None:
        return form
    return "csv" if (accept or "").strip().lower().startswith("text/csv") else "json"


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


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        # A spreadsheet would take it for a formula.
        return "'" + cell
    return str(cell)
