"""Flags of Eurostat, old and new."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.outcomes import flags

LETTERS = st.text(st.sampled_from([*flags.MEANINGS, *flags.OLD]), max_size=8)


@pytest.mark.parametrize(
    ("text", "flag", "original"),
    [
        ("", "", None),
        ("b", "b", None),
        ("bep", "bep", None),
        ("s", "i", "s"),
        ("z", "m", "z"),
        ("c", "C", "c"),
        ("bs", "bi", "bs"),
        ("ub", "bu", "ub"),
        ("b, u", "bu", None),
        ("bc", "bC", "bc"),
    ],
)
def test_letters_of_the_old_list_become_those_of_the_new_and_the_text_is_kept(
    text: str, flag: str, original: str | None
):
    assert flags.read(text) == (flag, original, "")


def test_newer_files_have_confidentiality_in_a_column_of_its_own():
    assert flags.read("b", "C") == ("bC", None, "")
    assert flags.read("p", "P").flag == "pP"
    assert flags.read("n", "N").flag == "nN"
    assert flags.read("", "F") == ("", None, "")


def test_a_letter_of_no_list_is_named():
    assert flags.read("bxq").unknown == "qx"
    assert flags.read("A").unknown == "A"


@given(LETTERS)
def test_what_was_read_reads_the_same_again(text: str):
    flag = flags.read(text).flag
    assert flags.read(flag) == (flag, None, "")
    assert flags.status(flag) + flags.confidentiality(flag) == flag


@given(LETTERS, LETTERS)
def test_what_holds_for_one_value_holds_for_what_is_made_of_it(one: str, other: str):
    first, second = flags.read(one).flag, flags.read(other).flag
    assert set(flags.united(first, second)) == {*first, *second}
    assert flags.united(first, second) == flags.united(second, first)
    assert flags.united(first) == first


@pytest.mark.parametrize("flag", ["C", "N", "P", "bC"])
def test_a_confidential_number_is_not_publishable(flag: str):
    assert not flags.publishable(flag)


def test_provisional_is_not_the_capital_letter():
    assert flags.publishable("bpn")


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("C", "Confidential: the source does not publish it."),
        ("uC", "Confidential: the source does not publish it."),
        ("m", "The value cannot exist."),
        ("bu", "Too unreliable to publish."),
        ("", "The source gives no value."),
        ("b", "The source gives no value."),
    ],
)
def test_a_missing_value_has_the_reason_that_its_flags_give(flag: str, reason: str):
    assert flags.reason(flag) == reason


def test_low_reliability_and_a_break_warn():
    warning = flags.warning("bu") or ""
    assert "not comparable with the values before" in warning
    assert "Low reliability" in warning
    assert flags.warning("") is None
    assert flags.warning(None) is None
