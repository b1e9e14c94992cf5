"""JSON-stat documents: every law of the format, and what other readers let through."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from services.indicators.outcomes import jsonstat
from services.indicators.outcomes.jsonstat import Cell, Cube, Dimension
from shared import strict
from shared.problems import Invalid

CODES = st.lists(
    st.text("ABCXYZ0123_ü/~", min_size=1, max_size=5), min_size=1, max_size=4, unique=True
)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9)


@st.composite
def cubes(draw: st.DrawFn) -> Cube:
    names = draw(st.lists(st.text("abcvalue", min_size=1, max_size=5), min_size=1, max_size=4,
                          unique=True))  # fmt: skip
    dimensions = []
    for name in names:
        codes = tuple(draw(CODES))
        labels = {code: code.lower() for code in codes} if draw(st.booleans()) else {}
        units = {code: {"label": "%"} for code in codes[:1]} if draw(st.booleans()) else {}
        role = draw(st.sampled_from([None, "time", "geo", "metric"]))
        dimensions.append(Dimension(name, codes, name.upper(), labels, units, role))
    size = prod(len(one.codes) for one in dimensions)
    whole = draw(st.booleans())
    index = st.just(set(range(size))) if whole else st.sets(st.integers(0, size - 1))
    cells = {
        one: Cell(
            None if (number := draw(NUMBERS)) is None else float(number),
            draw(st.text("bepuCN", max_size=3)),
        )
        for one in sorted(draw(index))
    }
    facts = draw(st.sampled_from([{}, {"label": "x", "updated": "2025-01-27", "extension": {}}]))
    return Cube(tuple(dimensions), cells, facts)


@given(cubes())
def test_a_cube_is_written_and_read_without_a_loss(cube: Cube):
    text = json.dumps(jsonstat.encode(cube))
    assert jsonstat.decode(strict.loads(text)) == cube


@given(cubes())
def test_each_cell_has_its_own_place(cube: Cube):
    places = {cube.place(index) for index in range(cube.size)}
    assert len(places) == cube.size
    assert cube.place(0) == tuple(one.codes[0] for one in cube.dimensions)
    assert cube.place(cube.size - 1) == tuple(one.codes[-1] for one in cube.dimensions)


SCHEMA = {
    "type": "object",
    "required": ["version", "class", "id", "size", "dimension", "value"],
    "properties": {
        "version": {"const": "2.0"},
        "class": {"const": "dataset"},
        "id": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "size": {"type": "array", "items": {"type": "integer"}},
        "dimension": {
            "additionalProperties": {
                "required": ["category"],
                "properties": {"category": {"required": ["index"]}},
            }
        },
        "value": {
            "oneOf": [
                {"type": "array", "items": {"type": ["number", "null"]}},
                {
                    "type": "object",
                    "propertyNames": {"pattern": "^(0|[1-9][0-9]*)$"},
                    "additionalProperties": {"type": ["number", "null"]},
                },
            ]
        },
        "status": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


@given(cubes())
def test_what_is_written_keeps_to_the_published_rules(cube: Cube):
    document = jsonstat.encode(cube)
    Draft202012Validator(SCHEMA).validate(document)
    if isinstance(document["value"], list):
        assert len(document["value"]) == prod(document["size"])


def document(**changes: Any) -> dict[str, Any]:
    """Two places, two years, as a dense array."""
    return {
        "version": "2.0",
        "class": "dataset",
        "id": ["geo", "time"],
        "size": [2, 2],
        "role": {"geo": ["geo"], "time": ["time"]},
        "dimension": {
            "geo": {"category": {"index": {"ES51": 1, "AT13": 0}}},
            "time": {"category": {"index": ["2024", "2025"]}},
        },
        "value": [1, None, 3, 4.5],
        **changes,
    }


def test_the_last_dimension_is_the_fastest_and_an_object_of_places_is_sorted():
    cube = jsonstat.decode(document())
    found = {cube.place(index): cell.value for index, cell in cube.cells.items()}
    assert found == {
        ("AT13", "2024"): 1,
        ("AT13", "2025"): None,
        ("ES51", "2024"): 3,
        ("ES51", "2025"): 4.5,
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("p", {0: "p", 1: "p", 2: "p", 3: "p"}),
        (["b", None, "", "u"], {0: "b", 1: "", 2: "", 3: "u"}),
        ({"1": "u"}, {0: "", 1: "u", 2: "", 3: ""}),
    ],
)
def test_a_status_is_kept_in_each_of_its_three_forms(status: Any, expected: dict[int, str]):
    cells = jsonstat.decode(document(status=status)).cells
    assert {index: cell.status for index, cell in cells.items()} == expected


def test_a_status_without_a_value_makes_a_cell_without_value():
    cells = jsonstat.decode(document(value={"3": 4.5}, status={"1": "u"})).cells
    assert cells == {1: Cell(None, "u"), 3: Cell(4.5, "")}


def test_a_null_that_a_sparse_document_lists_is_a_cell():
    assert jsonstat.decode(document(value={"2": None})).cells == {2: Cell(None, "")}


def test_a_single_category_needs_no_index():
    one = document(id=["geo"], size=[1], role={}, value=[5])
    one["dimension"] = {"geo": {"category": {"label": {"ES51": "Catalonia"}}}}
    assert jsonstat.decode(one).place(0) == ("ES51",)


def test_a_cube_costs_what_it_holds_not_what_it_could():
    wide = {str(number): number for number in range(2000)}
    one = document(id=["a", "b", "c", "d"], size=[2000] * 4, role={}, value={"15999999999999": 1})
    one["dimension"] = {name: {"category": {"index": wide}} for name in "abcd"}
    assert jsonstat.decode(one).place(15999999999999) == ("1999",) * 4


def edited(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    one = document()
    change(one)
    return one


@pytest.mark.parametrize(
    ("broken", "code", "pointer"),
    [
        (document(value=[1, 2, 3]), "wrong_length", "/value"),
        (document(value=[1, 2, 3, 4, 5]), "wrong_length", "/value"),
        (document(value={"4": 1}), "out_of_range", "/value/4"),
        (document(value={"-1": 1}), "out_of_range", "/value/-1"),
        (document(value={"01": 1}), "out_of_range", "/value/01"),
        (document(value={"9" * 30: 1}), "out_of_range", "/value/" + "9" * 30),
        (document(value=[1, "2", 3, 4]), "not_a_number", "/value/1"),
        (document(value=[1, True, 3, 4]), "not_a_number", "/value/1"),
        (document(value=5), "E_FORMAT", "/value"),
        (document(status=["b"]), "wrong_length", "/status"),
        (document(status=["b"] * 5), "wrong_length", "/status"),
        (document(status={"4": "b"}), "out_of_range", "/status/4"),
        (document(status={"0": 1}), "E_FORMAT", "/status/0"),
        (document(version="1.0"), "E_FORMAT", "/version"),
        (document(**{"class": "collection"}), "E_FORMAT", "/class"),
        (document(size=[2, 3]), "wrong_length", "/dimension/time/category/index"),
        (document(size=[4]), "E_FORMAT", "/size"),
        (document(size=[2, True]), "E_FORMAT", "/size"),
        (document(id=["geo", "geo"]), "E_FORMAT", "/id"),
        (document(role={"colour": ["geo"]}), "E_FORMAT", "/role/colour"),
        (document(role={"geo": ["place"]}), "E_FORMAT", "/role/geo"),
        (edited(lambda one: one["dimension"].pop("time")), "missing_dimension", "/dimension/time"),
        (
            edited(lambda one: one["dimension"].update(sex={})),
            "unknown_dimension",
            "/dimension/sex",
        ),
        (
            edited(lambda one: one["dimension"]["geo"]["category"].update(index={"A": 0, "B": 2})),
            "E_FORMAT",
            "/dimension/geo/category/index",
        ),
        (
            edited(lambda one: one["dimension"]["geo"]["category"].update(index=["A", "A"])),
            "E_FORMAT",
            "/dimension/geo/category/index",
        ),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_the_place(
    broken: dict[str, Any], code: str, pointer: str
):
    with pytest.raises(Invalid) as refused:
        jsonstat.decode(broken)
    assert (code, pointer) in [(one.code, one.pointer) for one in refused.value.errors]


@pytest.mark.parametrize("broken", [None, [], "x", {}, {"version": "2.0"}])
def test_what_is_no_dataset_at_all_is_refused(broken: object):
    with pytest.raises(Invalid):
        jsonstat.decode(broken)


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(Invalid) as refused:
        jsonstat.decode(document(value=["a", "b", 3, 4], status={"7": "b", "1": 2}))
    assert len(refused.value.errors) == 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.text("ab01", max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["0", "1", "geo", "time", "index", "label", "category", "unit"]), inner,
        max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(list(document(status=1, extension={}, label=""))), JSON))
def test_no_document_makes_the_reader_fail_otherwise_than_by_refusing(changes: dict[str, Any]):
    cube = None
    with contextlib.suppress(Invalid):
        cube = jsonstat.decode(document(**changes))
    assert cube is None or all(0 <= index < cube.size for index in cube.cells)
