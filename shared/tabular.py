"""Files of rows: their encoding, CSV, and cells that a spreadsheet would take for formulas.

Everything here reads from a file that may be large, a piece at a time. What cannot be read
is named by byte and row (the first row is 1). Nothing is guessed: a file is UTF-8 or refused.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import IO

from shared.problems import InputError, Invalid

_PIECE = 1 << 20
# A text that a spreadsheet may compute, also in full width; exports write an apostrophe before it.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\0＝＋－＠]")
DELIMITERS = (",", ";", "\t")


def unreadable(
    code: str,
    detail: str,
    *,
    row: int | None = None,
    column: str | None = None,
    value: object = None,
    allowed: Sequence[object] | str | None = None,
) -> Invalid:
    """A file that cannot be read as a whole, for one reason."""
    error = InputError(code, detail, row=row, column=column, value=value, allowed=allowed)
    return Invalid(f"The file cannot be read. {detail}", [error])


def check_utf8(file: IO[bytes]) -> None:
    """Raise Invalid with byte and row where the file is not UTF-8; leave it at its beginning."""
    file.seek(0)
    start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise unreadable(
            "not_utf8", "This is UTF-16. Save it as CSV UTF-8.", row=1, allowed="UTF-8"
        )
    file.seek(0)
    decoder, read, row = codecs.getincrementaldecoder("utf-8")(), 0, 1
    while True:
        piece = file.read(_PIECE)
        waiting = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as broken:
            place = read - waiting + broken.start
            row += piece[: max(broken.start - waiting, 0)].count(b"\n")
            found = broken.object[broken.start]
            raise unreadable(
                "not_utf8",
                f"Byte {place} (0x{found:02X}) in row {row} is not UTF-8. A spreadsheet writes "
                "UTF-8 with 'CSV UTF-8'; Latin-1 and Windows-1252 are not read.",
                row=row,
                value=f"0x{found:02X}",
                allowed="UTF-8",
            ) from broken
        if not piece:
            break
        read += len(piece)
        row += piece.count(b"\n")
    file.seek(0)


def decoded(content: bytes) -> str:
    """The text of a file without its byte order mark. Invalid with byte and row if not UTF-8."""
    check_utf8(io.BytesIO(content))
    return content.decode("utf-8-sig")


def csv_rows(
    file: IO[bytes], is_header: Callable[[Sequence[str]], bool], most_rows: int
) -> Generator[tuple[int, list[str]]]:
    """The rows of a CSV file (RFC 4180) with their numbers, blank ones left out.

    Cells are parted by what parts the header: the one of comma, semicolon and tab with which
    `is_header` knows it, comma when none does. A byte order mark is left out. Raises Invalid
    for a file that is not UTF-8, not CSV, empty or longer than `most_rows`.
    """
    check_utf8(file)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        line = text.readline(_PIECE)
        mark = next(
            (one for one in DELIMITERS if is_header(next(csv.reader([line], delimiter=one), []))),
            DELIMITERS[0],
        )
        text.seek(0)
        yield from _rows(csv.reader(_lines(text), delimiter=mark, strict=True), most_rows)
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    # A line without an end would be read into memory as a whole; csv refuses such a field.
    while line := text.readline(_PIECE):
        yield line


def _rows(reader: Iterator[list[str]], most_rows: int) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number > most_rows:
                raise unreadable(
                    "too_many_rows",
                    f"The file has more than {most_rows} rows. Part it.",
                    row=number,
                    allowed=f"at most {most_rows} rows",
                )
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as broken:
        detail = f"Row {number + 1} is not CSV: {broken}."
        raise unreadable("not_csv", detail, row=number + 1) from broken
    if number == 0:
        raise unreadable("empty", "The file is empty.")


def guarded(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would take it for a formula."""
    return "'" + text if _FORMULA.match(text) else text


def plain(text: str) -> str:
    """The text without the apostrophe of `guarded`."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text
