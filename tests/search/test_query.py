"""Filters: what is read is what is meant, and what is written is what was read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.query import MAX_CONDITIONS, MAX_DEPTH, parse
from services.search.domain.refusal import Refusal
from services.search.domain.tree import (
    All,
    Among,
    Between,
    Box,
    Compare,
    Filter,
    Has,
    Not,
    Radius,
    Some,
    build,
    quoted,
    typed,
)

KNOWN = {"color", "price", "brand", "a name", "_geo"}

names = st.sampled_from(sorted(KNOWN - {"_geo"}))
words = st.text(max_size=12)
numbers = st.one_of(st.integers(-10_000, 10_000), st.floats(-1e6, 1e6)).map(str)
degrees = st.floats(-90, 90).map(lambda x: round(x, 7) + 0.0)
leaves: st.SearchStrategy[Filter] = st.one_of(
    st.builds(Compare, names, st.sampled_from(["=", "!="]), words),
    st.builds(Compare, names, st.sampled_from([">", ">=", "<", "<="]), numbers),
    st.builds(Between, names, numbers, numbers),
    st.builds(Among, names, st.lists(words, max_size=4).map(tuple)),
    st.builds(Has, names, st.sampled_from(["EXISTS", "IS NULL", "IS EMPTY"])),
    st.builds(Radius, degrees, degrees, st.integers(0, 10_000).map(float)),
    st.tuples(degrees, degrees, degrees, degrees).map(
        lambda it: Box(max(it[0], it[2]), it[1], min(it[0], it[2]), it[3])
    ),
)


def joined(parts: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.one_of(st.builds(All, several), st.builds(Some, several), st.builds(Not, parts))


trees = st.recursive(leaves, joined, max_leaves=12)


@given(trees)
def test_what_is_written_is_read_back(tree: Filter):
    assert parse(build(tree), KNOWN) == tree


@given(words)
def test_no_value_becomes_an_operator(value: str):
    assert parse(f"color = {quoted(value)}", KNOWN) == Compare("color", "=", value)


def read(value: Any) -> Filter | Refusal | None:
    """The tree, or the refusal."""
    try:
        return parse(value, KNOWN)
    except Refusal as refusal:
        return refusal


@given(st.text(max_size=60) | st.text("()[]\"'\\ =<>!,ANDORTIcolrpice19_", max_size=60))
def test_any_text_is_understood_or_refused(text: str):
    found = read(text)
    if isinstance(found, Refusal):
        assert found.code == "invalid_search_filter"
    elif found is not None:
        assert read(build(found)) == found


@given(st.recursive(st.none() | st.integers() | words, lambda part: st.lists(part, max_size=3)))
def test_any_json_is_understood_or_refused(value: Any):
    found = read(value)
    assert not isinstance(found, Refusal) or found.status == 400


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("color = red", Compare("color", "=", "red")),
        ("'color'='it\\'s'", Compare("color", "=", "it's")),
        (
            "color=é AND price<-5.2",
            All((Compare("color", "=", "é"), Compare("price", "<", "-5.2"))),
        ),
        ("price 1 TO 9", Between("price", "1", "9")),
        ("color NOT IN [a, 'b c',]", Not(Among("color", ("a", "b c")))),
        ("color NOT EXISTS", Not(Has("color", "EXISTS"))),
        ("color IS NOT EMPTY", Not(Has("color", "IS EMPTY"))),
        ("_geoRadius(50.83000, 4.36000, 10000)", Radius(50.83, 4.36, 10000.0)),
        ("_geoBoundingBox([51.2, 4.9], [50.4, 3.9])", Box(51.2, 4.9, 50.4, 3.9)),
    ],
)
def test_the_text_form_is_read(text: str, tree: Filter):
    assert parse(text, KNOWN) == tree


def test_and_binds_more_tightly_than_or_and_not_more_than_both():
    a, b, c = (Compare("color", "=", letter) for letter in "abc")
    text = "NOT color=a AND color=b OR color=c"
    assert parse(text, KNOWN) == Some((All((Not(a), b)), c))
    assert parse("color=a AND (color=b OR color=c)", KNOWN) == All((a, Some((b, c))))


def test_in_lists_the_outer_means_and_and_the_inner_or():
    a, b, c = (Compare("color", "=", letter) for letter in "abc")
    assert parse(["color=a", ["color=b", "color=c"]], KNOWN) == All((a, Some((b, c))))


@pytest.mark.parametrize("empty", [None, "", "  ", [], [[]], ["", [" "]]])
def test_nothing_filters_nothing(empty: object):
    assert parse(empty, KNOWN) is None


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("secret = 1", "1:7", "not filterable"),
        ("color = a OR secret = 1", "14:20", "color, price"),
        ("color", "6:6", "expecting an operation"),
        ("color = ", "9:9", "found nothing"),
        ("color = a b", "11:12", "forgot an `OR` or an `AND`"),
        ("price > cheap", "9:14", "`cheap` is not a number"),
        ("price > NaN", "9:12", "not a number"),
        ("price > 1_0", "9:12", "not a number"),
        ("color = 'a", "9:10", "no closing '"),
        ("color = $", "9:10", "in quotes"),
        ("color = AND", "9:12", "reserved word"),
        ("(color = a", "11:11", "closing parenthesis"),
        ("color IN [a b]", "13:14", "after a value"),
        ("_geoRadius(91, 0, 1)", "12:14", "-90 to 90"),
        ("_geoBoundingBox([1, 1], [2, 2])", "31:32", "top right"),
        ("_geoPolygon([1, 1])", "1:12", "_geoRadius"),
        ("_geo = 1", "1:5", "not filterable"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, place: str, says: str):
    with pytest.raises(Refusal) as refused:
        parse(text, KNOWN)
    message, _, where = refused.value.message.rpartition("\n")
    assert says in message
    assert where == f"{place} {text}"


def test_in_lists_the_entry_is_named_too():
    with pytest.raises(Refusal, match=r"`\.filter\[1\]\[0\]` 1:7"):
        parse(["color = a", ["secret = 1"]], KNOWN)


def test_what_only_an_experiment_offers_is_not_enabled():
    with pytest.raises(Refusal) as refused:
        parse("color CONTAINS e", KNOWN)
    assert refused.value.code == "feature_not_enabled"


@pytest.mark.parametrize("text", ["(" * 100, "NOT " * 5_000, "(" * 19_000, "[" * 19_000])
def test_deep_nesting_is_refused(text: str):
    with pytest.raises(Refusal):
        parse(text, KNOWN)


def test_nesting_up_to_the_limit_is_read():
    assert parse("(" * MAX_DEPTH + "color=a" + ")" * MAX_DEPTH, KNOWN) == Compare("color", "=", "a")


def test_too_many_conditions_are_refused():
    with pytest.raises(Refusal, match="conditions"):
        parse(f"color IN [{','.join('a' * (MAX_CONDITIONS + 1))}]", KNOWN)
    with pytest.raises(Refusal, match="characters"):
        parse("color = " + "a" * 20_000, KNOWN)


def test_chosen_values_become_a_filter():
    attributes = {"area": "filter_areas", "year": "year"}
    both = typed({"area": ["housing", "health"], "year": ["2020"], "role": []}, attributes)
    assert both is not None
    assert build(both) == '"filter_areas" IN ["housing", "health"] AND "year" IN ["2020"]'
    assert typed({}, attributes) is None
