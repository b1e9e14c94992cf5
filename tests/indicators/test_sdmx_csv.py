"""SDMX-CSV as Eurostat serves it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.outcomes import sdmx_csv
from services.indicators.outcomes.sdmx_csv import Row
from shared.problems import Invalid

HEADER = "DATAFLOW,LAST UPDATE,freq,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"
FLOW = "ESTAT:LFST_R_LFE2EMPRTN(1.0),24/04/25 23:00:00,A"

CODES = st.text("ABCxyz019_-.+", min_size=1, max_size=6)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
# Names that are parts of "value", or look like the named columns: dimensions all the same.
NAMES = st.lists(
    st.sampled_from(["v", "val", "value", "OBS", "obs_value", "TIME", "geo", "unit", "FLAG"]),
    unique=True,
    max_size=6,
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[Row]]:
    names = draw(NAMES)
    rows = [
        Row(
            number,
            "ESTAT",
            draw(st.sampled_from(["lfst_r_lfe2emprtn", "demo_r_d2jan"])),
            draw(st.sampled_from([None, "2025-04-24T23:00:00", "2024-01-01T00:00:00"])),
            {name: draw(CODES) for name in names if draw(st.booleans())},
            draw(st.sampled_from(["2024", "2024-05", "2024-Q2"])),
            draw(NUMBERS),
            draw(st.text("bepu", max_size=3)),
            draw(st.sampled_from(["", "C", "N"])),
        )
        for number in range(2, 2 + draw(st.integers(0, 5)))
    ]
    return names, rows


@given(tables())
def test_rows_are_written_and_read_without_a_loss(table: tuple[list[str], list[Row]]):
    names, rows = table
    text = sdmx_csv.write(names, rows)
    assert sdmx_csv.read(text) == rows
    assert sdmx_csv.write(names, sdmx_csv.read(text)) == text


def test_a_file_of_eurostat_is_read():
    text = f"{HEADER}\n{FLOW},ES51,2024,61.3,bu,\n{FLOW},ES51,2023,,u,\n{FLOW},ES51,2022,:,,C\n"
    first, second, third = sdmx_csv.read(text)
    assert first == Row(
        2, "ESTAT", "lfst_r_lfe2emprtn", "2025-04-24T23:00:00", {"freq": "A", "geo": "ES51"},
        "2024", 61.3, "bu", "",
    )  # fmt: skip
    assert (second.value, second.flag) == (None, "u")
    assert (third.value, third.confidentiality) == (None, "C")


def test_a_file_from_before_2025_has_one_column_of_flags():
    text = f"{HEADER.removesuffix(',CONF_STATUS')}\n{FLOW},ES51,2024,,c\n"
    (row,) = sdmx_csv.read(text)
    assert (row.value, row.flag, row.confidentiality) == (None, "c", "")


@pytest.mark.parametrize("name", ["v", "value", "VALUE", "OBS", "time", "lag"])
def test_a_column_named_like_a_part_of_another_is_a_dimension(name: str):
    (row,) = sdmx_csv.read(f"DATAFLOW,{name},TIME_PERIOD,OBS_VALUE\nESTAT:X(1.0),A1,2024,5\n")
    assert (row.dimensions, row.value) == ({name: "A1"}, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24/04/25 23:00:00", "2025-04-24T23:00:00"),
        ("24/04/25", "2025-04-24T00:00:00"),
        ("2025-04-24T23:00:00+0200", "2025-04-24T23:00:00"),
        ("2025-04-24T23:00:00Z", "2025-04-24T23:00:00"),
        ("2025-04-24", "2025-04-24T00:00:00"),
        ("April", None),
        ("", None),
        ("31/02/25", None),
    ],
)
def test_a_vintage_is_one_text_however_it_is_written(text: str, expected: str | None):
    assert sdmx_csv.moment(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "row", "column"),
    [
        ("", "E_FORMAT", 1, None),
        ("geo,time,value\n", "E_FORMAT", 1, None),
        ("DATAFLOW,geo,geo,TIME_PERIOD,OBS_VALUE\n", "E_FORMAT", 1, None),
        ("DATAFLOW,my geo,TIME_PERIOD,OBS_VALUE\n", "E_FORMAT", 1, "my geo"),
        (f"{HEADER}\n{FLOW},ES51,2024,61.3\n", "E_FORMAT", 2, None),
        (f"{HEADER}\n{FLOW},ES51,2024,61.3,,,\n", "E_FORMAT", 2, None),
        (f"{HEADER}\n{FLOW},ES51,2024,nan,,\n", "not_a_number", 2, "OBS_VALUE"),
        (f"{HEADER}\n{FLOW},ES51,2024,1e999,,\n", "not_a_number", 2, "OBS_VALUE"),
        (f"{HEADER}\n{FLOW},ES51,2024,61.3 b,,\n", "not_a_number", 2, "OBS_VALUE"),
        (f"{HEADER}\n{FLOW},ES51:Catalonia,2024,1,,\n", "unknown_code", 2, "geo"),
        (f"{HEADER}\nLFST,24/04/25,A,ES51,2024,1,,\n", "unknown_dataset", 2, "DATAFLOW"),
        (f"{HEADER}\nESTAT:X(1.0),soon,A,ES51,2024,1,,\n", "bad_date", 2, "LAST UPDATE"),
        (f'{HEADER}\n{FLOW},"ES51,2024,1,,\n', "not_csv", 2, None),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_row_and_column(
    text: str, code: str, row: int, column: str | None
):
    with pytest.raises(Invalid) as refused:
        sdmx_csv.read(text)
    assert (code, row, column) in [(one.code, one.row, one.column) for one in refused.value.errors]


def test_everything_that_is_wrong_is_said_at_once():
    text = f"{HEADER}\n{FLOW},ES51,2024,x,,\nX,y,A,ES51,2024,1,,\n{FLOW},ES51\n"
    with pytest.raises(Invalid) as refused:
        sdmx_csv.read(text)
    assert [one.row for one in refused.value.errors] == [2, 3, 3, 4]


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise_than_by_refusing(text: str):
    with pytest.raises(Invalid):
        sdmx_csv.read(text)
    rows = []
    with contextlib.suppress(Invalid):
        rows = sdmx_csv.read(f"{HEADER}\n{text}")
    assert all(row.dataset for row in rows)
