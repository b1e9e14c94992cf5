"""Lists in pages: a cursor cannot be forged, and the pages together are the list."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.pages import make_cursor, next_link, read_cursor
from shared.problems import NotFound

KEY = b"a key of the tests, thirty-two bytes"
QUESTION = "/practices?region=ES51&sort=title"
keys = st.lists(st.text() | st.integers() | st.none() | st.booleans(), min_size=1, max_size=3)


def is_refused(cursor: str, question: str = QUESTION, key: bytes = KEY) -> bool:
    with pytest.raises(NotFound) as refusal:
        read_cursor(cursor, question, key)
    (error,) = refusal.value.errors
    return (error.code, error.pointer) == ("bad_cursor", "/query/cursor")


@given(keys, st.text(), st.binary(min_size=1))
def test_a_cursor_is_read_as_it_was_made(last: list[Any], question: str, key: bytes):
    assume(not any("\ud800" <= letter <= "\udfff" for letter in question))
    assert read_cursor(make_cursor(last, question, key), question, key) == last


@given(keys)
def test_a_cursor_needs_no_escaping_in_an_address(last: list[Any]):
    cursor = make_cursor(last, QUESTION, KEY)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(keys, st.integers(0), st.characters(max_codepoint=255))
def test_a_cursor_with_one_letter_changed_is_refused(last: list[Any], place: int, letter: str):
    cursor = make_cursor(last, QUESTION, KEY)
    place %= len(cursor)
    assume(cursor[place] != letter)
    assert is_refused(cursor[:place] + letter + cursor[place + 1 :])


@given(keys, st.integers(0), st.characters(max_codepoint=255))
def test_a_cursor_with_one_letter_more_is_refused(last: list[Any], place: int, letter: str):
    cursor = make_cursor(last, QUESTION, KEY)
    place %= len(cursor) + 1
    assert is_refused(cursor[:place] + letter + cursor[place:])


@given(keys, st.integers(0))
def test_a_cursor_that_was_cut_is_refused(last: list[Any], place: int):
    cursor = make_cursor(last, QUESTION, KEY)
    assert is_refused(cursor[: place % len(cursor)])


@given(st.text(max_size=100))
def test_any_text_is_refused_without_another_error(text: str):
    assert is_refused(text)


@pytest.mark.parametrize(
    "question",
    ["", "/practices", QUESTION + "&", "/practices?region=SE22&sort=title", QUESTION + "\n"],
)
def test_a_cursor_belongs_to_one_question(question: str):
    assert is_refused(make_cursor(["a"], QUESTION, KEY), question)


def test_a_cursor_made_with_another_key_is_refused():
    assert is_refused(make_cursor(["a"], QUESTION, b"another key"))


@given(st.sets(st.integers(0, 1000)), st.integers(1, 20))
def test_the_pages_together_are_the_list(items: set[int], limit: int):
    assert [item for page in pages(sorted(items), limit) for item in page] == sorted(items)


@given(st.sets(st.integers(0, 1000), min_size=1), st.integers(1, 5), st.data())
def test_what_was_there_all_the_time_is_seen_once_whatever_comes_and_goes(
    items: set[int], limit: int, data: st.DataObject
):
    """Between two pages anything is put in and taken out, but nothing of `items`."""
    listed = sorted(items)
    seen: list[int] = []
    for page in pages(listed, limit):
        seen += page
        for change in data.draw(st.lists(st.integers(0, 1000), max_size=3)):
            if change in listed and change not in items:
                listed.remove(change)
            elif change not in listed:
                insort(listed, change)
    assert [item for item in seen if item in items] == sorted(items)
    assert len(set(seen)) == len(seen)


def pages(listed: list[int], limit: int) -> Any:
    """The pages of a list as a route makes them, one after the other."""
    cursor = None
    while True:
        start = bisect_right(listed, read_cursor(cursor, QUESTION, KEY)[0]) if cursor else 0
        page = listed[start : start + limit]
        more = start + limit < len(listed)
        yield page
        if not more:
            return
        cursor = make_cursor([page[-1]], QUESTION, KEY)


def test_the_last_page_links_to_nothing():
    assert next_link("/practices", [("sort", "title")], None) == {}


@given(st.lists(st.tuples(st.text("abc", min_size=1), st.text('é&=?#% +<>"')), max_size=4))
def test_a_link_asks_the_same_question_from_the_cursor_on(query: list[tuple[str, str]]):
    header = next_link("/practices", [*query, ("cursor", "before")], "after")["Link"]
    address, relation = header.removeprefix("<").split(">")
    assert relation == '; rel="next"'
    asked = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    assert asked == [*query, ("cursor", "after")]
