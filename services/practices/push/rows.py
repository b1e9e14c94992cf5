"""A file of practices as rows: JSON, NDJSON, CSV and XLSX, read a piece at a time.

What concerns one row is an error of that row; a file that cannot be read to its end, or
whose header is unknown, raises Invalid as a whole, so that nothing of it is taken.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any, Literal

from services.practices.push import columns
from services.practices.push.columns import Column, Path, Refused
from shared import strict, tabular, workbooks
from shared.problems import InputError
from shared.tabular import unreadable
from shared.workbooks import Cell, Sheet, Workbook

Form = Literal["json", "ndjson", "csv", "xlsx"]

MEDIA: Mapping[str, Form] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
MOST_ROWS = 50_000
LONGEST_ROW = 1_000_000
# The sheet of the template, in every language, and the external id of its example.
SHEET = "practices"
EXAMPLE = "example"
_PIECE = 1 << 18
_SOMETHING = re.compile(r"[^ \t\r\n]")


@dataclass(slots=True)
class Row:
    """One practice as a file has it.

    number   of the row (the header is row 1); in JSON of the item, in NDJSON of the line
    body     as for POST /practices; not yet checked
    errors   what could not be read; the body is then not complete
    places   path into the body -> name of the column that it came from
    """

    number: int
    body: dict[str, Any]
    errors: list[InputError] = field(default_factory=list[InputError])
    places: dict[Path, str] = field(default_factory=dict[Path, str])


def read(file: IO[bytes], form: Form) -> Iterator[Row]:
    """The rows of a file, blank ones and the template's example left out.

    Raises Invalid where the file cannot be read; rows that were given before do not count.
    """
    readers = {"json": _json, "ndjson": _ndjson, "csv": _csv, "xlsx": _xlsx}
    empty = True
    for row in readers[form](file):
        empty = False
        if row.number > MOST_ROWS + 2:
            detail = f"The file has more than {MOST_ROWS} rows. Part it."
            raise unreadable("too_many_rows", detail, row=row.number)
        yield row
    if empty:
        raise unreadable("empty", "The file holds no practice.")


# ------------------------------------------------------------------ JSON


def _json(file: IO[bytes]) -> Iterator[Row]:
    """The items of an array, one at a time."""
    tabular.check_utf8(file)
    source = _Source(file)
    if source.peek() != "[":
        raise unreadable("not_json", "An array of practices is expected.", allowed="[{...}, ...]")
    source.take()
    number, mark = 0, source.peek()
    while mark != "]":
        number += 1
        yield _item(number, source.value(number))
        mark = source.peek()
        if mark == ",":
            source.take()
        elif mark != "]":
            detail = f"After item {number} a comma or the end of the array is expected."
            raise unreadable("not_json", detail, row=number)
    source.take()
    if source.peek():
        raise unreadable("not_json", "Something follows the array.", row=number)


class _Source:
    """A text that is taken from its beginning, value by value."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._json = json.JSONDecoder()
        self._text = ""
        self._place = 0

    def peek(self) -> str:
        """The next character that is not a space, "" at the end."""
        while True:
            if found := _SOMETHING.search(self._text, self._place):
                self._place = found.start()
                return found[0]
            self._text, self._place = "", 0
            if not self._more():
                return ""

    def take(self) -> None:
        """Go behind the character that `peek` gave."""
        self._place += 1

    def value(self, number: int) -> str:
        """The text of the value that comes next. Invalid when it is broken or too long."""
        self.peek()
        ended = False
        while True:
            broken = ""
            try:
                _, end = self._json.raw_decode(self._text, self._place)
                # A number may go on in the next piece, so something must follow.
                if end < len(self._text) or ended:
                    text, self._place = self._text[self._place : end], end
                    return text
            except json.JSONDecodeError as error:
                broken = f": {error.msg} at its character {error.pos - self._place}"
            except RecursionError:
                broken = ": it is nested too deeply"
            if ended or len(self._text) - self._place > LONGEST_ROW:
                detail = f"Item {number} is not JSON, or too long{broken}."
                raise unreadable("not_json", detail, row=number)
            ended = not self._more()

    def _more(self) -> bool:
        piece = self._file.read(_PIECE)
        self._text = self._text[self._place :] + self._decode(piece, not piece)
        self._place = 0
        return bool(piece)


def _item(number: int, text: str) -> Row:
    try:
        found = strict.loads(text)
    except json.JSONDecodeError as broken:
        return _broken(number, "not_json", f"Not JSON: {broken.msg}.")
    if isinstance(found, dict):
        return Row(number, found)
    return _broken(number, "not_an_object", "A practice is a JSON object.", text[:40])


def _broken(number: int, code: str, detail: str, value: object = None) -> Row:
    return Row(number, {}, [InputError(code, detail, row=number, value=value)])


def _ndjson(file: IO[bytes]) -> Iterator[Row]:
    """One object a line."""
    file.seek(0)
    number = 0
    while line := file.readline(LONGEST_ROW + 1):
        number += 1
        if len(line) > LONGEST_ROW:
            detail = f"Line {number} is longer than {LONGEST_ROW} bytes."
            raise unreadable("row_too_long", detail, row=number)
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as bad:
            detail = f"Byte {bad.start} of the line (0x{line[bad.start]:02X}) is not UTF-8."
            yield _broken(number, "not_utf8", detail)
            continue
        yield _item(number, text.strip())


# ------------------------------------------------------------------ tables


def _csv(file: IO[bytes]) -> Iterator[Row]:
    found: list[Column] | None = None

    def known(cells: Sequence[str]) -> bool:
        return sum(one is not None for one in columns.header(cells)) > 1

    for number, cells in tabular.csv_rows(file, known, MOST_ROWS + 1):
        if found is None:
            found = _header(number, cells)
        elif len(cells) != len(found):
            detail = f"The row has {len(cells)} cells, the header {len(found)}."
            yield _broken(number, "wrong_width", detail)
        else:
            row = _row(number, found, {n: Cell("text", text) for n, text in enumerate(cells)})
            if row.body or row.errors:
                yield row


def _xlsx(file: IO[bytes]) -> Iterator[Row]:
    book = workbooks.opened(file)
    lines = book.rows(_sheet(book))
    first, second = next(lines, None), next(lines, None)
    if first is None:
        raise unreadable("empty", "The sheet is empty.")
    # The template has labels in its first row and the names of the columns in the second.
    named = second is not None and _names_columns(_texts(second[1]))
    heading = second if named and second is not None else first
    found = _header(heading[0], _texts(heading[1]))
    for number, cells in chain([second] if second and not named else [], lines):
        row = _row(number, found, cells)
        if (row.body or row.errors) and row.body.get("external_id") != EXAMPLE:
            yield row
    if book.merged:
        reference = book.merged[0]
        place = re.search(r"[0-9]+", reference)
        detail = f"The cells {', '.join(book.merged)[:200]} are merged; each holds its own value."
        raise unreadable(
            "merged_cells", detail, row=int(place[0]) if place else None, value=reference
        )


def _texts(cells: Mapping[int, Cell]) -> list[str]:
    return [cells[n].text if n in cells else "" for n in range(max(cells, default=-1) + 1)]


def _names_columns(cells: Sequence[str]) -> bool:
    return sum(columns.column(text.strip().casefold()) is not None for text in cells) > 1


def _sheet(book: Workbook) -> Sheet:
    """The sheet of the template, or the only one that can be seen."""
    for one in book.sheets:
        if one.name.casefold() == SHEET:
            return one
    seen = [one for one in book.sheets if not one.hidden]
    if len(seen) == 1:
        return seen[0]
    named = ", ".join(one.name[:40] for one in seen)[:200] or "none"
    raise unreadable(
        "wrong_sheet",
        f"None of the sheets ({named}) is called {SHEET!r}.",
        value=named,
        allowed=f"a sheet {SHEET!r}, or one sheet only",
    )


def _header(number: int, cells: Sequence[str]) -> list[Column]:
    """The columns of a header. Invalid naming every cell that is none, or a column twice."""
    width = max((n for n, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    found = columns.header(cells[:width])
    unknown = [cell for cell, one in zip(cells, found, strict=False) if one is None]
    if unknown or not found:
        named = ", ".join(repr(cell[:40]) for cell in unknown[:10]) or "nothing"
        raise unreadable(
            "unknown_column",
            f"The header names {named}, which is no column.",
            row=number,
            value=(unknown or [""])[0][:40],
            allowed=columns.names(),
        )
    good = [one for one in found if one is not None]
    codes = [one.code for one in good]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        raise unreadable("repeated_column", f"The column {twice} stands twice.", row=number)
    return good


def _row(number: int, header: Sequence[Column], cells: Mapping[int, Cell]) -> Row:
    row = Row(number, {})
    items: dict[str, dict[int, Any]] = {}
    for place, cell in cells.items():
        if not cell.text.strip() and cell.kind != "formula":
            continue
        if place >= len(header):
            name = workbooks.column(place)
            _wrong(row, name, Refused("wrong_width", "The header has no such column."), cell)
            continue
        one = header[place]
        found = _refused(cell, place, number) or columns.value(one, cell.kind, _plain(cell))
        if isinstance(found, Refused):
            _wrong(row, one.code, found, cell)
        else:
            _put(row, items, one, found)
    _close_ranks(row, items)
    return row


def _plain(cell: Cell) -> str:
    return tabular.plain(cell.text) if cell.kind == "text" else cell.text


def _refused(cell: Cell, place: int, number: int) -> Refused | None:
    where = f"{workbooks.column(place)}{number}"
    if cell.kind == "formula" or (cell.kind == "text" and cell.text.startswith("=")):
        return Refused("formula", f"The cell {where} holds a formula.", "the value itself")
    if cell.kind in ("boolean", "error"):
        return Refused("wrong_type", f"The cell {where} holds a {cell.kind}.", "text")
    return None


def _wrong(row: Row, name: str, why: Refused, cell: Cell) -> None:
    row.errors.append(
        InputError(
            why.code,
            why.detail,
            row=row.number,
            column=name,
            value=cell.text[:80],
            allowed=why.allowed,
        )
    )


def _put(row: Row, items: dict[str, dict[int, Any]], one: Column, found: Any) -> None:  # noqa: ANN401
    """Put a value into the body; items of lists wait in `items` by their number."""
    name, *rest = one.path
    assert isinstance(name, str)
    row.places[one.path] = one.code
    if not rest:
        row.body[name] = found
    elif isinstance(rest[0], str):
        row.body.setdefault(name, {})[rest[0]] = found
    elif len(rest) == 1:
        items.setdefault(name, {})[rest[0]] = found
    else:
        items.setdefault(name, {}).setdefault(rest[0], {})[rest[1]] = found


def _close_ranks(row: Row, items: Mapping[str, Mapping[int, Any]]) -> None:
    """Numbered items become a list; a number that is left out leaves no hole."""
    for name, numbered in items.items():
        if name in row.body:
            detail = f"{name} stands in one cell and in numbered columns as well; use one of them."
            row.errors.append(InputError("given_twice", detail, row=row.number, column=name))
            continue
        order = sorted(numbered)
        row.body[name] = [numbered[place] for place in order]
        places = {path: code for path, code in row.places.items() if path[0] == name}
        for path, code in places.items():
            del row.places[path]
            row.places[name, order.index(int(path[1])), *path[2:]] = code
