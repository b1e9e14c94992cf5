"""Files of rows: encodings and CSV, with the place of what is wrong."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import tabular
from shared.problems import Invalid


def rows(content: bytes, most: int = 1000) -> list[tuple[int, list[str]]]:
    known = {"name", "place", "what"}
    is_header = lambda cells: len(known & set(cells)) > 1  # noqa: E731
    return list(tabular.csv_rows(io.BytesIO(content), is_header, most))


def refused(content: bytes, most: int = 1000):
    with pytest.raises(Invalid) as caught:
        rows(content, most)
    return caught.value.errors[0]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_cells_are_parted_by_what_parts_the_header(mark, start, end):
    text = end.join([mark.join(["name", "place"]), mark.join(["Café", "Århus"])])
    assert rows(start + text.encode()) == [(1, ["name", "place"]), (2, ["Café", "Århus"])]


def test_blank_rows_are_left_out_and_counted():
    assert [number for number, _ in rows(b"name,place\n\n , \na,b\n")] == [1, 4]


def test_a_byte_that_is_not_utf8_is_named_with_its_row():
    error = refused("name,place\nok,ok\nCafé,x\n".encode("latin-1"))
    assert (error.code, error.row, error.value) == ("not_utf8", 3, "0xE9")
    assert "Byte 20" in error.detail


@given(st.integers(0, 3_000_000))
def test_the_byte_is_named_wherever_it_stands(place):
    # Pieces of a megabyte are read; a character may lie across the seam.
    content = ("é" * (place // 2)).encode() + b"\xe9"
    with pytest.raises(Invalid) as caught:
        tabular.check_utf8(io.BytesIO(content))
    assert f"Byte {place // 2 * 2} " in caught.value.errors[0].detail


def test_a_character_that_is_cut_at_the_end_is_named():
    assert refused("name,place\né".encode()[:-1]).code == "not_utf8"


def test_utf16_is_named():
    assert "UTF-16" in refused("name,place\n".encode("utf-16")).detail


def test_a_quotation_that_never_ends_is_named_by_its_row():
    assert (refused(b'name,place\n"a,b\n').code, refused(b'name,place\n"a,b\n').row) == (
        "not_csv",
        2,
    )


def test_an_empty_file_and_a_file_with_too_many_rows_are_refused():
    assert refused(b"").code == "empty"
    assert refused(b"name,place\n" * 12, most=10).code == "too_many_rows"


def test_a_huge_cell_is_refused():
    assert refused(b"name,place\n" + b"x" * 3_000_000).code == "not_csv"


@given(st.text())
def test_a_guarded_text_comes_back_as_it_was(text):
    assert tabular.plain(tabular.guarded(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "'=1"])
def test_what_a_spreadsheet_would_compute_is_guarded(text):
    assert tabular.guarded(text) == "'" + text
