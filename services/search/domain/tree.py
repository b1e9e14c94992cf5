"""A filter as a tree over the attributes of an index, and the tree as text. Pure.

The text quotes every name and value, so that no value can become an operator:
`query.parse(build(tree)) == tree` is the law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Compare:
    """`attribute = value` and its kin. Order is between numbers only."""

    attribute: str
    operator: Literal["=", "!=", ">", ">=", "<", "<="]
    value: str


@dataclass(frozen=True, slots=True)
class Between:
    """`attribute low TO high`, both ends included."""

    attribute: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Among:
    """`attribute IN [values]`; no value matches nothing."""

    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """`attribute EXISTS`, `attribute IS NULL`, `attribute IS EMPTY`."""

    attribute: str
    what: Literal["EXISTS", "IS NULL", "IS EMPTY"]


@dataclass(frozen=True, slots=True)
class Radius:
    """Within `metres` of a point in degrees."""

    lat: float
    lng: float
    metres: float


@dataclass(frozen=True, slots=True)
class Box:
    """Inside a rectangle of degrees; `east` below `west` crosses the date line."""

    north: float
    east: float
    south: float
    west: float


@dataclass(frozen=True, slots=True)
class Not:
    """Everything else."""

    part: Filter


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; two parts or more."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; two parts or more."""

    parts: tuple[Filter, ...]


Filter = Compare | Between | Among | Has | Radius | Box | Not | All | Some


def build(tree: Filter) -> str:
    """The tree as one expression, every name and value quoted."""
    match tree:
        case Compare(attribute, operator, value):
            return f"{quoted(attribute)} {operator} {quoted(value)}"
        case Between(attribute, low, high):
            return f"{quoted(attribute)} {quoted(low)} TO {quoted(high)}"
        case Among(attribute, values):
            return f"{quoted(attribute)} IN [{', '.join(map(quoted, values))}]"
        case Has(attribute, what):
            return f"{quoted(attribute)} {what}"
        case Radius(lat, lng, metres):
            return f"_geoRadius({_plain(lat)}, {_plain(lng)}, {_plain(metres)})"
        case Box(north, east, south, west):
            corners = f"[{_plain(north)}, {_plain(east)}], [{_plain(south)}, {_plain(west)}]"
            return f"_geoBoundingBox({corners})"
        case Not(part):
            return f"NOT {_nested(part)}"
        case All(parts):
            return " AND ".join(map(_nested, parts))
        case Some(parts):
            return " OR ".join(map(_nested, parts))


def quoted(text: str) -> str:
    """The text in double quotes, with quotes and backslashes escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _nested(tree: Filter) -> str:
    return f"({build(tree)})" if isinstance(tree, All | Some) else build(tree)


def _plain(number: float) -> str:
    # The grammar has no exponents: 1e-07 would be read as a word.
    return format(Decimal(repr(number)), "f")


def joined(kind: type[All] | type[Some], parts: tuple[Filter, ...]) -> Filter | None:
    """The parts as one filter: nothing for none, the part itself for one."""
    if len(parts) > 1:
        return kind(parts)
    return parts[0] if parts else None


def typed(chosen: Mapping[str, Sequence[str]], attributes: Mapping[str, str]) -> Filter | None:
    """A filter from lists of values by name: one value of each list must hold.

    attributes  the attribute of the index that each name stands for

    None when nothing is chosen; an empty list chooses nothing.
    """
    parts = tuple(Among(attributes[name], tuple(some)) for name, some in chosen.items() if some)
    return joined(All, parts)
