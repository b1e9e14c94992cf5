"""A region's own research as CSV, XLSX and JSON: every error at once, or everything stored."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import random
import time
import tracemalloc
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicators.assessments.imports import COLUMNS, MEDIA, Format, checked, read, write
from services.indicators.domain.questionnaire import Entry, Source, prose
from shared.problems import Invalid
from tests.indicators.assessment.conftest import (
    CELLS,
    ELSEWHERE,
    METHODOLOGY,
    ON_SQLITE,
    REGION,
    Desk,
    caller,
)

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


# ------------------------------------------------------------------ round trips


@pytest.mark.parametrize("form", FORMS)
def test_written_read_and_written_again_the_bytes_are_the_same(form: Format):
    entries = some_entries()
    first = write(form, METHODOLOGY, REGION, entries)
    back = checked(read(first, form), METHODOLOGY, REGION)
    assert back == dict(entries)
    assert write(form, METHODOLOGY, REGION, back.items()) == first


words = st.text(
    st.one_of(
        st.sampled_from(list("=+-@'\"\t,;|_x0041_\n<&")),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=150)
@given(words, words, st.sampled_from(FORMS))
def test_each_text_comes_back_as_it_was(evidence: str, comment: str, form: Format):
    entry = Entry("scored", "a", prose(evidence, 100), (), prose(comment, 100))
    back = checked(
        read(write(form, METHODOLOGY, REGION, [(F01, entry)]), form), METHODOLOGY, REGION
    )
    assert back == {F01: entry}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_nothing_that_is_written_is_taken_for_a_formula(form: Format):
    content = write(form, METHODOLOGY, REGION, some_entries())
    if form == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode())) for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        cells = [str(cell.value or "") for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


def test_another_program_reads_our_workbook():
    content = write("xlsx", METHODOLOGY, REGION, some_entries())
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == list(COLUMNS)
    assert rows[1][:6] == [REGION, "F01", "TCN", "scored", "a", "'=1+1"]


def test_we_read_the_workbook_of_another_program():
    content = a_book([list(COLUMNS), ROW, [], [REGION, "F02", *ROW[2:]]])
    back = checked(read(content, "xlsx"), METHODOLOGY, REGION)
    assert [cell.indicator for cell in back] == ["F01", "F02"]
    assert back[F01] == Entry("scored", "a", "seen", (Source("https://example.org", None, None),))


def test_the_columns_may_come_in_any_order_and_the_texts_be_left_out():
    content = a_csv("a,scored,TCN,F01,ES51", header="option,state,group,indicator,region")
    assert checked(read(content, "csv"), METHODOLOGY, REGION) == {F01: Entry("scored", "a")}


def test_a_byte_order_mark_is_no_part_of_the_header():
    content = b"\xef\xbb\xbf" + a_csv("ES51,F01,TCN,scored,a,,,")
    assert len(read(content, "csv").rows) == 1


# ------------------------------------------------------------------ refusals


def test_all_errors_of_a_file_are_named_at_once_with_row_and_column():
    errors = refused(
        a_csv(
            "ES51,F01,TCN,scored,a,,,",
            "ITF4,F01,BIP,scored,a,,,",
            "ES51,F99,TCN,scored,a,,,",
            "ES51,F02,ALL,scored,a,,,",
            "ES51,F02,TCN,perhaps,,,,",
            "ES51,F02,BIP,scored,z,,,",
            "ES51,F03,TCN,missing,a,,,",
            "",
            "ES51,F01,TCN,scored,b,,,",
            "ES51,F03,BIP,scored,,,,",
            "ES51,F04,TCN,scored,a,,ftp://x,",
            "ES51,F04,BIP,scored,a,\x07,,",
            "ES51,F05,TCN,scored",
        )
    )
    assert [(one.code, one.row, one.column) for one in errors] == [
        ("E_UNKNOWN_REGION", 3, "region"),
        ("E_UNKNOWN_INDICATOR", 4, "indicator"),
        ("E_GROUP_OUT_OF_SCOPE", 5, "group"),
        ("E_UNKNOWN_STATE", 6, "state"),
        ("E_UNKNOWN_OPTION", 7, "option"),
        ("E_OPTION_WITHOUT_SCORE", 8, "option"),
        ("E_DUPLICATE_ANSWER", 10, "indicator"),
        ("E_UNKNOWN_OPTION", 11, "option"),
        ("E_SOURCE", 12, "sources"),
        ("E_TEXT", 13, "evidence"),
        ("E_FORMAT", 14, "region"),
    ]
    assert errors[4].value == "z"
    assert list(errors[4].allowed) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("cell", ["NaN", "Inf", "-Infinity", "0", "1e308", "null", " ", "A"])
@pytest.mark.parametrize("column", ["state", "option", "indicator", "group", "region"])
def test_what_is_no_code_is_refused_in_each_column(cell: str, column: str):
    row = dict(zip(COLUMNS, ROW, strict=True)) | {column: cell}
    errors = refused(a_csv(",".join(row.values())))
    assert (2, column) in [(one.row, one.column) for one in errors]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E_EMPTY"),
        (b"\r\n", "E_FORMAT"),
        (a_csv(), "E_EMPTY"),
        (b"region;indicator;group;state;option\nES51;F01;TCN;scored;a\n", "E_FORMAT"),
        (b"region,indicator,group,state\n", "E_FORMAT"),
        (b"region,indicator,group,state,option,option\n", "E_FORMAT"),
        (a_csv("Espa\xf1a,F01,TCN,scored,a,,,").decode().encode("latin-1"), "E_ENCODING"),
        (a_csv("ES51,F01,TCN,scored,a,,,").decode().encode("utf-16"), "E_ENCODING"),
        (a_csv('ES51,F01,TCN,scored,a,"open,,'), "E_FORMAT"),
        (a_csv("ES51,F01,TCN,scored,a,," + "x" * 140_000), "E_FORMAT"),
        (a_csv(*["ES51,F01,TCN,scored,a,,,"] * 5001), "E_TOO_LARGE"),
        (b"PK\x03\x04", "E_FORMAT"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_csv_is_refused(content: bytes, code: str):
    assert [one.code for one in refused(content)] == [code]


def test_the_place_of_a_byte_that_is_not_utf8_is_told():
    content = a_csv("ES51,F01,TCN,scored,a,,,", "ES51,F02,TCN,scored,a,ni\xf1o,,").decode()
    error = refused(content.encode("latin-1"))[0]
    assert (error.row, "0xF1" in error.detail, error.allowed) == (3, True, "UTF-8")


def test_of_very_many_errors_the_first_thousand_are_listed():
    errors = refused(a_csv(*["ES51,F99,TCN,scored,a,,,"] * 3000))
    assert (len(errors), errors[-1].code) == (1001, "E_MORE")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"answers": [], "answers": []}', "E_FORMAT"),
        (b'{"answers": [{"region": NaN}]}', "E_FORMAT"),
        (b'{"answers": "many"}', "E_FORMAT"),
        (b'{"answers": [], "other": 1}', "E_FORMAT"),
        (b'{"answers": []}', "E_EMPTY"),
        (b"[1, 2]", "E_FORMAT"),
        (b'{"answers": [1]}', "E_TYPE"),
        (b'{"answers": [{"region": 5}]}', "E_TYPE"),
        (b'{"answers": [{"region": "ES51", "value": 5}]}', "E_FORMAT"),
        (b'{"answers": [{"sources": [{"url": 1}]}]}', "E_SOURCE"),
        (b'{"answers": [{"sources": {}}]}', "E_TYPE"),
    ],
)
def test_json_that_is_not_of_this_form_is_refused(content: bytes, code: str):
    assert [one.code for one in refused(content, "json")] == [code]


def test_an_error_in_json_has_a_pointer():
    rows = (ROW[:5], [REGION, "F01", "BIP", "scored", "z"])
    items = [dict(zip(COLUMNS[:5], row, strict=True)) for row in rows]
    error = refused(json.dumps({"answers": items}).encode(), "json")[0]
    assert (error.pointer, error.column, error.row) == ("/answers/1/option", "option", 2)


@pytest.mark.parametrize(
    ("value", "code"),
    [("=1+1", "E_FORMULA"), (5, "E_TYPE"), (2.5, "E_TYPE"), (True, "E_TYPE"), ("#N/A", "E_TYPE")],
)
def test_a_cell_of_a_workbook_has_to_be_text(value: Any, code: str):
    errors = refused(a_book([list(COLUMNS), [*ROW[:7], value]]), "xlsx")
    assert [(one.code, one.row, one.column) for one in errors] == [(code, 2, "comment")]


def test_a_workbook_has_one_sheet_no_merged_cells_and_a_header():
    rows = [list(COLUMNS), ROW]
    two = a_book(rows, book=lambda book: book.create_sheet("more"))
    assert [one.code for one in refused(two, "xlsx")] == ["E_SHEET"]
    merged = a_book(rows, sheet=lambda sheet: sheet.merge_cells("F2:G2"))
    assert ("E_MERGED", 2) in [(one.code, one.row) for one in refused(merged, "xlsx")]
    late = a_book([[], *rows])
    assert [(one.code, one.row) for one in refused(late, "xlsx")] == [("E_FORMAT", 1)]
    wide = a_book([rows[0], [*ROW, "more"]])
    assert ("E_FORMAT", "I") in [(one.code, one.column) for one in refused(wide, "xlsx")]


# ------------------------------------------------------------------ hostile files


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
    rows = "".join(
        f'<row><c t="inlineStr"><is><t>{random.Random(n).random()}</t></is></c></row>'
        for n in range(200_000)
    )
    content = repacked({SHEET: f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()})
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


# ------------------------------------------------------------------ over HTTP


async def _sent(desk: Desk, path: str, content: bytes, form: Format = "csv", **headers: str):
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await desk.one.client.post(
        path, content=content, headers={"content-type": MEDIA[form], **more}
    )


@pytest.mark.anyio
@pytest.mark.parametrize("form", FORMS)
async def test_exported_imported_and_exported_again_it_is_the_same(desk: Desk, form: Format):
    found = await desk.begun("self")
    content = write(form, METHODOLOGY, REGION, some_entries())
    path = f"/assessments/{found}"
    sent = await _sent(desk, f"{path}/import", content, form, if_match='"v0"')
    assert (sent.status_code, sent.json()["report"]["new"]) == (200, len(CELLS))
    first = await desk.one.client.get(f"{path}/export?format={form}")
    assert first.content == content
    again = await _sent(desk, f"{path}/import", first.content, form, if_match='"v1"')
    report = again.json()["report"]
    assert (report["new"], report["changed"], report["same"]) == (0, 0, len(CELLS))
    assert (await desk.one.client.get(f"{path}/export?format={form}")).content == content
    assert again.headers["etag"] == '"v1"'


@pytest.mark.anyio
async def test_a_dry_run_gives_the_report_of_the_real_run_and_stores_nothing(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = write("csv", METHODOLOGY, REGION, some_entries())
    dry = await _sent(desk, f"{path}?dry_run=true", content)
    assert (dry.status_code, dry.json()["assessment"]) == (200, None)
    listed = await desk.one.read(f"/assessments?edition={desk.edition}")
    assert listed["items"] == []
    real = await _sent(desk, path, content)
    assert real.json()["report"] == dry.json()["report"]
    found = real.json()["assessment"]
    part = write("csv", METHODOLOGY, REGION, [(F01, Entry("scored", "b"))])
    dry = await _sent(desk, f"{path}?dry_run=true", part)
    assert (await desk.one.read(f"/assessments/{found}/answers/F01/TCN"))["option"] == "a"
    real = await _sent(desk, path, part, if_match='"v1"')
    assert real.json()["report"] == dry.json()["report"]
    assert real.json()["report"]["changed"] == 1


@pytest.mark.anyio
@ON_SQLITE
async def test_a_wrong_file_gets_the_same_errors_dry_or_not_and_stores_nothing(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = a_csv("ES51,F01,TCN,scored,z,,,", "ES51,F02,TCN,scored,a,,,", "ES51,F99,TCN,x,,,,")
    dry, real = [await _sent(desk, f"{path}?dry_run={flag}", content) for flag in ("true", "false")]
    assert (dry.status_code, real.status_code) == (422, 422)
    assert dry.json()["errors"] == real.json()["errors"]
    assert [(one["row"], one["column"]) for one in real.json()["errors"]] == [
        (2, "option"),
        (4, "indicator"),
    ]
    assert (await desk.one.read(f"/assessments?edition={desk.edition}"))["items"] == []


@pytest.mark.anyio
@ON_SQLITE
async def test_answers_that_are_there_are_not_written_over_unseen(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = write("csv", METHODOLOGY, REGION, some_entries())
    assert (await _sent(desk, path, content)).status_code == 200
    unseen = await _sent(desk, path, content)
    assert unseen.status_code == 428
    stale = await _sent(desk, path, content, if_match='"v0"')
    assert (stale.status_code, stale.json()["current_etag"]) == (412, '"v1"')


@pytest.mark.anyio
@ON_SQLITE
async def test_a_region_for_which_the_token_does_not_speak_is_not_imported(desk: Desk):
    content = write("csv", METHODOLOGY, ELSEWHERE, some_entries())
    answer = await _sent(desk, f"/editions/{desk.edition}/import", content)
    assert answer.status_code == 403
    found = await desk.begun("self")
    other = await _sent(desk, f"/assessments/{found}/import", content, if_match='"v0"')
    assert {one["code"] for one in other.json()["errors"]} == {"E_UNKNOWN_REGION"}
    nowhere = await _sent(desk, f"/editions/{desk.edition}/import", a_csv("X,F01,TCN,scored,a,,,"))
    assert [one["code"] for one in nowhere.json()["errors"]] == ["E_UNKNOWN_REGION"]


@pytest.mark.anyio
async def test_an_import_is_done_once_under_one_key(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = write("csv", METHODOLOGY, REGION, some_entries())
    key = f"import-{desk.edition}"
    one = await _sent(desk, path, content, idempotency_key=key)
    two = await _sent(desk, path, content, idempotency_key=key)
    assert one.json() == two.json()
    assert two.headers["idempotent-replayed"] == "true"


@pytest.mark.anyio
@ON_SQLITE
async def test_another_format_and_too_many_bytes_are_refused(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    text = await desk.one.client.post(path, content=b"x", headers={"content-type": "text/plain"})
    assert text.status_code == 415
    large = await _sent(desk, path, b"x" * 2_000_001)
    assert large.status_code == 413
    reviewer = caller("r", REGION, scope="indicators:review")
    other = await desk.public.post(
        path,
        content=write("csv", METHODOLOGY, REGION, some_entries()),
        headers={"content-type": "text/csv", **reviewer},
    )
    assert other.status_code == 403


@pytest.mark.anyio
@ON_SQLITE
async def test_a_bomb_is_refused_over_http_and_nothing_breaks(desk: Desk):
    started = time.perf_counter()
    answer = await _sent(desk, f"/editions/{desk.edition}/import", a_bomb(100)[:], "xlsx")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "E_ARCHIVE"
    assert time.perf_counter() - started < 30


@pytest.mark.anyio
@ON_SQLITE
async def test_broken_files_never_break_the_service(desk: Desk):
    chance = random.Random(1)
    for number in range(min(30, FILES)):
        form = FORMS[number % 3]
        content = mutated(write(form, METHODOLOGY, REGION, some_entries()), chance)
        path = f"/editions/{desk.edition}/import?dry_run=true"
        answer = await _sent(desk, path, content, form)
        assert answer.status_code in (200, 400, 403, 422), answer.text
