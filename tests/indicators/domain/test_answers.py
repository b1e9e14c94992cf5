"""Answers: four states, checked against a methodology, packed."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.answers import FIRST_OPTION, OUT_OF_SCOPE, Answers
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import score
from shared.problems import InputError, Invalid
from tests.indicators.domain.making import (
    Row,
    a_methodology,
    a_small_methodology,
    law,
    row,
    rows_of,
    some_rows,
)

SMALL = Methodology.parse(a_small_methodology())


def refused(rows: list[Row], regions: list[str] | None = None) -> list[InputError]:
    with pytest.raises(Invalid) as caught:
        Answers.parse(SMALL, rows, regions)
    return list(caught.value.errors)


FAULTS = [
    ("E_UNKNOWN_INDICATOR", "indicator", row("ES51", "Q9", "TCN", "missing")),
    ("E_UNKNOWN_OPTION", "option", row("ES51", "Q1", "TCN", "scored", "z")),
    ("E_UNKNOWN_OPTION", "option", row("ES51", "Q1", "TCN", "scored", "")),
    ("E_UNKNOWN_OPTION", "option", row("ES51", "Q1", "TCN", "scored", "100")),
    ("E_GROUP_OUT_OF_SCOPE", "group", row("ES51", "Q3", "BIP", "scored", "a")),
    ("E_GROUP_OUT_OF_SCOPE", "group", row("ES51", "Q1", "ALL", "scored", "a")),
    ("E_UNKNOWN_STATE", "state", row("ES51", "Q1", "TCN", "")),
    ("E_UNKNOWN_STATE", "state", row("ES51", "Q1", "TCN", "NaN")),
    ("E_OPTION_WITHOUT_SCORE", "option", row("ES51", "Q1", "TCN", "missing", "a")),
    ("E_UNKNOWN_REGION", "region", row("", "Q1", "TCN", "missing")),
    ("E_UNKNOWN_REGION", "region", row("XX", "Q1", "TCN", "missing")),
]


@pytest.mark.parametrize(("code", "column", "wrong"), FAULTS)
def test_a_fault_is_named_with_row_and_column(code: str, column: str, wrong: Row):
    [error] = refused([row("ES51", "Q2", "TCN", "scored", "a"), wrong], ["ES51"])
    assert (error.code, error.row, error.column) == (code, 3, column)


def test_a_cell_answered_twice_is_named_although_its_first_answer_is_wrong():
    first, again = refused([*rows_of("ES51 Q1 TCN z"), *rows_of("ES51 Q1 TCN a")])
    assert [(first.code, first.row), (again.code, again.row)] == [
        ("E_UNKNOWN_OPTION", 2),
        ("E_DUPLICATE_ANSWER", 3),
    ]
    assert "row 2" in again.detail


def test_a_cell_answered_twice_is_refused_and_both_rows_are_named():
    [error] = refused([*rows_of("ES51 Q1 TCN a"), *rows_of("ES51 Q1 TCN a")])
    assert (error.code, error.row) == ("E_DUPLICATE_ANSWER", 3)
    assert "row 2" in error.detail


def test_everything_wrong_is_said_at_once():
    rows = [wrong | {"region": f"R{number}"} for number, (_, _, wrong) in enumerate(FAULTS[:8])]
    assert [error.row for error in refused(rows)] == [*range(2, 10)]


def test_a_cell_without_a_row_is_missing_and_never_0():
    answers = Answers.parse(SMALL, rows_of("ES51 Q1 TCN a"))
    assert answers.cell("ES51", "Q2", "BIP").state == "missing"
    assert score(SMALL, answers).one("ES51", "phase", "formulation", "TCN").score == 100


def test_regions_of_an_edition_without_rows_are_all_missing():
    answers = Answers.parse(SMALL, [], ["ES51", "BE2"])
    assert answers.regions == ("BE2", "ES51")
    assert score(SMALL, answers).one("BE2").state == "insufficient"


def test_no_regions_give_no_scores():
    assert score(SMALL, Answers.parse(SMALL, [])).score.shape[1] == 0


def test_an_explicit_missing_row_and_no_row_are_the_same():
    rows = rows_of("ES51 Q1 TCN a")
    assert (
        Answers.parse(SMALL, rows).hash
        == Answers.parse(SMALL, [*rows, *rows_of("ES51 Q2 BIP missing")]).hash
    )


@pytest.mark.parametrize(
    "text", ["", "region,indicator\n", "region,indicator,group,state,option,note\n", "a,b,c,d,e\n"]
)
def test_a_file_with_another_header_is_refused(text: str):
    with pytest.raises(Invalid, match="header"):
        Answers.from_csv(SMALL, text)


def test_a_row_with_more_cells_than_the_header_is_refused():
    text = "region,indicator,group,state,option\nES51,Q1,TCN,scored,a,b\n"
    with pytest.raises(Invalid, match="more cells"):
        Answers.from_csv(SMALL, text)


def test_columns_may_stand_in_any_order_and_a_mark_of_byte_order_is_ignored():
    text = "\ufeffoption,state,group,indicator,region\na,scored,TCN,Q1,ES51\n"
    assert Answers.from_csv(SMALL, text).cell("ES51", "Q1", "TCN").option == "a"


@given(st.randoms(use_true_random=False))
@law
def test_answers_made_again_from_their_rows_or_bytes_are_equal(random: Random):
    data = a_methodology(random)
    methodology = Methodology.parse(data)
    answers = Answers.parse(methodology, some_rows(random, data))
    again = Answers.parse(methodology, [one._asdict() for one in answers.rows()])
    assert again.hash == answers.hash
    assert again.rows() == answers.rows()
    packed = Answers.from_codes(methodology, answers.regions, answers.codes)
    assert packed.hash == answers.hash


@pytest.mark.parametrize("byte", [OUT_OF_SCOPE, FIRST_OPTION + 3, 255])
def test_a_packed_byte_without_meaning_is_refused(byte: int):
    codes = Answers.parse(SMALL, rows_of("ES51 Q1 TCN a")).codes.copy()
    codes[0, 0, 0] = byte
    with pytest.raises(Invalid) as caught:
        Answers.from_codes(SMALL, ["ES51"], codes)
    assert caught.value.errors[0].code == "E_UNKNOWN_OPTION"


def test_a_packed_answer_outside_the_scope_is_refused():
    codes = Answers.parse(SMALL, rows_of("ES51 Q1 TCN a")).codes.copy()
    codes[0, 2, 1] = FIRST_OPTION
    with pytest.raises(Invalid):
        Answers.from_codes(SMALL, ["ES51"], codes)


def test_a_packed_matrix_of_another_shape_is_refused():
    with pytest.raises(Invalid) as caught:
        Answers.from_codes(SMALL, ["ES51"], np.zeros((1, 2, 2), dtype=np.uint8))
    assert caught.value.errors[0].code == "E_METHOD_MISMATCH"


def test_answers_to_another_version_are_not_scored():
    answers = Answers.parse(SMALL, rows_of("ES51 Q1 TCN a"))
    other = Methodology.parse(a_small_methodology(version="2"))
    with pytest.raises(Invalid) as caught:
        score(other, answers)
    assert caught.value.errors[0].code == "E_METHOD_MISMATCH"


def test_packed_answers_cannot_be_changed_by_accident():
    answers = Answers.parse(SMALL, rows_of("ES51 Q1 TCN a"))
    with pytest.raises(ValueError, match="read-only"):
        answers.codes[0, 0, 0] = 0
