"""Files of answers, whole and broken, for the tests of imports."""

from __future__ import annotations

import io
import itertools
import os
import random
import zipfile
from typing import Any

import openpyxl
import pytest

from services.indicators.assessments.exports import write
from services.indicators.assessments.imports import COLUMNS, Format, checked, read
from services.indicators.domain.questionnaire import Entry, Source, prose
from shared.problems import Invalid
from tests.indicators.assessment.conftest import CELLS, METHODOLOGY, REGION

FILES = int(os.environ.get("IMPORT_FUZZ_FILES", "120"))
F01 = CELLS[0]
LAW = Source("https://example.org/law", "Act 10 | 2010", "2010-05-07")
FORMS: tuple[Format, ...] = ("csv", "xlsx", "json")


def some_entries() -> list[Any]:
    """Answers with everything in them that is hard to write into a file."""
    texts = [
        "=1+1", "'=1+1", "''-2", "+3", "-4", "@x", "'quoted'", 'a "b", c\nd;\te', "_x0041_x0042_",
        "&<>]]>", "Ω ǅ 𝔄", "  ", "#N/A", "1e5", "TRUE", "2026-11-22",
    ]  # fmt: skip
    found = []
    for cell, text in zip(CELLS, itertools.cycle(texts), strict=False):
        words = prose(text, 100)
        entry = Entry("scored", "a", words, (LAW, Source("https://example.org", None, None)), words)
        found.append((cell, entry))
    found[1] = (CELLS[1], Entry("missing", None, None, (), "no register"))
    found[2] = (CELLS[2], Entry("not_applicable", None))
    return found


def refused(content: bytes, form: Format = "csv", region: str = REGION) -> list[Any]:
    """The errors for which a file is refused."""
    with pytest.raises(Invalid) as problem:
        checked(read(content, form), METHODOLOGY, region)
    assert problem.value.errors
    return list(problem.value.errors)


def a_csv(*rows: str, header: str = ",".join(COLUMNS)) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def a_book(rows: list[list[Any]], **changes: Any) -> bytes:
    """A workbook as another program writes it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for name, change in changes.items():
        change(book if name == "book" else sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ROW = [REGION, "F01", "TCN", "scored", "a", "seen", "https://example.org", ""]


def repacked(change: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Our workbook with some of its parts replaced."""
    out = io.BytesIO()
    ours = zipfile.ZipFile(io.BytesIO(write("xlsx", METHODOLOGY, REGION, some_entries())))
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name in ours.namelist():
            archive.writestr(name, change.get(name, ours.read(name)))
        for name in change.keys() - set(ours.namelist()):
            archive.writestr(name, change[name])
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def a_bomb(megabytes: int) -> bytes:
    row = b'<row><c t="inlineStr"><is><t>boom</t></is></c></row>'
    sheet = (
        b"<worksheet><sheetData>"
        + row * (megabytes * 1_000_000 // len(row))
        + b"</sheetData></worksheet>"
    )
    return repacked({SHEET: sheet})


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The file with some of its bytes changed, cut, doubled or moved."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(len(found) + 1)
        kind = chance.randrange(4)
        if kind == 0 and place < len(found):
            found[place] = chance.randrange(256)
        elif kind == 1:
            del found[place : place + chance.choice((1, 4, 100))]
        elif kind == 2:
            found[place:place] = bytes(chance.randrange(256) for _ in range(chance.choice((1, 3))))
        else:
            found[place:place] = found[place : place + 50]
    return bytes(found)
