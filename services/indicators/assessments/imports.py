"""A region's answers as files: CSV, XLSX and JSON, read with every error at once.

    region,indicator,group,state,option,evidence,sources,comment

The last three columns may be left out; the order is free. A cell of `sources` holds one
source a line: `url | title | date`. The apostrophe that `exports` writes before what a
spreadsheet would take for a formula is taken away.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

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
    source_parts,
)
from shared import strict, tabular, workbooks
from shared.ooxml import Limits
from shared.problems import InputError, Invalid

Format = Literal["csv", "xlsx", "json"]

REQUIRED = ("region", "indicator", "group", "state", "option")
COLUMNS = (*REQUIRED, "evidence", "sources", "comment")
HEADER = ",".join(COLUMNS)
MOST_ERRORS = 1_000
MOST_ROWS = 5_000
_LIMITS = Limits(most_bytes=20_000_000, most_members=200)

MEDIA: Mapping[Format, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}

_CODES = {
    "not_utf8": "E_ENCODING",
    "not_csv": "E_FORMAT",
    "empty": "E_EMPTY",
    "zip_bomb": "E_ARCHIVE",
    "xml_entities": "E_ARCHIVE",
    "wrong_sheet": "E_SHEET",
    "too_many_rows": "E_TOO_LARGE",
    "too_many_columns": "E_TOO_LARGE",
    "cell_too_long": "E_TOO_LARGE",
}
"""Our names of what any reader of files refuses."""

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


@contextmanager
def _readable() -> Generator[None]:
    """Give what makes a file unreadable the code that it has for answers."""
    try:
        yield
    except Invalid as refused:
        errors = [replace(one, code=_code(one)) for one in refused.errors]
        raise Invalid(refused.detail, errors) from refused


def _code(error: InputError) -> str:
    if error.code == "not_xlsx":
        # The archive is one that can be read; what stands in a row of it is not.
        return "E_FORMAT" if error.row else "E_ARCHIVE"
    return _CODES.get(error.code, error.code)


# ------------------------------------------------------------------ CSV


def _csv(content: bytes) -> Table:
    table, header = Table(), list[str]()
    # The first mark that is tried is the comma, and no other is taken.
    lines = tabular.csv_rows(io.BytesIO(content), lambda _: True, MOST_ROWS + 1)
    with _readable(), closing(lines):
        for number, cells in lines:
            if header:
                _take(table, number, header, cells)
            else:
                header = _header(number, cells)
    if not header:
        raise refusal("E_EMPTY", "The file has no header.", row=1, allowed=HEADER)
    return table


def _header(number: int, cells: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    wrong = {
        "not there": [name for name in REQUIRED if name not in header],
        "unknown": sorted({name[:40] for name in header if name not in COLUMNS}),
        "twice": [name for name in COLUMNS if header.count(name) > 1],
    }
    if not any(wrong.values()):
        return header
    detail = f"The header must name {', '.join(REQUIRED)}, and may name evidence, sources, comment."
    said = (f"{', '.join(map(repr, names))} {why}" for why, names in wrong.items() if names)
    detail += f" Here: {'; '.join(said)}."
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        detail += " Columns are separated by commas."
    value = ",".join(header)[:80]
    raise refusal("E_FORMAT", detail, row=number, value=value, allowed=list(COLUMNS))


def _take(table: Table, number: int, header: Sequence[str], cells: Sequence[str]) -> None:
    if len(cells) != len(header):
        detail = f"the row has {len(cells)} cells instead of {len(header)}"
        table.wrong("E_FORMAT", detail, number, header[0])
        return
    given = dict(zip(header, map(tabular.plain, cells), strict=True))
    sources = _listed_sources(table, number, given.get("sources", ""))
    table.rows.append(Row(number, given, sources))


# ------------------------------------------------------------------ XLSX


def _xlsx(content: bytes) -> Table:
    table, header = Table(), list[str]()
    with _readable():
        book = workbooks.opened(io.BytesIO(content), _LIMITS)
        for count, (number, cells) in enumerate(book.rows(_sheet(book))):
            if count > MOST_ROWS:
                raise refusal("E_TOO_LARGE", f"More than {MOST_ROWS} rows.", row=number)
            if header:
                _take_cells(table, number, header, cells)
            else:
                header = _header(number, _texts(cells, max(cells) + 1))
    if not header:
        raise refusal("E_EMPTY", "The sheet has no header.", row=1, allowed=HEADER)
    for reference in book.merged:
        found = re.search(r"[0-9]+", reference)
        detail = f"The cells {reference} are merged; each cell holds its own value."
        row = int(found[0]) if found else None
        table.faults.add("E_MERGED", detail, row=row, value=reference)
    return table


def _sheet(book: workbooks.Workbook) -> workbooks.Sheet:
    if len(book.sheets) == 1:
        return book.sheets[0]
    named = ", ".join(one.name for one in book.sheets)[:300]
    detail = f"The workbook has {len(book.sheets)} sheets ({named}); one is expected."
    raise refusal("E_SHEET", detail, value=len(book.sheets), allowed="one sheet")


def _take_cells(
    table: Table, number: int, header: Sequence[str], cells: Mapping[int, workbooks.Cell]
) -> None:
    refused = False
    for place, cell in sorted(cells.items()):
        name = header[place] if place < len(header) else workbooks.column(place)
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
        _take(table, number, header, _texts(cells, len(header)))


def _texts(cells: Mapping[int, workbooks.Cell], width: int) -> list[str]:
    return [cells[n].text if n in cells else "" for n in range(width)]


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
    if len(answers) > MOST_ROWS:
        detail = f"More than {MOST_ROWS} answers."
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
        found.append(_source(table, row, item, *texts))
    return _unique(table, row, found)


# ------------------------------------------------------------------ sources

_SOURCE_FORM = "url | title | date, such as https://example.org/law | Act 10/2010 | 2010-05-07"


def _listed_sources(table: Table, row: int, text: str) -> tuple[Source, ...]:
    found: list[Source | None] = []
    for line in re.split(r"\r\n|\r|\n", text):
        if line.strip():
            found.append(_source(table, row, line.strip(), *source_parts(line)))
    return _unique(table, row, found)


def _source(
    table: Table, row: Row | int, given: object, url: str, title: str, date: str
) -> Source | None:
    """given: as it stands in the file, for the error."""
    try:
        return source(url, title, date)
    except ValueError as reason:
        table.wrong("E_SOURCE", str(reason), row, "sources", value=given, allowed=_SOURCE_FORM)
        return None


def _unique(table: Table, row: Row | int, found: Sequence[Source | None]) -> tuple[Source, ...]:
    if len(found) > MOST_SOURCES:
        detail = f"{len(found)} sources; at most {MOST_SOURCES}"
        table.wrong("E_SOURCE", detail, row, "sources", value=len(found))
    return tuple(dict.fromkeys(one for one in found if one is not None))


_READERS = {"csv": _csv, "xlsx": _xlsx, "json": _json}
