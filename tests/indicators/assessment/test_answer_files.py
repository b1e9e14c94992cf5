"""Files of answers: written and read they are the same; what is wrong is named all at once."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicators.assessments.exports import write
from services.indicators.assessments.imports import COLUMNS, Format, checked, read
from services.indicators.domain.questionnaire import Entry, Source, prose
from tests.indicators.assessment.answer_files import (
    F01,
    FORMS,
    ROW,
    a_book,
    a_csv,
    refused,
    some_entries,
)
from tests.indicators.assessment.conftest import METHODOLOGY, REGION

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
    assert errors[8].value == "ftp://x"


def test_a_wrong_header_is_told_which_columns_are_wrong():
    content = b"Region,indicator,indicator,group,state\nES51,F01,F01,TCN,missing\n"
    (error,) = refused(content)
    assert "'region', 'option' not there" in error.detail
    assert "'Region' unknown" in error.detail
    assert "'indicator' twice" in error.detail


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
        (b"\r\n", "E_EMPTY"),
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
    bare = a_book([[], rows[1]])
    assert [(one.code, one.row) for one in refused(bare, "xlsx")] == [("E_FORMAT", 2)]
    wide = a_book([rows[0], [*ROW, "more"]])
    assert ("E_FORMAT", "I") in [(one.code, one.column) for one in refused(wide, "xlsx")]
