"""What was answered, what is left, where two experts differ, what counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.domain.methodology import Methodology
from services.indicators.domain.questionnaire import (
    LONGEST,
    Cell,
    Decision,
    Entry,
    Source,
    cells,
    decided,
    differences,
    gaps,
    prose,
    sections,
    settled,
    source,
    source_line,
    source_parts,
    verdict,
)
from services.indicators.published.formats import methodology_of
from shared import strict
from tests.indicators.domain.making import a_small_methodology

FILE = Path(__file__).parents[3] / "services/indicators/data/open-instrument-1.json"

A, B = Entry("scored", "a"), Entry("scored", "b")
LAW = Source("https://example.org/law", "Act 10", "2010-05-07")
words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def test_where_both_say_the_same_nobody_has_to_decide():
    found = decided([A, A], None)
    assert found is not None
    assert (found.entry, found.automatic) == (A, True)


def test_where_they_differ_somebody_has_to():
    assert decided([A, B], None) is None
    assert decided([A, None], None) is None


def test_a_decision_stands_until_an_expert_answers_otherwise():
    held = Decision(B, (verdict(A), verdict(B)), automatic=False)
    assert decided([A, B], held) == held
    assert decided([B, B], held) == Decision(B, (verdict(B), verdict(B)), automatic=True)
    assert decided([Entry("missing", None), B], held) is None


def test_a_new_comment_of_an_expert_changes_no_decision():
    held = Decision(B, (verdict(A), verdict(B)), automatic=False)
    assert decided([Entry("scored", "a", comment="more"), B], held) == held


def test_the_differences_are_named():
    one = Entry("scored", "a", "seen", (LAW,), "mine")
    other = Entry("missing", None, "seen", (), "yours")
    assert differences(one, other) == ["state", "option", "sources", "comment"]
    assert differences(one, one) == []


def test_a_decision_takes_the_material_of_those_who_said_the_same():
    one = Entry("scored", "a", "in the act", (LAW,))
    other = Entry("scored", "b", "in the decree", (Source("https://example.org/d", None, None),))
    assert settled(A, [one, other]) == Entry("scored", "a", "in the act", (LAW,))
    both = Entry("scored", "a", "in the decree", (LAW,))
    assert settled(A, [one, both]).evidence == "in the act\n\nin the decree"
    assert settled(A, [one, both]).sources == (LAW,)


def test_each_cell_is_answered_and_a_missing_one_says_why():
    methodology = Methodology.parse(a_small_methodology())
    asked = cells(methodology)
    full = dict.fromkeys(asked, A)
    assert gaps(methodology, full) == []
    assert [one.code for one in gaps(methodology, {})] == ["E_INCOMPLETE"] * len(asked)
    silent = {**full, asked[0]: Entry("missing", None)}
    assert [one.code for one in gaps(methodology, silent)] == ["E_REASON_MISSING"]
    reasoned = {**full, asked[0]: Entry("missing", None, comment="no register")}
    assert gaps(methodology, reasoned) == []


def test_the_sections_of_an_exclusive_axis_add_up_to_the_whole():
    methodology = methodology_of(strict.loads(FILE.read_bytes()))
    asked = cells(methodology)
    exclusive = {one.code for one in methodology.axes if one.kind == "exclusive"}
    found = [one for one in sections(methodology, asked[:3]) if one.axis in exclusive]
    assert sum(one.total for one in found) == len(asked) * len(exclusive)
    assert sum(one.answered for one in found) == 3 * len(exclusive)


def test_cells_come_in_the_order_of_the_questionnaire_and_only_in_scope():
    methodology = Methodology.parse(a_small_methodology())
    scope = {one.code: one.groups for one in methodology.indicators}
    found = cells(methodology)
    assert all(cell.group in scope[cell.indicator] for cell in found)
    assert list(dict.fromkeys(one.indicator for one in found)) == list(scope)
    assert isinstance(found[0], Cell)


@given(words)
def test_a_text_is_kept_in_one_form(text: str):
    once = prose(text, 10_000)
    assert once is None or prose(once, 10_000) == once


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\x00b", "control character"),
        ("\x1b[31m", "control character"),
        ("a\ufffe", "not characters"),
        ("\ud800", "surrogate"),
        ("x" * 11, "at most 10"),
    ],
)
def test_what_cannot_be_stored_is_refused(text: str, why: str):
    with pytest.raises(ValueError, match=why):
        prose(text, 10)


@given(st.one_of(st.none(), words), st.sampled_from([None, "2010", "2010-05", "2010-05-07"]))
def test_a_source_survives_being_written_as_a_line(title: str | None, date: str | None):
    try:
        one = source("https://example.org/a?b=c#d", title, date)
    except ValueError:
        assert title is not None
        assert title.strip().startswith("|") or title.strip().endswith("|") or len(title) > 300
        return
    assert source(*source_parts(source_line(one))) == one


@pytest.mark.parametrize(
    ("url", "title", "date", "why"),
    [
        ("ftp://example.org", None, None, "begins with"),
        ("javascript:alert(1)", None, None, "begins with"),
        ("https://example.org/a b", None, None, "begins with"),
        ("https://" + "a" * LONGEST["url"], None, None, "at most"),
        ("https://example.org", "two\nlines", None, "one line"),
        ("https://example.org", None, "yesterday", "a year"),
        ("https://example.org", None, "2010-13", "a year"),
    ],
)
def test_a_source_that_cannot_be_followed_is_refused(url, title, date, why):
    with pytest.raises(ValueError, match=why):
        source(url, title, date)
