"""A region's answers as files: CSV, XLSX and JSON, read with every error at once, and written.

    region,indicator,group,state,option,evidence,sources,comment

The last three columns may be left out; the order is free. A cell of `sources` holds one
source a line: `url | title | date`. What a spreadsheet would take for a formula is written
with an apostrophe before it, which is taken away when the file is read: `'` before any
number of `'` and one of `= + - @ tab`. So each text comes back as it was.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from services.indicators.assessments import xlsx_read, xlsx_write
from services.indicators.domain.answers import Answers
from services.indicators.domain.faults import Faults, refusal
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.questionnaire import (
    LONGEST,
    MOST_SOURCES,
    Cell,
    Entry,
    Source,
    prose,
    source,
    source_line,
    source_parts,
)
from shared import strict
from shared.problems import InputError, Invalid

Format = Literal["csv", "xlsx", "json"]

REQUIRED = ("region", "indicator", "group", "state", "option")
COLUMNS = (*REQUIRED, "evidence", "sources", "comment")
HEADER = ",".join(COLUMNS)
MOST_ERRORS = 1_000

MEDIA: Mapping[Format, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NO_ANSWERS = "The answers are not valid. Nothing was stored."


@dataclass(frozen=True, slots=True)
class Row:
    """One answer as a file has it. number: of the row (the header is 1) or, in JSON, the item."""

    number: int
    cells: Mapping[str, str]
    sources: tuple[Source, ...] = ()
    pointer: str | None = None


@dataclass
class Table:
    """The rows of a file, and what is wrong with those that could not be read."""

    rows: list[Row] = field(default_factory=list[Row])
    faults: Faults = field(default_factory=lambda: Faults(_NO_ANSWERS))

    def wrong(
        self,
        code: str,
        detail: str,
        row: Row | int,
        column: str,
        value: object = None,
        allowed: list[str] | str | None = None,
    ) -> None:
        """Note an error of one cell."""
        number, base = (row, None) if isinstance(row, int) else (row.number, row.pointer)
        where = None if base is None else f"{base}/{column}"
        if len(self.faults.errors) < 20 * MOST_ERRORS:
            self.faults.add(
                code, detail, pointer=where, row=number, column=column, value=value, allowed=allowed
            )

    def regions(self) -> list[str]:
        """The regions that the rows name, each once."""
        return list(dict.fromkeys(one.cells["region"] for one in self.rows))


def read(content: bytes, form: Format) -> Table:
    """The rows of a file. Invalid when it is no such file, or holds no row."""
    if not content:
        raise refusal("E_EMPTY", "The file is empty.")
    table = _READERS[form](content)
    if not table.rows and not table.faults.errors:
        raise refusal("E_EMPTY", "The file holds a header and no answers.", row=2)
    return table


def checked(table: Table, methodology: Methodology, region: str) -> dict[Cell, Entry]:
    """The answers of one region. Invalid with everything that is wrong in any row."""
    bare = [{name: row.cells[name] for name in REQUIRED} for row in table.rows]
    try:
        Answers.parse(methodology, bare, [region])
    except Invalid as refused:
        for error in refused.errors:
            table.faults.errors.append(_placed(error, table.rows, region))
    found: dict[Cell, Entry] = {}
    for row in table.rows:
        cell = Cell(row.cells["indicator"], row.cells["group"])
        evidence, comment = (_prose(table, row, name) for name in ("evidence", "comment"))
        option = row.cells["option"] or None
        found[cell] = Entry(row.cells["state"], option, evidence, row.sources, comment)
    stop(table.faults)
    return found


def stop(faults: Faults) -> None:
    """Raise Invalid with what was noted, by row; the first thousand when there are more."""
    faults.errors.sort(key=lambda one: one.row or 0)
    if len(faults.errors) > MOST_ERRORS:
        del faults.errors[MOST_ERRORS:]
        faults.add("E_MORE", f"There are more errors; these are the first {MOST_ERRORS}.")
    faults.stop()


def _placed(error: InputError, rows: Sequence[Row], region: str) -> InputError:
    # Rows are counted from 2 there; here some may have been empty.
    row = rows[(error.row or 2) - 2]
    pointer = f"{row.pointer}/{error.column}" if row.pointer else None
    if error.code == "E_UNKNOWN_REGION":
        detail = f"these are answers of {region}; one file holds one region"
        error = replace(error, detail=detail, allowed=[region])
    return replace(error, row=row.number, pointer=pointer)


def _prose(table: Table, row: Row, name: str) -> str | None:
    try:
        return prose(row.cells.get(name), LONGEST[name])
    except ValueError as reason:
        table.wrong("E_TEXT", str(reason), row, name, value=row.cells[name])
        return None


# ------------------------------------------------------------------ CSV


def _csv(content: bytes) -> Table:
    text = _text(content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    table, number = Table(), 0
    header: list[str] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1:
                header = _header(cells)
            elif any(cells):
                _take(table, number, header, cells)
            if number > xlsx_read.MOST_ROWS:
                raise refusal("E_TOO_LARGE", f"More than {xlsx_read.MOST_ROWS} rows.", row=number)
    except csv.Error as broken:
        raise refusal("E_FORMAT", f"Not CSV: {broken}.", row=number + 1) from broken
    if not header:
        raise refusal("E_EMPTY", "The file has no header.", row=1, allowed=HEADER)
    return table


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        row = content[: broken.start].count(b"\n") + 1
        detail = f"Byte {broken.start} (0x{content[broken.start]:02X}) is not UTF-8."
        raise refusal("E_ENCODING", detail, row=row, allowed="UTF-8") from broken


def _header(cells: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    if set(REQUIRED) <= set(header) <= set(COLUMNS) and len(set(header)) == len(header):
        return header
    detail = f"The header must name {', '.join(REQUIRED)}, and may name evidence, sources, comment."
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        detail += " Columns are separated by commas."
    value = ",".join(header)[:80]
    raise refusal("E_FORMAT", detail, row=1, value=value, allowed=list(COLUMNS))


def _take(table: Table, number: int, header: Sequence[str], cells: Sequence[str]) -> None:
    if len(cells) != len(header):
        detail = f"the row has {len(cells)} cells instead of {len(header)}"
        table.wrong("E_FORMAT", detail, number, header[0])
        return
    given = dict(zip(header, map(_plain, cells), strict=True))
    sources = _listed_sources(table, number, given.get("sources", ""))
    table.rows.append(Row(number, given, sources))


def _plain(text: str) -> str:
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def _guarded(text: str) -> str:
    return "'" + text if _FORMULA.match(text) else text


# ------------------------------------------------------------------ XLSX


def _xlsx(content: bytes) -> Table:
    sheet = xlsx_read.read(content)
    table = Table()
    rows = sorted(sheet.rows.items())
    if not rows or rows[0][0] != 1:
        raise refusal("E_FORMAT", "The header must stand in row 1.", row=1, allowed=list(COLUMNS))
    first = rows[0][1]
    width = max(first) + 1
    header = _header([first[n].text if n in first else "" for n in range(width)])
    for reference in sheet.merged:
        number = int(re.sub(r"[^0-9].*", "", reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) or 0)
        detail = f"The cells {reference} are merged; each cell holds its own value."
        table.faults.add("E_MERGED", detail, row=number or None, value=reference)
    for number, cells in rows[1:]:
        _take_cells(table, number, header, cells)
    return table


def _take_cells(
    table: Table, number: int, header: Sequence[str], cells: Mapping[int, xlsx_read.Found]
) -> None:
    refused = False
    for place, cell in sorted(cells.items()):
        name = header[place] if place < len(header) else xlsx_read.column(place)
        if place >= len(header):
            detail = "the row has more cells than the header"
            table.wrong("E_FORMAT", detail, number, name, value=cell.text)
        elif cell.kind == "formula":
            detail = "a formula; only its result as text can be taken"
            table.wrong("E_FORMULA", detail, number, name, value=cell.text, allowed="text")
        elif cell.kind != "text":
            detail = f"a {cell.kind}; give the column the format Text and type it again"
            table.wrong("E_TYPE", detail, number, name, value=cell.text, allowed="text")
        refused = refused or place >= len(header) or cell.kind != "text"
    if not refused:
        texts = [cells[n].text if n in cells else "" for n in range(len(header))]
        _take(table, number, header, texts)


# ------------------------------------------------------------------ JSON

_HEADING = ("methodology", "methodology_version", "region", "answers")


def _json(content: bytes) -> Table:
    try:
        data = strict.loads(content)
    except json.JSONDecodeError as broken:
        detail = f"Not JSON: {broken.msg} (line {broken.lineno}, column {broken.colno})."
        raise refusal("E_FORMAT", detail, row=broken.lineno) from broken
    answers = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(answers, list) or not set(data) <= set(_HEADING):
        detail = "An object with a list `answers` is expected."
        raise refusal("E_FORMAT", detail, pointer="/answers", allowed=list(_HEADING))
    if len(answers) > xlsx_read.MOST_ROWS:
        detail = f"More than {xlsx_read.MOST_ROWS} answers."
        raise refusal("E_TOO_LARGE", detail, pointer="/answers")
    table = Table()
    for place, item in enumerate(answers):
        _take_item(table, place, item)
    return table


def _take_item(table: Table, place: int, item: object) -> None:
    empty = Row(place + 1, {}, (), f"/answers/{place}")
    if not isinstance(item, dict):
        table.wrong("E_TYPE", "an object is expected", empty, "", value=item, allowed="an object")
        return
    before = len(table.faults.errors)
    for name in sorted({*item} - {*COLUMNS}):
        table.wrong("E_FORMAT", "no such field", empty, str(name)[:80], allowed=list(COLUMNS))
    texts: dict[str, str] = {}
    for name in COLUMNS:
        value = item.get(name)
        if name != "sources" and value is not None and not isinstance(value, str):
            table.wrong("E_TYPE", "text is expected", empty, name, value=value, allowed="text")
        elif name != "sources":
            texts[name] = value or ""
    sources = _items(table, empty, item.get("sources"))
    if len(table.faults.errors) == before:
        table.rows.append(replace(empty, cells=texts, sources=sources))


def _items(table: Table, row: Row, value: object) -> tuple[Source, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        table.wrong("E_TYPE", "a list of sources is expected", row, "sources", value=value)
        return ()
    found: list[Source | None] = []
    for item in value:
        good = isinstance(item, dict) and {*item} <= {*Source._fields}
        given = [item.get(name) for name in Source._fields] if good else []
        parts = ["" if part is None else part for part in given]
        texts = [part for part in parts if isinstance(part, str)]
        if len(texts) < len(Source._fields):
            detail = "a source has url, title and date, as texts"
            table.wrong("E_SOURCE", detail, row, "sources", value=item, allowed=_SOURCE_FORM)
            continue
        found.append(_source(table, row, *texts))
    return _unique(table, row, found)


# ------------------------------------------------------------------ sources

_SOURCE_FORM = "url | title | date, such as https://example.org/law | Act 10/2010 | 2010-05-07"


def _listed_sources(table: Table, row: int, text: str) -> tuple[Source, ...]:
    found: list[Source | None] = []
    for line in re.split(r"\r\n|\r|\n", text):
        if line.strip():
            found.append(_source(table, row, *source_parts(line)))
    return _unique(table, row, found)


def _source(table: Table, row: Row | int, url: str, title: str, date: str) -> Source | None:
    try:
        return source(url, title, date)
    except ValueError as reason:
        given = f"{url} | {title} | {date}"
        table.wrong("E_SOURCE", str(reason), row, "sources", value=given, allowed=_SOURCE_FORM)
        return None


def _unique(table: Table, row: Row | int, found: Sequence[Source | None]) -> tuple[Source, ...]:
    if len(found) > MOST_SOURCES:
        detail = f"{len(found)} sources; at most {MOST_SOURCES}"
        table.wrong("E_SOURCE", detail, row, "sources", value=len(found))
    return tuple(dict.fromkeys(one for one in found if one is not None))


_READERS = {"csv": _csv, "xlsx": _xlsx, "json": _json}


# ------------------------------------------------------------------ writing


def write(
    form: Format, methodology: Methodology, region: str, entries: Iterable[tuple[Cell, Entry]]
) -> bytes:
    """The answers of a region as a file; equal answers give equal bytes."""
    if form == "json":
        return _written_json(methodology, region, entries)
    rows = [COLUMNS, *(_written(region, *one) for one in entries)]
    if form == "xlsx":
        return xlsx_write.write(rows, len(COLUMNS))
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _written(region: str, cell: Cell, entry: Entry) -> list[str]:
    sources = "\n".join(source_line(one) for one in entry.sources)
    texts = (entry.option, entry.evidence, sources, entry.comment)
    return [region, *cell, entry.state, *(_guarded(text or "") for text in texts)]


def _written_json(
    methodology: Methodology, region: str, entries: Iterable[tuple[Cell, Entry]]
) -> bytes:
    answers = [
        {
            "region": region,
            **cell._asdict(),
            "state": entry.state,
            "option": entry.option,
            "evidence": entry.evidence,
            "sources": [one._asdict() for one in entry.sources],
            "comment": entry.comment,
        }
        for cell, entry in entries
    ]
    heading = {
        "methodology": methodology.id,
        "methodology_version": methodology.version,
        "region": region,
        "answers": answers,
    }
    return json.dumps(heading, ensure_ascii=False, indent=1).encode() + b"\n"
