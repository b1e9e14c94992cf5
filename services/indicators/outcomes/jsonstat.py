"""JSON-stat 2.0 datasets (json-stat.org/format), read and written without losing a status.

A cube has dimensions with categories; its cells are numbered row by row, the last
dimension fastest. Only cells that a document lists are kept: a null of a dense array is
a cell without value, an index that a sparse object leaves out is no cell. So a cube of
any size costs what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, prod
from typing import Any, NamedTuple, cast

from services.indicators.domain.faults import Faults, pointer

LARGEST = 2**53
"""Cells a cube may have: beyond it other readers take the index of a cell for another."""

_ROLES = ("time", "geo", "metric")


class Cell(NamedTuple):
    """What a document says of one cell. status: its flags, empty when it gives none."""

    value: float | None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One axis of a cube: codes in order, labels and units of those that have them."""

    name: str
    codes: tuple[str, ...]
    label: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    units: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Cube:
    """A dataset. `facts` are the members that say what it is (label, source, updated, ...)."""

    dimensions: tuple[Dimension, ...]
    cells: Mapping[int, Cell]
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def size(self) -> int:
        """How many cells the cube has room for."""
        return prod(len(one.codes) for one in self.dimensions)

    def place(self, index: int) -> tuple[str, ...]:
        """The codes of a cell, in the order of the dimensions."""
        codes: list[str] = []
        for one in reversed(self.dimensions):
            index, rest = divmod(index, len(one.codes))
            codes.append(one.codes[rest])
        return tuple(reversed(codes))


_FACTS = ("label", "source", "updated", "href", "note", "extension")


def encode(cube: Cube) -> dict[str, Any]:
    """The cube as a document: dense when every cell is there, else sparse."""
    index = sorted(cube.cells)
    values = {one: _number(cube.cells[one].value) for one in index}
    statuses = {str(one): cube.cells[one].status for one in index if cube.cells[one].status}
    dense = len(index) == cube.size
    roles = {
        role: names
        for role in _ROLES
        if (names := [one.name for one in cube.dimensions if one.role == role])
    }
    return {
        "version": "2.0",
        "class": "dataset",
        **{name: cube.facts[name] for name in _FACTS[:-1] if name in cube.facts},
        "id": [one.name for one in cube.dimensions],
        "size": [len(one.codes) for one in cube.dimensions],
        **({"role": roles} if roles else {}),
        "dimension": {one.name: _dimension_out(one) for one in cube.dimensions},
        "value": list(values.values()) if dense else {str(one): v for one, v in values.items()},
        **({"status": statuses} if statuses else {}),
        **({"extension": cube.facts["extension"]} if "extension" in cube.facts else {}),
    }


def _dimension_out(one: Dimension) -> dict[str, Any]:
    category: dict[str, Any] = {"index": list(one.codes)}
    if one.labels:
        category["label"] = {code: one.labels[code] for code in one.codes if code in one.labels}
    if one.units:
        category["unit"] = {code: dict(one.units[code]) for code in one.codes if code in one.units}
    return {**({"label": one.label} if one.label else {}), "category": category}


def _number(value: float | None) -> float | int | None:
    whole = value is not None and value.is_integer() and abs(value) < 2**53
    return int(value) if whole and value is not None else value


def decode(document: object) -> Cube:
    """The cube of a document. Invalid with everything that is wrong, each with its pointer."""
    faults = Faults("The JSON-stat document is not valid.")
    if not isinstance(document, dict):
        faults.add("E_FORMAT", "a JSON-stat document is an object")
        faults.stop()
    found: dict[str, Any] = document  # type: ignore[assignment]
    for name, wanted in (("version", "2.0"), ("class", "dataset")):
        if found.get(name) != wanted:
            faults.add("E_FORMAT", f"{name} has to be {wanted!r}", pointer=pointer(name),
                       value=found.get(name), allowed=[wanted])  # fmt: skip
    dimensions = _dimensions(found, faults)
    facts = {name: found[name] for name in _FACTS if name in found}
    _texts(facts, faults)
    # Without dimensions that fit, no index can be checked.
    faults.stop()
    cube = Cube(dimensions, {}, facts)
    if cube.size > LARGEST:
        faults.add("too_large", f"the cube has {cube.size} cells, {LARGEST} at most are read",
                   pointer="/size")  # fmt: skip
        faults.stop()
    cells = _cells(found, cube.size, faults)
    faults.stop()
    return Cube(dimensions, cells, facts)


def _texts(facts: Mapping[str, Any], faults: Faults) -> None:
    for name in ("label", "source", "updated", "href"):
        if name in facts and not isinstance(facts[name], str):
            faults.add("E_FORMAT", "a text is expected", pointer=pointer(name), value=facts[name])
    if not isinstance(facts.get("extension", {}), dict):
        faults.add("E_FORMAT", "an object is expected", pointer="/extension")


def _dimensions(found: Mapping[str, Any], faults: Faults) -> tuple[Dimension, ...]:
    names, sizes = _texts_in(found.get("id")), _counts_in(found.get("size"))
    described = found.get("dimension")
    if not names or len(set(names)) < len(names):
        faults.add("E_FORMAT", "id has to list the dimensions, each once", pointer="/id")
        return ()
    if not sizes or len(sizes) != len(names) or min(sizes) < 0:
        faults.add("E_FORMAT", f"size has to give {len(names)} numbers, none below 0, "
                   "one for each dimension", pointer="/size")  # fmt: skip
        return ()
    if not isinstance(described, dict):
        faults.add("E_FORMAT", "dimension has to describe each dimension", pointer="/dimension")
        return ()
    for name in described.keys() - set(names):
        faults.add("unknown_dimension", "id does not list this dimension",
                   pointer=pointer("dimension", name), value=name)  # fmt: skip
    roles = _roles(found.get("role"), names, faults)
    return tuple(
        _dimension(name, size, described.get(name), roles.get(name), faults)
        for name, size in zip(names, sizes, strict=True)
    )


def _roles(given: object, names: Sequence[str], faults: Faults) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        faults.add("E_FORMAT", "role has to be an object", pointer="/role")
        return {}
    found: dict[str, str] = {}
    for role, listed in cast("dict[str, object]", given).items():
        members = _texts_in(listed)
        if role not in _ROLES or members is None or not set(members) <= set(names):
            faults.add("E_FORMAT", "a role is time, geo or metric and lists dimensions of id",
                       pointer=pointer("role", role), allowed=list(names))  # fmt: skip
            continue
        found |= dict.fromkeys(members, role)
    return found


def _dimension(name: str, size: int, given: object, role: str | None, faults: Faults) -> Dimension:
    nothing = Dimension(name, ())
    where = ("dimension", name)
    if not isinstance(given, dict):
        faults.add("missing_dimension", f"the dimension {name!r} is not described",
                   pointer=pointer(*where))  # fmt: skip
        return nothing
    category = given.get("category")
    if not isinstance(category, dict):
        faults.add("E_FORMAT", "category has to be an object", pointer=pointer(*where, "category"))
        return nothing
    labels = category.get("label", {})
    if not _is_text_map(labels):
        faults.add("E_FORMAT", "labels are texts", pointer=pointer(*where, "category", "label"))
        return nothing
    codes = _codes(category.get("index"), labels)
    if codes is None:
        faults.add("E_FORMAT", "index has to give each category one place, from 0 on",
                   pointer=pointer(*where, "category", "index"))  # fmt: skip
        return nothing
    if len(codes) != size:
        faults.add("wrong_length", f"{name!r} has {len(codes)} categories, size says {size}",
                   pointer=pointer(*where, "category", "index"), value=len(codes),
                   allowed=[size])  # fmt: skip
    units = category.get("unit", {})
    if not isinstance(units, dict) or not all(isinstance(one, dict) for one in units.values()):
        faults.add("E_FORMAT", "units are objects", pointer=pointer(*where, "category", "unit"))
        return nothing
    label = given.get("label")
    return Dimension(name, codes, label if isinstance(label, str) else None, labels, units, role)


def _codes(index: object, labels: Mapping[str, str]) -> tuple[str, ...] | None:
    """Codes in order; None when they have none. A single category may have a label only."""
    if index is None:
        return tuple(labels) if len(labels) == 1 else None
    if (listed := _texts_in(index)) is not None:
        return tuple(listed) if len(set(listed)) == len(listed) else None
    given = cast("dict[str, object]", index) if isinstance(index, dict) else {}
    places = _counts_in(list(given.values()))
    if places is None or sorted(places) != list(range(len(given))):
        return None
    order = dict(zip(places, given, strict=True))
    return tuple(order[place] for place in range(len(order)))


def _cells(found: Mapping[str, Any], size: int, faults: Faults) -> dict[int, Cell]:
    values = _listed(found.get("value"), "value", size, faults)
    given = found.get("status")
    if isinstance(given, str):
        statuses: dict[int, Any] = dict.fromkeys(values, given)
    elif given is None:
        statuses = {}
    else:
        statuses = _listed(given, "status", size, faults)
    for index, value in values.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (is_number and isfinite(value)):
            faults.add("not_a_number", "a value is a finite number or null",
                       pointer=pointer("value", index), value=value)  # fmt: skip
    for index, one in statuses.items():
        if one is not None and not isinstance(one, str):
            faults.add("E_FORMAT", "a status is a text or null",
                       pointer=pointer("status", index), value=one)  # fmt: skip
    faults.stop()
    listed = values.keys() | {index for index, one in statuses.items() if one}
    return {
        index: Cell(
            None if values.get(index) is None else float(values[index]), statuses.get(index) or ""
        )
        for index in sorted(listed)
    }


def _listed(given: object, name: str, size: int, faults: Faults) -> dict[int, Any]:
    """What an array or a sparse object gives, by the number of the cell."""
    if isinstance(given, list):
        if len(given) != size:
            faults.add("wrong_length", f"{name} has {len(given)} items, the cube {size} cells",
                       pointer=pointer(name), value=len(given), allowed=[size])  # fmt: skip
            return {}
        return dict(enumerate(given))
    if not isinstance(given, dict):
        faults.add("E_FORMAT", f"{name} has to be an array or an object", pointer=pointer(name))
        return {}
    found: dict[int, Any] = {}
    for key, one in given.items():
        # "01" and "1" would be one cell; what is not the plain number is refused.
        index = int(key) if key.isascii() and key.isdecimal() and len(key) < 18 else -1
        if not 0 <= index < size or str(index) != key:
            faults.add("out_of_range", f"{name} names a cell that the cube does not have",
                       pointer=pointer(name, key), value=key,
                       allowed=f"0 to {size - 1}")  # fmt: skip
        else:
            found[index] = one
    return found


def _texts_in(given: object) -> list[str] | None:
    """The texts of a list of texts; None when it is something else."""
    items = cast("list[object]", given) if isinstance(given, list) else [None]
    return [one for one in items if isinstance(one, str)] if _all(str, items) else None


def _counts_in(given: object) -> list[int] | None:
    """The whole numbers of a list of them; None when it is something else (true is no number)."""
    items = cast("list[object]", given) if isinstance(given, list) else [None]
    return [one for one in items if isinstance(one, int)] if _all(int, items) else None


def _all(kind: type, items: Sequence[object]) -> bool:
    return all(type(one) is kind for one in items)


def _is_text_map(given: Any) -> bool:  # noqa: ANN401 - JSON is any value
    return isinstance(given, dict) and all(isinstance(one, str) for one in given.values())
