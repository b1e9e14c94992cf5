"""Workbooks are read with suspicion: what a cell is, and what would do harm."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook as Written
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from shared import workbooks
from shared.problems import Invalid
from shared.workbooks import Cell


def saved(book: Written) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cells_of(content: bytes) -> list[tuple[int, dict[int, Cell]]]:
    book = workbooks.opened(io.BytesIO(content))
    return list(book.rows(book.sheets[0]))


def one_cell(value: object, number_format: str = "General") -> Cell:
    book = Written()
    book.active["A1"] = value
    book.active["A1"].number_format = number_format
    return cells_of(saved(book))[0][1][0]


def code_of(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        cells_of(content)
    return caught.value.errors[0].code


def archive(**parts: str) -> bytes:
    """A workbook of one sheet, with other parts."""
    whole = {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="1"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="1" '
        'Type="x/worksheet" Target="s.xml"/></Relationships>',
        "xl/s.xml": "<worksheet><sheetData/></worksheet>",
    } | {name.replace("__", "/").replace("_xml", ".xml"): text for name, text in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in whole.items():
            made.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "form", "cell"),
    [
        ("Café", "General", Cell("text", "Café")),
        (2021, "General", Cell("number", "2021")),
        (20000.5, "0.00", Cell("number", "20000.5")),
        (True, "General", Cell("boolean", "1")),
        ("=1+1", "General", Cell("formula", "")),
        (date(2021, 3, 5), "yyyy-mm-dd", Cell("date", "2021-03-05")),
        (date(2021, 3, 5), "mmm-yy", Cell("date", "2021-03")),
        (date(2021, 3, 5), "yyyy", Cell("date", "2021")),
        (date(2021, 3, 5), 'dd"."mm"."yyyy', Cell("date", "2021-03-05")),
        (12.5, '0 "days"', Cell("number", "12.5")),
        (12.5, "[Red]0.0", Cell("number", "12.5")),
    ],
)
def test_it_is_known_what_a_cell_is(value, form, cell):
    assert one_cell(value, form) == cell


def test_days_may_be_counted_from_1904():
    book = Written()
    book.epoch = CALENDAR_MAC_1904
    book.active["A1"] = date(2021, 3, 5)
    assert cells_of(saved(book))[0][1][0] == Cell("date", "2021-03-05")


def test_rows_keep_their_numbers_and_merged_cells_are_told():
    book = Written()
    book.active["B3"] = "x"
    book.active.merge_cells("B3:B4")
    read = workbooks.opened(io.BytesIO(saved(book)))
    assert list(read.rows(read.sheets[0])) == [(3, {1: Cell("text", "x")})]
    assert read.merged == ["B3:B4"]


def test_a_bomb_is_refused_before_it_is_inflated():
    sheet = "<worksheet><sheetData>" + " " * 101_000_000 + "</sheetData></worksheet>"
    content = archive(xl__s_xml=sheet)
    assert len(content) < 1_000_000
    started = time.monotonic()
    assert code_of(content) == "zip_bomb"
    assert time.monotonic() - started < 0.2


def test_a_directory_that_understates_a_part_gains_nothing():
    content = archive(xl__s_xml="<worksheet>" + " " * 3_000_000 + "</worksheet>")
    true, false = (3_000_023).to_bytes(4, "little"), (100).to_bytes(4, "little")
    assert content.count(true) == 2
    assert code_of(content.replace(true, false)) == "not_xlsx"


def test_an_archive_of_very_many_files_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(1001):
            made.writestr(str(number), "")
    assert code_of(out.getvalue()) == "zip_bomb"


@pytest.mark.parametrize("part", ["xl__workbook_xml", "xl__s_xml"])
def test_no_entity_is_ever_declared(part):
    bomb = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
    assert code_of(archive(**{part: bomb})) == "xml_entities"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"PK\x03\x04" + b"\0" * 100, b"%PDF-1.7", archive()[:-30], archive()[40:]],
    ids=["nothing", "two letters", "a head", "another format", "no end", "no head"],
)
def test_what_is_no_workbook_is_refused(content):
    assert code_of(content) == "not_xlsx"


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData><row r='2'/><row r='1'/></sheetData></worksheet>",
        "<worksheet><sheetData><row r='1'><c r='B1'/><c r='A1'/></row></sheetData></worksheet>",
        "<worksheet><sheetData><row r='x'/></sheetData></worksheet>",
        "<worksheet><sheetData><row><c t='s'><v>7</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row><c><v>nan</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row>",
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused(sheet):
    assert code_of(archive(xl__s_xml=sheet)) == "not_xlsx"


def test_a_huge_cell_and_a_very_wide_row_are_refused():
    words = "x" * 200_001
    cell = f"<row><c t='inlineStr'><is><t>{words}</t></is></c></row>"
    assert code_of(archive(xl__s_xml=f"<worksheet>{cell}</worksheet>")) == "cell_too_long"
    wide = "<worksheet><row><c r='XFD1'/></row></worksheet>"
    assert code_of(archive(xl__s_xml=wide)) == "too_many_columns"
