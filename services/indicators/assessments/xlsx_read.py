"""Workbooks (XLSX) as tables of text: read with suspicion.

We read the few parts that we need ourselves. So nothing is inflated before the archive's
own list of contents was looked at, no entity is ever expanded, and it is known of each
cell whether it is a text, a number or a formula. Nothing is guessed: text is taken, other
kinds are named and left to the caller to refuse. Format: ECMA-376 part 1, clause 18.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from services.indicators.domain.faults import refusal

MOST_BYTES = 20_000_000
MOST_MEMBERS = 200
MOST_RATIO = 100
MOST_ROWS = 5_000
MOST_COLUMNS = 64
_MOST_STRINGS = 100_000
_LONGEST_TEXT = 200_000
# Below this size a file that shrinks well is no bomb: a template of empty rows does.
_SMALL = 1_000_000
_LONGEST_DIRECTORY = 100_000

_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error,
    ValueError, OverflowError, LookupError, OSError, expat.ExpatError,
)  # fmt: skip
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
# Halves of surrogate pairs stay escaped: they are no characters.
_ESCAPED = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")


class Found(NamedTuple):
    """A cell. `kind` is text, number, boolean, error or formula; only of text the words count."""

    kind: str
    text: str


@dataclass
class Sheet:
    """The one sheet of a workbook.

    rows    by row number: column number (from 0) -> cell; empty cells are left out
    merged  references of merged cells, such as `A2:B3`
    """

    rows: dict[int, dict[int, Found]] = field(default_factory=dict[int, dict[int, Found]])
    merged: list[str] = field(default_factory=list[str])


def read(content: bytes) -> Sheet:
    """The sheet of a workbook. Invalid (E_ARCHIVE, E_SHEET, E_TOO_LARGE) when it is not usable."""
    try:
        return _read(_members(content))
    except _BROKEN as broken:
        detail = f"The workbook cannot be read: {str(broken)[:200] or type(broken).__name__}."
        raise refusal("E_ARCHIVE", detail) from broken


def column(number: int) -> str:
    """The letters of a column number (from 0): A, B, ... AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# ------------------------------------------------------------------ the archive


def _members(content: bytes) -> Callable[[str], bytes | None]:
    """A reader of the archive's members, after its list of contents was found harmless."""
    _check_directory(content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    listed = archive.infolist()
    names = [one.filename for one in listed]
    inflated = sum(one.file_size for one in listed)
    packed = sum(one.compress_size for one in listed)
    if inflated > MOST_BYTES:
        detail = f"Inflated, the workbook has {inflated} bytes."
        raise refusal("E_ARCHIVE", detail, value=inflated, allowed=f"at most {MOST_BYTES} bytes")
    if inflated > _SMALL and inflated > MOST_RATIO * max(packed, 1):
        detail = "The workbook grows more than a hundredfold when it is inflated."
        raise refusal("E_ARCHIVE", detail, value=inflated, allowed=f"at most 1:{MOST_RATIO}")
    if len(set(names)) < len(names):
        raise refusal("E_ARCHIVE", "The archive holds two files of one name.")
    return lambda name: archive.read(name) if name in names else None


def _check_directory(content: bytes) -> None:
    # Before zipfile builds an object for each member: the record at the end says how many.
    end = content.rfind(b"PK\x05\x06")
    if not content.startswith(b"PK") or end < 0 or len(content) < end + 22:
        raise refusal("E_ARCHIVE", "This is not a workbook (XLSX).", allowed="an .xlsx file")
    members, size = struct.unpack_from("<HI", content, end + 10)
    if members > MOST_MEMBERS or size > _LONGEST_DIRECTORY:
        detail = f"The workbook holds {members} files."
        raise refusal("E_ARCHIVE", detail, value=members, allowed=f"at most {MOST_MEMBERS} files")


def _read(member: Callable[[str], bytes | None]) -> Sheet:
    book, links = member("xl/workbook.xml"), member("xl/_rels/workbook.xml.rels")
    if book is None or links is None:
        raise refusal("E_ARCHIVE", "This archive is not a workbook (XLSX).")
    sheets = _sheets(book)
    if len(sheets) != 1:
        named = ", ".join(name for name, _ in sheets)[:300]
        detail = f"The workbook has {len(sheets)} sheets ({named}); one is expected."
        raise refusal("E_SHEET", detail, value=len(sheets), allowed="one sheet")
    targets = _targets(links)
    content = member(targets.get(sheets[0][1], ("", ""))[1])
    if content is None:
        raise refusal("E_SHEET", f"The sheet {sheets[0][0][:80]!r} holds no cells.")
    shared = [path for kind, path in targets.values() if kind == "sharedStrings"]
    strings = _strings(member(shared[0]) or b"") if shared else []
    reader = _SheetReader(strings)
    _parse(content, reader)
    return reader.sheet


# ------------------------------------------------------------------ the parts


class _Reader:
    """Follows the elements of a part by their local names."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text inside an element, perhaps a piece of it."""


def _parse(content: bytes, reader: _Reader) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def local(name: str) -> str:
        return name.rpartition(" ")[2]

    def start(name: str, attributes: dict[str, str]) -> None:
        reader.start(local(name), {local(key): value for key, value in attributes.items()})

    def doctype(*_: object) -> None:
        # Entities are declared here and nowhere else: without one, nothing can be expanded.
        raise refusal("E_ARCHIVE", "A part of the workbook declares a document type.")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: reader.end(local(name))
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = doctype
    for begin in range(0, len(content), 65_536):
        parser.Parse(content[begin : begin + 65_536], False)
    parser.Parse(b"", True)


def _sheets(content: bytes) -> list[tuple[str, str]]:
    """(name, id of the relationship) of each sheet, hidden ones included."""
    found: list[tuple[str, str]] = []

    class Sheets(_Reader):
        def start(self, name: str, attributes: Mapping[str, str]) -> None:
            if name == "sheet":
                found.append((attributes.get("name", ""), attributes.get("id", "")))

    _parse(content, Sheets())
    return found


def _targets(content: bytes) -> dict[str, tuple[str, str]]:
    """Id of a relationship -> (kind, path in the archive)."""
    found: dict[str, tuple[str, str]] = {}

    class Links(_Reader):
        def start(self, name: str, attributes: Mapping[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                path = posixpath.normpath(posixpath.join("xl", attributes.get("Target", "")))
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = (kind, path.lstrip("/"))

    _parse(content, Links())
    return found


class _Words(_Reader):
    """Collects the text of `t` elements, without what is only a reading aid (`rPh`)."""

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
            if self.length > _LONGEST_TEXT:
                raise refusal("E_TOO_LARGE", "A cell holds too long a text.")
            self.pieces.append(text)

    def words(self) -> str:
        """What was collected."""
        return "".join(self.pieces)


class _StringReader(_Words):
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
                raise refusal("E_TOO_LARGE", "The workbook holds too many texts.")
            self.found.append(_unescaped(self.words()))


def _strings(content: bytes) -> list[str]:
    reader = _StringReader()
    _parse(content, reader)
    return reader.found


_KINDS = {"b": "boolean", "e": "error", "str": "formula"}


class _SheetReader(_Words):
    def __init__(self, strings: Sequence[str]) -> None:
        super().__init__()
        self.sheet = Sheet()
        self.strings = strings
        self.row = 0
        self.column = -1
        self.type = ""
        self.formula = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "row":
            self._row(attributes.get("r"))
        elif name == "c":
            self._cell(attributes.get("r"))
            self.type, self.formula = attributes.get("t", "n"), False
            self.begin()
        elif name == "f":
            self.formula = True
        elif name == "mergeCell" and len(self.sheet.merged) < 100:
            self.sheet.merged.append(attributes.get("ref", "")[:40])
        self.aside = self.aside or name == "rPh"
        self.listening = name in ("v", "t")

    def end(self, name: str) -> None:
        self.listening = False
        self.aside = self.aside and name != "rPh"
        if name == "c":
            self._keep(self.words())

    def _row(self, given: str | None) -> None:
        number = self.row + 1 if given is None else int(given)
        if number <= self.row:
            raise refusal("E_FORMAT", "The rows of the sheet are not in order.", row=self.row)
        self.row, self.column = number, -1

    def _cell(self, reference: str | None) -> None:
        place = self.column + 1
        if reference is not None:
            parts = _REFERENCE.fullmatch(reference)
            if parts is None or int(parts[2]) != self.row:
                detail = f"{reference[:20]!r} is not a cell of row {self.row}."
                raise refusal("E_FORMAT", detail, row=self.row)
            place = _number(parts[1])
        if place <= self.column:
            raise refusal("E_FORMAT", "The cells of a row are not in order.", row=self.row)
        self.column = place

    def _keep(self, words: str) -> None:
        found = self._found(words)
        if found == Found("text", ""):
            return
        if len(self.sheet.rows) >= MOST_ROWS or self.column >= MOST_COLUMNS:
            detail = f"The sheet has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns."
            raise refusal("E_TOO_LARGE", detail, row=self.row)
        self.sheet.rows.setdefault(self.row, {})[self.column] = found

    def _found(self, words: str) -> Found:
        if self.formula:
            return Found("formula", words)
        if self.type == "inlineStr":
            return Found("text", _unescaped(words))
        if not words:
            return Found("text", "")
        if self.type == "s":
            place = int(words)
            if not 0 <= place < len(self.strings):
                raise refusal("E_FORMAT", "A cell names a text that is not there.", row=self.row)
            return Found("text", self.strings[place])
        return Found(_KINDS.get(self.type, "number"), words)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _unescaped(text: str) -> str:
    # What XML cannot hold is written as _x000D_, and an underscore before such a text as _x005F_.
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
