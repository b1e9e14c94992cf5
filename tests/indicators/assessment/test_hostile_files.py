"""Files that would do harm are refused at once; broken bytes are read or refused."""

from __future__ import annotations

import io
import json
import random
import time
import tracemalloc
import zipfile

import pytest

from services.indicators.assessments.exports import write
from services.indicators.assessments.imports import REQUIRED, checked, read
from shared.problems import Invalid
from tests.indicators.assessment.answer_files import (
    FILES,
    FORMS,
    SHEET,
    a_bomb,
    mutated,
    refused,
    repacked,
    some_entries,
)
from tests.indicators.assessment.conftest import METHODOLOGY, REGION


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (a_bomb(100), "E_ARCHIVE"),
        (a_bomb(15), "E_ARCHIVE"),
        (repacked({f"xl/media/{n}": b"" for n in range(300)}), "E_ARCHIVE"),
        (b"PK" + b"\x00" * 100_000, "E_ARCHIVE"),
        (b"PK\x05\x06" + b"\xff" * 18, "E_ARCHIVE"),
    ],
    ids=["100 MB", "1:300", "many members", "no directory", "absurd directory"],
)
def test_a_bomb_is_refused_at_once_and_nothing_of_it_is_inflated(content: bytes, code: str):
    assert len(content) < 1_500_000
    tracemalloc.start()
    # The time of the processor, with room to spare: 200 ms are the promise on a quiet machine.
    started = time.process_time()
    errors = refused(content, "xlsx")
    seconds = time.process_time() - started
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one.code for one in errors] == [code]
    assert seconds < 1
    assert most < 4_000_000


def test_a_sheet_of_very_many_rows_is_refused_as_soon_as_they_are_too_many():
    names = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in REQUIRED)
    rows = "".join(
        f'<row><c t="inlineStr"><is><t>{random.Random(n).random()}</t></is></c></row>'
        for n in range(200_000)
    )
    sheet = f"<worksheet><sheetData><row>{names}</row>{rows}</sheetData></worksheet>"
    content = repacked({SHEET: sheet.encode()})
    started = time.perf_counter()
    assert [one.code for one in refused(content, "xlsx")] == ["E_TOO_LARGE"]
    assert time.perf_counter() - started < 5


ENTITY = (
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row>'
    '<c t="inlineStr"><is><t>&e;</t></is></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_entity_is_ever_declared_in_a_workbook(part: str, encoding: str):
    content = repacked({part: ENTITY.encode(encoding)})
    error = refused(content, "xlsx")[0]
    assert (error.code, "document type" in error.detail) == ("E_ARCHIVE", True)


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="2"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="1"><c r="B1" t="n"><v>1</v></c><c r="A1" t="n"><v>1</v></c></row>',
        '<row r="5"/><row r="3"/>',
        '<row r="x"/>',
        '<row r="1"><c r="XFDXFD1"/></row>',
        '<row r="1"><c t="s"><v>99</v></c></row>',
        '<row r="1"><c t="s"><v>-1</v></c></row>',
        '<row r="1"><c t="s"><v>one</v></c></row>',
        '<row r="1"><c r="XFD1" t="n"><v>1</v></c></row>',
        "<row><c>",
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused(sheet: str):
    content = f"<worksheet><sheetData>{sheet}</sheetData></worksheet>".encode()
    codes = {one.code for one in refused(repacked({SHEET: content}), "xlsx")}
    assert codes <= {"E_FORMAT", "E_ARCHIVE", "E_TOO_LARGE"}


def test_a_link_out_of_the_archive_leads_nowhere():
    link = b'<Relationship Id="rId1" Type="x/worksheet" Target="../../../etc/passwd"/>'
    links = b"<Relationships>%s</Relationships>" % link
    errors = refused(repacked({"xl/_rels/workbook.xml.rels": links}), "xlsx")
    assert [one.code for one in errors] == ["E_SHEET"]


def test_files_with_broken_bytes_are_read_or_refused_and_nothing_else():
    chance = random.Random(20261122)
    parts = zipfile.ZipFile(io.BytesIO(write("xlsx", METHODOLOGY, REGION, some_entries())))
    outcomes = {"read": 0, "refused": 0}
    for number in range(FILES):
        form = FORMS[number % 3]
        content = mutated(write(form, METHODOLOGY, REGION, some_entries()), chance)
        if form == "xlsx" and number % 2:
            # The archive is whole and a part of it is broken: the checksum does not help.
            name = chance.choice(parts.namelist())
            content = repacked({name: mutated(parts.read(name), chance)}, zipfile.ZIP_STORED)
        try:
            checked(read(content, form), METHODOLOGY, REGION)
            outcomes["read"] += 1
        except Invalid as problem:
            json.dumps(problem.body("/", ""), ensure_ascii=False).encode()
            outcomes["refused"] += 1
    assert sum(outcomes.values()) == FILES
    assert outcomes["refused"] > FILES / 3
