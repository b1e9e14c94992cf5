"""A workbook (XLSX) written piece by piece: rows go out as they come in.

ECMA-376 part 1: an archive of five small parts and one large one. Texts stand in the
cells (`inlineStr`), so nothing needs to be remembered until the end.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

Cell = str | int | float | None

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# A cell holds so many characters (Excel's limit).
_LONGEST = 32_767
# What XML 1.0 cannot hold, and what would be read as such an escape.
_FORBIDDEN = re.compile(
    "[\0-\x08\x0b\x0c\r\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
)
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets>'
        '<sheet name="practices" sheetId="1" r:id="rId1"/>'
        '<sheet name="readme" sheetId="2" r:id="rId2"/>'
        "</sheets></workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOC}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_DOC}/worksheet" Target="worksheets/sheet2.xml"/>'
        "</Relationships>"
    ),
}


class _Out(io.RawIOBase):
    """Takes what the archive writes and gives it away; it cannot go back."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # pyright: ignore[reportArgumentType]
        self._held += piece
        return len(piece)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._held)
        self._held.clear()
        return taken


class Sheet:
    """A workbook under way: a sheet `practices` of rows and a sheet `readme`."""

    def __init__(self, columns: Sequence[str], readme: Iterable[tuple[str, str]]) -> None:
        self._out = _Out()
        self._archive = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        for name, content in _PARTS.items():
            self._archive.writestr(_member(name), _HEAD + content)
        notes = "".join(_row(pair) for pair in readme)
        self._archive.writestr(
            _member("xl/worksheets/sheet2.xml"),
            f"{_begin()}<sheetData>{notes}</sheetData></worksheet>",
        )
        self._rows = self._archive.open(_member("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
        view = (
            '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
            'state="frozen"/></sheetView></sheetViews>'
        )
        self._rows.write(f"{_begin()}{view}<sheetData>{_row(columns)}".encode())

    def add(self, rows: Iterable[Sequence[Cell]]) -> bytes:
        """Write rows; the next piece of the file."""
        self._rows.write("".join(_row(cells) for cells in rows).encode())
        return self._out.take()

    def end(self) -> bytes:
        """The last piece."""
        self._rows.write(b"</sheetData></worksheet>")
        self._rows.close()
        self._archive.close()
        return self._out.take()


def _member(name: str) -> zipfile.ZipInfo:
    # The moment of making would give equal tables different bytes.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _begin() -> str:
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">'


def _row(cells: Sequence[Cell]) -> str:
    return "<row>" + "".join(map(_cell, cells)) + "</row>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if not isinstance(cell, str):
        return f"<c><v>{cell!r}</v></c>"
    text = _FORBIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", cell[:_LONGEST])
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
