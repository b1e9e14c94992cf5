"""Filters: both grammars against a plain evaluation, and errors that name the place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.engine.columns import Column
from services.search.engine.documents import flat
from services.search.engine.errors import EngineError
from services.search.engine.filtering import Filtering
from services.search.engine.filters import parse
from services.search.engine.geo import Points
from tests.search.engine.running import RunningIndex

TEXTS = ["red", "Blue", "Île de France", 'a "b" \\c', "10", "", "true"]
NUMBERS = [-2, 0, 3, 3.5, 10]
values = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.none(),
    st.booleans(),
    st.lists(st.sampled_from([*TEXTS, *NUMBERS]), max_size=3),
)
documents = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3), max_size=12
)


def quoted(value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


names = st.sampled_from(["a", "b", "c"])
some = st.one_of(st.sampled_from(TEXTS), st.sampled_from(NUMBERS))
conditions = st.one_of(
    st.tuples(names, st.sampled_from(["=", "!="]), some),
    st.tuples(names, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(NUMBERS)),
    st.tuples(names, st.just("TO"), st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))),
    st.tuples(names, st.just("IN"), st.lists(some, max_size=3)),
    st.tuples(names, st.sampled_from(["EXISTS", "IS NULL", "IS EMPTY"]), st.none()),
)
trees = st.recursive(
    conditions,
    lambda part: st.one_of(
        st.tuples(st.just("NOT"), part), st.tuples(st.sampled_from(["AND", "OR"]), part, part)
    ),
    max_leaves=6,
)


def written(tree: tuple[Any, ...]) -> str:
    if tree[0] == "NOT":
        return f"NOT ({written(tree[1])})"
    if tree[0] in ("AND", "OR"):
        return f"({written(tree[1])}) {tree[0]} ({written(tree[2])})"
    name, operator, value = tree
    if operator == "TO":
        return f"{name} {value[0]} TO {value[1]}"
    if operator == "IN":
        return f"{name} IN [{', '.join(quoted(each) for each in value)}]"
    return f"{name} {operator}" if value is None else f"{name} {operator} {quoted(value)}"


def answers(tree: tuple[Any, ...], document: dict[str, Any]) -> bool:
    """The same decided in plain words for one document."""
    if tree[0] == "NOT":
        return not answers(tree[1], document)
    if tree[0] == "AND":
        return answers(tree[1], document) and answers(tree[2], document)
    if tree[0] == "OR":
        return answers(tree[1], document) or answers(tree[2], document)
    name, operator, value = tree
    if operator == "EXISTS":
        return name in document
    held = document.get(name, [])
    if operator == "IS NULL":
        return name in document and held is None
    if operator == "IS EMPTY":
        return name in document and held in ("", [])
    each = held if isinstance(held, list) else [held]
    figures = [v for v in each if isinstance(v, int | float) and not isinstance(v, bool)]
    if operator == "TO":
        return any(value[0] <= v <= value[1] for v in figures)
    if operator in ("<", "<=", ">", ">="):
        compare = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}
        return any(compare[operator](float(v), float(value)) for v in figures)
    wanted = value if operator == "IN" else [value]
    equal = any(same(v, w) for v in each for w in wanted)
    return not equal if operator == "!=" else equal


def same(held: Any, wanted: Any) -> bool:
    if held is None:
        return False
    if isinstance(held, bool):
        return str(held).lower() == str(wanted).lower()
    if isinstance(held, str):
        return held.strip().lower() == str(wanted).strip().lower()
    try:
        return float(held) == float(wanted)
    except ValueError:
        return False


def filtering(made_of: list[dict[str, Any]]) -> Filtering:
    columns: dict[str, Column] = {}
    for place, document in enumerate(made_of):
        for path, leaf in flat(document).items():
            columns.setdefault(path, Column()).extend([(place, leaf)])
    nowhere = np.full(len(made_of), np.nan)
    views = {path: column.view() for path, column in columns.items()}
    return Filtering(views, Points(nowhere, nowhere), ["a", "b", "c"], len(made_of))


@settings(deadline=None)
@given(documents, trees)
def test_a_filter_keeps_exactly_the_documents_that_answer_it(
    made_of: list[dict[str, Any]], tree: tuple[Any, ...]
):
    parsed = parse(written(tree))
    assert parsed is not None
    kept = filtering(made_of).mask(parsed).tolist()
    assert kept == [answers(tree, document) for document in made_of]


@settings(deadline=None)
@given(documents, st.lists(st.lists(conditions, min_size=1, max_size=3), min_size=1, max_size=3))
def test_the_array_grammar_is_and_of_or(
    made_of: list[dict[str, Any]], groups: list[list[tuple[Any, ...]]]
):
    parsed = parse([[written(each) for each in group] for group in groups])
    assert parsed is not None
    kept = filtering(made_of).mask(parsed).tolist()
    assert kept == [
        all(any(answers(each, document) for each in group) for group in groups)
        for document in made_of
    ]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused_with_a_code(text: str):
    refusal = ""
    try:
        parse(text)
    except EngineError as error:
        refusal = error.code
    assert refusal in ("", "invalid_search_filter", "feature_not_enabled")


def test_not_binds_tighter_than_and_and_that_tighter_than_or():
    made_of = [{"a": 1}, {"a": 2, "b": 2}, {"c": 1}]
    tree = parse("NOT a = 1 AND b = 2 OR c = 1")
    assert tree is not None
    assert filtering(made_of).mask(tree).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a = ", 5, "end of the filter"),
        ("a b", 3, "Was expecting an operation"),
        ("(a = 1", 7, "Expected `)`"),
        ("a = 1 b = 2", 7, "forgot an `OR` or an `AND`"),
        ("a = 'x", 5, "closing quote"),
        ("AND = 1", 1, "reserved keyword"),
        ("a > red", 5, "Expected a number"),
        ("a IN [b", 8, "Expected `]`"),
        ("_geoRadius(91, 0, 5)", 1, "Latitude"),
        ("_geoRadius(1, 2)", 1, "latitude, longitude and metres"),
    ],
)
def test_a_wrong_filter_says_what_and_where(text: str, place: int, words: str):
    with pytest.raises(EngineError) as caught:
        parse(text)
    assert caught.value.code == "invalid_search_filter"
    assert words in caught.value.message
    assert f"\n{place}:" in caught.value.message


def test_a_deeply_nested_filter_is_refused():
    with pytest.raises(EngineError, match="nested more than 100 deep"):
        parse("(" * 5000 + "a = 1" + ")" * 5000)
    with pytest.raises(EngineError, match="nested more than 100 deep"):
        parse("NOT " * 5000 + "a = 1")


@pytest.mark.parametrize("value", [3, True, {}, [[["a = 1"]]], [3], [["a = 1", 2]]])
def test_a_filter_of_another_type_is_refused(value: Any):
    with pytest.raises(EngineError, match="Invalid syntax for the filter parameter"):
        parse(value)


@pytest.mark.parametrize("text", ["a CONTAINS b", "a NOT CONTAINS b", "a STARTS WITH b"])
def test_searching_inside_values_is_an_unsupported_feature(text: str):
    with pytest.raises(EngineError) as caught:
        parse(text)
    assert caught.value.code == "feature_not_enabled"


def test_an_attribute_that_is_not_filterable_is_refused_by_name(shoes: RunningIndex):
    error = shoes.refused(filter="weight > 3")
    assert error["code"] == "invalid_search_filter"
    assert "Attribute `weight` is not filterable" in error["message"]
    assert "brand" in error["message"]


def test_accents_are_kept_apart_in_filters_but_case_is_not(index: RunningIndex):
    index.put([{"id": 1, "r": "Skåne"}, {"id": 2, "r": "Skane"}], filterableAttributes=["r"])
    assert index.ids(filter="r = SKÅNE") == [1]
    assert index.ids(filter="r IN ['skane', 'skåne']") == [1, 2]
