"""Workbooks (XLSX) as rows of cells: read with suspicion, a piece at a time.

We read the few parts that we need ourselves. So the sheet is never held as a whole, and it is
known of each cell whether it is a text, a number, a date or a formula. What an archive may
hold is looked at in `shared.ooxml`. Format: ECMA-376 part 1, clause 18.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import IO, NamedTuple

from shared.ooxml import Limits, Links, Reader, checked, parse, read, readable
from shared.tabular import unreadable

MOST_COLUMNS = 1_000
LONGEST_TEXT = 200_000
_MOST_STRINGS = 2_000_000

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
# Halves of surrogate pairs stay escaped: they are no characters.
_ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
# Formats of dates that every workbook knows without declaring them (18.8.30).
_DAYS = (*range(14, 17), 22, *range(27, 32), 36, *range(50, 55), 57, 58)
_MONTHS = (17, *range(55, 57))


class Cell(NamedTuple):
    """A cell. `kind` is text, number, date, boolean, error or formula; of a date the text is
    `2021`, `2021-03` or `2021-03-05`, as precise as its format shows it."""

    kind: str
    text: str


class Sheet(NamedTuple):
    """A sheet of a workbook; `part` is its place in the archive, "" when there is none."""

    name: str
    hidden: bool
    part: str


@dataclass
class Workbook:
    """An open workbook. `merged` holds the merged ranges of the sheet that was read last."""

    archive: zipfile.ZipFile
    sheets: list[Sheet]
    strings: list[str]
    dates: dict[int, str]
    epoch: date
    merged: list[str] = field(default_factory=list[str])

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, dict[int, Cell]]]:
        """The rows that have cells: number (from 1) and column (from 0) -> cell.

        Raises Invalid where the sheet cannot be read.
        """
        reader = _Rows(self)
        self.merged = reader.merged
        with readable():
            for _ in parse(self.archive, sheet.part, reader):
                yield from reader.take()


def opened(file: IO[bytes], limits: Limits | None = None) -> Workbook:
    """The workbook of a file. Invalid when it is none, or would grow too much when inflated."""
    with readable():
        archive = checked(file, limits or Limits())
        names = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            raise unreadable("not_xlsx", "This archive is not a workbook (XLSX).")
        book, links, styles = _Book(), Links("xl"), _Styles()
        read(archive, "xl/workbook.xml", book)
        read(archive, "xl/_rels/workbook.xml.rels", links)
        parts = {name: path for name, (_, path) in links.found.items() if path in names}
        sheets = [Sheet(name, hidden, parts.get(link, "")) for name, hidden, link in book.found]
        strings = _Strings()
        for kind, path in links.found.values():
            if kind == "sharedStrings" and path in names:
                read(archive, path, strings)
            elif kind == "styles" and path in names:
                read(archive, path, styles)
        epoch = date(1904, 1, 1) if book.from_1904 else date(1899, 12, 30)
        return Workbook(archive, sheets, strings.found, styles.dates(), epoch)


def column(number: int) -> str:
    """The letters of a column number (from 0): A, B, ... AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# ------------------------------------------------------------------ the parts


class _Book(Reader):
    """The sheets with the names of their relationships, and where days are counted from."""

    def __init__(self) -> None:
        self.found: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            self.found.append((attributes.get("name", ""), hidden, attributes.get("id", "")))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")


class _Styles(Reader):
    """Which cell formats show dates, and how precisely."""

    def __init__(self) -> None:
        self._own: dict[int, str] = {}
        self._formats: list[int] = []
        self._within = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt":
            self._own[int(attributes.get("numFmtId", "-1"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._within = True
        elif name == "xf" and self._within:
            self._formats.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        self._within = self._within and name != "cellXfs"

    def dates(self) -> dict[int, str]:
        """Number of a cell format -> `year`, `month` or `day`."""
        found = {place: self._precision(number) for place, number in enumerate(self._formats)}
        return {place: precision for place, precision in found.items() if precision}

    def _precision(self, number: int) -> str:
        if number in self._own:
            letters = set(_LITERAL.sub("", self._own[number]).lower())
            if "y" not in letters:
                return "day" if "d" in letters and "m" in letters else ""
            return "day" if "d" in letters else "month" if "m" in letters else "year"
        return "day" if number in _DAYS else "month" if number in _MONTHS else ""


class _Words(Reader):
    """Collects the text of `t` and `v` elements, without what is a reading aid (`rPh`)."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.listening = False
        self.aside = False

    def begin(self) -> None:
        """Forget what was collected."""
        self.pieces, self.length = [], 0

    def data(self, text: str) -> None:
        if self.listening and not self.aside:
            self.length += len(text)
            if self.length > LONGEST_TEXT:
                raise unreadable(
                    "cell_too_long",
                    "A cell holds too long a text.",
                    row=getattr(self, "row", None),
                    allowed=f"at most {LONGEST_TEXT} characters",
                )
            self.pieces.append(text)

    def words(self) -> str:
        """What was collected."""
        return "".join(self.pieces)


class _Strings(_Words):
    """The texts that cells name by number."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            self.begin()
        self.aside = self.aside or name == "rPh"
        self.listening = name == "t"

    def end(self, name: str) -> None:
        self.listening = False
        self.aside = self.aside and name != "rPh"
        if name == "si":
            if len(self.found) >= _MOST_STRINGS:
                raise unreadable("too_many_rows", "The workbook holds too many texts.")
            self.found.append(_unescaped(self.words()))


# Some programs write `str`, the text that a formula gave, for a text without any formula.
_KINDS = {"b": "boolean", "e": "error", "str": "text"}


class _Rows(_Words):
    """The rows of a sheet, until they are taken."""

    def __init__(self, book: Workbook) -> None:
        super().__init__()
        self.book = book
        self.merged: list[str] = []
        self.ready: list[tuple[int, dict[int, Cell]]] = []
        self.cells: dict[int, Cell] = {}
        self.row = 0
        self.column = -1
        self.type = ""
        self.style = 0
        self.formula = False

    def take(self) -> list[tuple[int, dict[int, Cell]]]:
        """The rows that are complete; they are not given again."""
        taken, self.ready = self.ready, []
        return taken

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "row":
            self._row(attributes.get("r"))
        elif name == "c":
            self._cell(attributes.get("r"))
            self.type, self.formula = attributes.get("t", "n"), False
            self.style = int(attributes.get("s", "0"))
            self.begin()
        elif name == "f":
            self.formula = True
        elif name == "mergeCell" and len(self.merged) < 100:
            self.merged.append(attributes.get("ref", "")[:40])
        self.aside = self.aside or name == "rPh"
        self.listening = name in ("v", "t")

    def end(self, name: str) -> None:
        self.listening = False
        self.aside = self.aside and name != "rPh"
        if name == "c":
            found = self._found(self.words())
            if found.text.strip() or found.kind == "formula":
                self.cells[self.column] = found
        elif name == "row" and self.cells:
            self.ready.append((self.row, self.cells))
            self.cells = {}

    def _row(self, given: str | None) -> None:
        number = self.row + 1 if given is None else int(given)
        if number <= self.row:
            raise unreadable("not_xlsx", "The rows of the sheet are not in order.", row=self.row)
        self.row, self.column, self.cells = number, -1, {}

    def _cell(self, reference: str | None) -> None:
        place = self.column + 1
        if reference is not None:
            parts = _REFERENCE.fullmatch(reference)
            if parts is None or int(parts[2]) != self.row:
                detail = f"{reference[:20]!r} is not a cell of row {self.row}."
                raise unreadable("not_xlsx", detail, row=self.row)
            place = _number(parts[1])
        if place <= self.column:
            raise unreadable("not_xlsx", "The cells of a row are not in order.", row=self.row)
        if place >= MOST_COLUMNS:
            limit = f"at most {MOST_COLUMNS} columns"
            raise unreadable(
                "too_many_columns", "The row is too wide.", row=self.row, allowed=limit
            )
        self.column = place

    def _found(self, words: str) -> Cell:
        if self.formula:
            return Cell("formula", words)
        if self.type == "inlineStr":
            return Cell("text", _unescaped(words))
        if not words:
            return Cell("text", "")
        if self.type == "s":
            place = int(words)
            if not 0 <= place < len(self.book.strings):
                detail = "A cell names a text that is not there."
                raise unreadable("not_xlsx", detail, row=self.row)
            return Cell("text", self.book.strings[place])
        if self.type == "d":
            return Cell("date", words[:10])
        if self.type == "n" and self.style in self.book.dates:
            return Cell("date", self._date(words, self.book.dates[self.style]))
        if self.type == "n":
            return Cell("number", _decimal(words))
        return Cell(_KINDS.get(self.type, "error"), words)

    def _date(self, words: str, precision: str) -> str:
        days = float(words)
        if not 0 <= days < 2_958_466:
            raise unreadable("not_xlsx", f"{words[:20]!r} is not a date.", row=self.row)
        length = {"year": 4, "month": 7, "day": 10}[precision]
        return (self.book.epoch + timedelta(days=int(days))).isoformat()[:length]


def _decimal(words: str) -> str:
    """A number as somebody would type it: 2021, not 2021.0 or 2.021E3."""
    number = float(words)
    if number != number or abs(number) > 1e300:
        raise ValueError(f"{words[:20]!r} is not a number")
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _unescaped(text: str) -> str:
    # What XML cannot hold is written as _x000D_, and an underscore before such a text as _x005F_.
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
