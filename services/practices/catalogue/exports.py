"""Practices for spreadsheets, maps and programs: every match, a page at a time.

Nothing is held but the page that is being written, however many practices there are.
Licence and source stand on every row: a row that is copied out keeps them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from anyio import to_thread

from services.practices.catalogue import jsonld
from services.practices.catalogue.exports_xlsx import Sheet
from services.practices.catalogue.schemas import BudgetOut
from services.practices.regions import Regions
from shared.tabular import guarded

Record = Mapping[str, Any]
Pages = AsyncIterator[Sequence[Record]]
Format = Literal["json", "csv", "geojson", "xlsx", "jsonld"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "xlsx": XLSX,
    "jsonld": "application/ld+json",
}
COLUMNS = (
    "id",
    "version",
    "title",
    "original_title",
    "language",
    "regions",
    "countries",
    "role",
    "areas",
    "target_groups",
    "status",
    "start",
    "end",
    "result",
    "confidence",
    "summary",
    "objectives",
    "activities",
    "results",
    "lessons",
    "challenges",
    "limiting_factors",
    "budget",
    "budget_amount",
    "budget_currency",
    "budget_eur",
    "funds",
    "partners",
    "people_reached",
    "sources",
    "url",
    "provenance",
    "provenance_note",
    "licence",
    "published_at",
    "updated_at",
)

Cell = str | int | float | None


def preferred(accept: str | None) -> Format:
    """The format when none is named: the one that Accept puts first, else JSON."""
    first = (accept or "").split(",")[0].split(";")[0].strip().lower()
    found: list[Format] = [kind for kind, media in MEDIA.items() if media == first]
    return found[0] if found else "json"


def row(record: Record, regions: Regions, site: str) -> list[Cell]:
    """The cells of a practice, in the order of COLUMNS."""
    places = [regions.shown(code) for code in record["regions"]]
    budget = BudgetOut.of(record) or BudgetOut()
    flat = {
        **record,
        "regions": [place["name"] for place in places],
        "countries": sorted({place["country_code"] for place in places}),
        "start": record["period"]["start"],
        "end": record["period"]["end"],
        "budget": budget.stated,
        "budget_amount": budget.amount,
        "budget_currency": budget.currency,
        "budget_eur": budget.amount_eur,
        "partners": [one.get("name") for one in record.get("partners") or ()],
        "sources": [one["url"] for one in record.get("sources") or () if one.get("url")],
        "url": f"{site}/practices/{record['id']}",
    }
    return [_cell(flat.get(column)) for column in COLUMNS]


def _cell(value: Any) -> Cell:  # noqa: ANN401 - any field of a record
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list):
        return guarded("; ".join(str(one) for one in value if one is not None))
    if isinstance(value, dict):
        return guarded(json.dumps(value, ensure_ascii=False))
    return guarded(str(value))


async def written(
    first: Sequence[Record], rest: Pages, kind: Format, regions: Regions, site: str
) -> AsyncGenerator[bytes]:
    """The file in pieces. A page is turned into bytes beside the event loop."""
    writer = _Csv() if kind == "csv" else Sheet(COLUMNS, readme(site))
    if kind in _JSON:
        writer = _Json(*_JSON[kind])

    def piece(page: Sequence[Record]) -> bytes:
        if isinstance(writer, _Json):
            return writer.add([writer.item(one, regions, site) for one in page])
        return writer.add([row(one, regions, site) for one in page])

    yield await to_thread.run_sync(piece, first)
    async for page in rest:
        yield await to_thread.run_sync(piece, page)
    yield writer.end()


class _Csv:
    """Rows as RFC 4180 has them: UTF-8, CRLF ends a line."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        self._writer = csv.writer(self._out)
        self._writer.writerow(COLUMNS)

    def add(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        self._writer.writerows(rows)
        return self.end()

    def end(self) -> bytes:
        taken = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return taken.encode()


class _Json:
    """Items of one list in a document."""

    def __init__(
        self, before: bytes, after: bytes, item: Callable[[Record, Regions, str], dict[str, Any]]
    ) -> None:
        self._next, self._after, self.item = before, after, item

    def add(self, items: Sequence[dict[str, Any]]) -> bytes:
        if not items:
            return b""
        written = b",\n".join(json.dumps(one, ensure_ascii=False).encode() for one in items)
        begun, self._next = self._next + written, b",\n"
        return begun

    def end(self) -> bytes:
        return self._after if self._next == b",\n" else self._next + self._after


def feature(record: Record, regions: Regions, site: str) -> dict[str, Any]:
    """A point at the practice's first region's label point; null where there is none."""
    lead = record["regions"][0]
    point = regions.point(lead)
    return {
        "type": "Feature",
        "id": record["id"],
        "geometry": {"type": "Point", "coordinates": list(point)} if point else None,
        "properties": {
            "title": record["title"],
            "region": lead,
            "region_name": regions.shown(lead)["name"],
            "areas": record["areas"],
            "status": record["status"],
            "result": record["result"],
            "url": f"{site}/practices/{record['id']}",
            "provenance": record["provenance"],
            "licence": record["licence"],
        },
    }


_CONTEXT = json.dumps(jsonld.CONTEXT).encode()
_JSON = {
    "geojson": (b'{"type": "FeatureCollection", "features": [\n', b"\n]}\n", feature),
    "jsonld": (
        b'{"@context": ' + _CONTEXT + b', "@type": "ItemList", "itemListElement": [\n',
        b"\n]}\n",
        jsonld.node,
    ),
}


def readme(site: str) -> Iterator[tuple[str, str]]:
    """What the workbook's second sheet says."""
    yield "What this is", "Practices of the Integration Lab: one row a practice."
    yield "Where it is from", f"{site}/practices"
    yield "Licence", "Each row names its own in the column licence."
    yield "Source", "Each row names its page in url, the sources it was written from in sources."
    yield "Several values", "In one cell they are parted by a semicolon and a space."
    yield "Empty cells", "Not stated."
    yield (
        "An apostrophe first",
        (
            "A text that a spreadsheet would take for a formula begins with an apostrophe that is "
            "not part of it."
        ),
    )
    yield "provenance", "Who stands behind the row; provenance_note says it in a sentence."
    yield "confidence", "How sure the facts are, where they were gathered from public sources."
