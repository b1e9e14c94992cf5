"""Text that is accepted, and addresses made from names."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import clean, folded, slug

proper = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@pytest.mark.parametrize("letter", [*map(chr, range(9)), "\x0b", "\x0c", "\x1f", "\x7f", "\x85"])
def test_a_control_character_is_refused_by_its_number(letter: str):
    with pytest.raises(ValueError, match=f"U\\+{ord(letter):04X}"):
        clean(f"Wel{letter}come")


@pytest.mark.parametrize("half", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_half_of_a_surrogate_pair_is_refused(half: int):
    with pytest.raises(ValueError, match="surrogate"):
        clean(f"a{chr(half)}b")


def test_tabs_and_line_ends_are_text():
    assert clean("one\ttwo\r\nthree") == "one\ttwo\r\nthree"


def test_two_spellings_of_a_name_become_one():
    assert clean("Ska\u030ane") == clean("Sk\u00e5ne") == "Sk\u00e5ne"


@given(proper)
def test_clean_text_stays_as_it_is_when_cleaned_again(text: str):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text())
def test_text_is_either_refused_or_can_be_written(text: str):
    try:
        cleaned = clean(text)
    except ValueError:
        return
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ESPAÑA", "españa"), ("Skåne", "skane"), ("Île-de-France", "ile-de-france")],
)
def test_an_accent_and_capitals_do_not_matter(typed: str, meant: str):
    assert folded(typed) == folded(meant)


@given(proper)
def test_folded_text_stays_as_it_is_when_folded_again(text: str):
    assert folded(folded(text)) == folded(text)


@given(proper)
def test_composed_and_decomposed_text_fold_alike(text: str):
    forms = ("NFC", "NFD")
    assert len({folded(unicodedata.normalize(form, text)) for form in forms}) == 1


@given(st.text(), st.integers(1, 100))
def test_an_address_has_letters_digits_and_single_hyphens_only(text: str, limit: int):
    made = slug(text, limit)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
    assert len(made) <= limit or made == "untitled"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Catalonia", "catalonia"),
        ("Skåne län", "skane-lan"),
        ("  Łódź / Voivodeship ", "lodz-voivodeship"),
        ("Nordjylland Øst", "nordjylland-ost"),
        ("Groß-Gerau", "gross-gerau"),
        ("???", "untitled"),
        ("", "untitled"),
    ],
)
def test_a_name_becomes_an_address(name: str, address: str):
    assert slug(name) == address


@given(st.text())
def test_an_address_is_its_own_address(text: str):
    assert slug(slug(text)) == slug(text)
