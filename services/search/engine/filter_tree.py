"""The tree of a filter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """One test of one attribute. `operator` is one of OPERATORS."""

    attribute: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Near:
    """Within `metres` of a point."""

    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True)
class Inside:
    """In the box between the north-eastern and the south-western corner."""

    north: float
    east: float
    south: float
    west: float


@dataclass(frozen=True)
class Not:
    """What does not answer the part."""

    part: Filter


@dataclass(frozen=True)
class And:
    """What answers all parts."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True)
class Or:
    """What answers at least one part."""

    parts: tuple[Filter, ...]


Filter = Condition | Near | Inside | Not | And | Or
