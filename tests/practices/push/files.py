"""Files of practices as somebody would send them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

from tests.examples import a_practice

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": XLSX,
}
HEADER = ("external_id", "regions", "title", "role", "areas", "activities", "summary")
ROW = ("cat-1", "ES51", "Welcome desk", "leader", "reception", "A desk", "A desk for all.")


def practices(number: int, **changes: Any) -> list[dict[str, Any]]:
    """Practices with external ids of their own."""
    return [a_practice(external_id=f"cat-{n}", **changes) for n in range(1, number + 1)]


def as_json(items: Sequence[Any]) -> bytes:
    return json.dumps(items).encode()


def as_ndjson(items: Sequence[Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in items)


def as_csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def as_xlsx(rows: Sequence[Sequence[Any]], sheet: str = "practices") -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row(**changes: str) -> list[str]:
    """A good row under HEADER, with other cells."""
    return [changes.get(name, cell) for name, cell in zip(HEADER, ROW, strict=True)]
