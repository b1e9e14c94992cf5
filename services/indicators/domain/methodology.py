"""A methodology: indicators, options, crossed axes, weights, rules. Immutable and hashed (S1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from services.indicators.domain.faults import decimal_text
from services.indicators.domain.instrument import (
    Axis,
    Band,
    CompetenceRule,
    Group,
    Indicator,
    Overall,
    Thresholds,
)
from services.indicators.domain.methodology_file import read


def digest(data: object) -> str:
    """SHA-256 of plain data in canonical JSON, as 64 hexadecimal digits (S18)."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Methodology:
    """One version of a methodology. Two with the same content have one `hash` and are equal."""

    id: str
    version: str
    title: str
    notice: str
    language: str
    licence: str
    source: str
    date: str
    groups: tuple[Group, ...]
    axes: tuple[Axis, ...]
    overall: Overall
    thresholds: Thresholds
    not_competent: CompetenceRule
    bands: tuple[Band, ...]
    display_decimals: int
    indicators: tuple[Indicator, ...]

    @classmethod
    def parse(cls, data: object) -> Methodology:
        """Read the methodology file format. Invalid with every E_... error of the file at once."""
        return cls(**read(data))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the whole content; how numbers are spelled in the file does not matter."""
        return digest(self.as_dict())

    @cached_property
    def basis(self) -> str:
        """SHA-256 of what answers depend on: id, version, groups, indicators, scopes and options.

        Weights, tags and rules may differ between two methodologies with one basis.
        """
        asked = [
            [one.code, list(one.groups), [[o.code, decimal_text(o.value)] for o in one.options]]
            for one in self.indicators
        ]
        return digest([self.id, self.version, [group.code for group in self.groups], asked])

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Code of an indicator -> its position in `indicators`, which is the order of the file."""
        return {one.code: position for position, one in enumerate(self.indicators)}

    @cached_property
    def group_codes(self) -> tuple[str, ...]:
        """Codes of the target groups in the order of the file."""
        return tuple(group.code for group in self.groups)

    def indicator(self, code: str) -> Indicator:
        """The indicator of that code; KeyError when there is none."""
        return self.indicators[self.positions[code]]

    def reweighted(self, weights: Mapping[str, Fraction]) -> Methodology:
        """The same questions with other indicator weights; codes that are not given keep theirs."""
        indicators = tuple(
            replace(one, weight=weights.get(one.code, one.weight)) for one in self.indicators
        )
        return replace(self, indicators=indicators)

    def only(self, codes: Collection[str]) -> Methodology:
        """The methodology with these indicators alone, for a comparable basket (S17)."""
        left_out = tuple(code for code in self.overall.left_out if code in codes)
        return replace(
            self,
            indicators=tuple(one for one in self.indicators if one.code in codes),
            overall=replace(self.overall, left_out=left_out),
        )

    def as_dict(self) -> dict[str, object]:
        """The methodology in its file format; `parse` reads it back to an equal one."""
        return {
            **{name: getattr(self, name) for name in _TEXTS},
            "groups": [
                {"code": g.code, "name": g.name, "weight": decimal_text(g.weight)}
                for g in self.groups
            ],
            "axes": [_axis(axis) for axis in self.axes],
            "overall": _overall(self.overall),
            "thresholds": {
                "dimension": decimal_text(self.thresholds.dimension),
                "overall": decimal_text(self.thresholds.overall),
                "n_min": self.thresholds.n_min,
            },
            "not_competent": self.not_competent,
            "bands": [{"code": b.code, "name": b.name, "from": b.lower} for b in self.bands],
            "display_decimals": self.display_decimals,
            "indicators": [_indicator(one) for one in self.indicators],
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Methodology) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)


_TEXTS = ("id", "version", "title", "notice", "language", "licence", "source", "date")


def points(value: Fraction) -> int | float:
    """An option value as a JSON number; whole ones without a decimal point."""
    return int(value) if value.denominator == 1 else float(value)


def _axis(axis: Axis) -> dict[str, object]:
    dimensions = [{"code": one.code, "name": one.name} for one in axis.dimensions]
    return {"code": axis.code, "name": axis.name, "kind": axis.kind, "dimensions": dimensions}


def _overall(overall: Overall) -> dict[str, object]:
    if overall.rule == "flat":
        return {"rule": "flat"}
    return {
        "rule": overall.rule,
        "axis": overall.axis,
        "weights": {code: decimal_text(weight) for code, weight in overall.weights.items()},
        "cross_area": decimal_text(overall.cross_area),
        "left_out": list(overall.left_out),
    }


def _indicator(one: Indicator) -> dict[str, object]:
    return {
        "code": one.code,
        "topic": one.topic,
        "topic_ids": list(one.topic_ids),
        "groups": list(one.groups),
        "weight": decimal_text(one.weight),
        "tags": {axis: list(tags) for axis, tags in one.tags.items()},
        "question": one.question,
        "why": one.why,
        "evidence": one.evidence,
        "not_applicable": one.not_applicable,
        "options": [
            {"code": o.code, "value": points(o.value), "text": o.text, "test": o.test}
            for o in one.options
        ],
    }
