"""The file format of a methodology: read, and checked against every rule before use."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypedDict, cast

from services.indicators.domain.faults import Faults
from services.indicators.domain.instrument import (
    ALL,
    GROUP,
    OVERALL,
    Axis,
    AxisKind,
    Band,
    CompetenceRule,
    Dimension,
    Group,
    Indicator,
    Option,
    Overall,
    Thresholds,
)
from services.indicators.domain.node import Node, node

MAX_OPTIONS = 200
MAX_GROUPS = 6


class Parts(TypedDict):
    """The fields of a Methodology."""

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


def read(data: object) -> Parts:
    """The parts of a methodology. Invalid with all errors when the file breaks a rule."""
    faults = Faults("The methodology is not valid.")
    root = node(data, (), faults)
    if not root.data:
        faults.stop()
    groups = _groups(root)
    axes = _axes(root)
    indicators = _indicators(root, [group.code for group in groups], axes)
    parts = Parts(
        id=root.code("id"),
        version=root.text("version"),
        title=root.text("title"),
        notice=root.text("notice"),
        language=root.text("language"),
        licence=root.text("licence"),
        source=root.text("source"),
        date=root.text("date"),
        groups=groups,
        axes=axes,
        overall=_overall(root.node("overall"), axes, indicators),
        thresholds=_thresholds(root.node("thresholds")),
        not_competent=cast(
            "CompetenceRule", root.choice("not_competent", ("exclude", "zero"), "E_NC_RULE")
        ),
        bands=_bands(root),
        display_decimals=root.whole("display_decimals", 0, 4),
        indicators=indicators,
    )
    _weight_sums(root, axes, indicators)
    root.closed()
    faults.stop()
    return parts


def _groups(root: Node) -> tuple[Group, ...]:
    found: list[Group] = []
    for one in root.nodes("groups"):
        weight = one.weight("weight")
        if not weight:
            one.wrong("weight", "more than 0", "E_ZERO_WEIGHT_SUM")
        found.append(Group(one.code(), one.text("name"), weight or Fraction(1)))
        if found[-1].code == ALL:
            one.wrong("code", f"free: {ALL} stands for all groups together")
        one.closed()
    root.distinct([one.code for one in found], "groups", "code")
    if len(found) > MAX_GROUPS:
        root.wrong("groups", f"at most {MAX_GROUPS} groups")
    return tuple(found)


def _axes(root: Node) -> tuple[Axis, ...]:
    found: list[Axis] = []
    for one in root.nodes("axes"):
        code = one.code()
        if code in (OVERALL, GROUP):
            one.wrong("code", f"free: {OVERALL} and {GROUP} always exist")
        kind = cast("AxisKind", one.choice("kind", ("exclusive", "optional", "multi")))
        found.append(Axis(code, one.text("name"), kind, _dimensions(one)))
        one.closed()
    root.distinct([one.code for one in found], "axes", "code")
    return tuple(found)


def _dimensions(axis: Node) -> tuple[Dimension, ...]:
    found: list[Dimension] = []
    for one in axis.nodes("dimensions"):
        found.append(Dimension(one.code(), one.text("name")))
        one.closed()
    axis.distinct([one.code for one in found], "dimensions", "code")
    return tuple(found)


def _indicators(root: Node, groups: Sequence[str], axes: Sequence[Axis]) -> tuple[Indicator, ...]:
    found: list[Indicator] = []
    for one in root.nodes("indicators"):
        found.append(
            Indicator(
                code=one.code(),
                topic=one.text("topic", ""),
                topic_ids=one.texts("topic_ids", optional=True),
                groups=_scope(one, groups),
                weight=one.weight("weight"),
                tags=_tags(one.node("tags"), axes),
                question=one.text("question"),
                why=one.text("why", ""),
                evidence=one.text("evidence", ""),
                not_applicable=one.text("not_applicable", ""),
                options=_options(one),
            )
        )
        one.closed()
    root.distinct([one.code for one in found], "indicators", "code")
    return tuple(found)


def _scope(one: Node, groups: Sequence[str]) -> tuple[str, ...]:
    scope = one.texts("groups")
    if one.value("groups") == []:
        one.wrong("groups", "at least one group", "E_EMPTY_SCOPE")
    one.distinct(scope, "groups")
    for place, code in enumerate(scope):
        if code not in groups:
            detail = f"{code} is not a group of this methodology"
            where = one.at("groups", place)
            one.faults.add(
                "E_GROUP_OUT_OF_SCOPE", detail, pointer=where, value=code, allowed=list(groups)
            )
    return tuple(code for code in groups if code in scope)


def _tags(one: Node, axes: Sequence[Axis]) -> dict[str, tuple[str, ...]]:
    tags: dict[str, tuple[str, ...]] = {}
    for axis in axes:
        known = [dimension.code for dimension in axis.dimensions]
        found = one.texts(axis.code, optional=True)
        one.distinct(found, axis.code)
        for place, code in enumerate(found):
            if code not in known:
                detail = f"{code} is not a dimension of {axis.code}"
                where = one.at(axis.code, place)
                one.faults.add(
                    "E_UNKNOWN_DIMENSION", detail, pointer=where, value=code, allowed=known
                )
        if not found and axis.kind != "optional":
            wanted = (
                "exactly one dimension" if axis.kind == "exclusive" else "at least one dimension"
            )
            detail = f"the axis {axis.code} is {axis.kind} and needs {wanted}"
            one.faults.add("E_TAG_MISSING", detail, pointer=one.at(axis.code), allowed=known)
        if len(found) > 1 and axis.kind != "multi":
            detail = f"the axis {axis.code} is {axis.kind} and takes one dimension"
            one.faults.add(
                "E_TAG_MULTIPLE", detail, pointer=one.at(axis.code), value=", ".join(found)
            )
        tags[axis.code] = tuple(code for code in known if code in found)
    one.closed()
    return tags


def _options(one: Node) -> tuple[Option, ...]:
    found: list[Option] = []
    for option in one.nodes("options"):
        value = option.decimal("value", 0, 100, "E_VALUE_RANGE")
        found.append(Option(option.code(), value, option.text("text", ""), option.text("test", "")))
        option.closed()
    one.distinct([option.code for option in found], "options", "code")
    if len(found) > MAX_OPTIONS:
        one.wrong("options", f"at most {MAX_OPTIONS} options")
    return tuple(found)


def _thresholds(one: Node) -> Thresholds:
    found = Thresholds(
        dimension=one.decimal("dimension", 0, 1, "E_THRESHOLD"),
        overall=one.decimal("overall", 0, 1, "E_THRESHOLD"),
        n_min=one.whole("n_min", 1, 10_000, "E_THRESHOLD"),
    )
    one.closed()
    return found


def _bands(root: Node) -> tuple[Band, ...]:
    found: list[tuple[str, str, int]] = []
    for one in root.nodes("bands"):
        found.append((one.code(), one.text("name"), one.whole("from", 0, 100, "E_BANDS")))
        one.closed()
    root.distinct([code for code, _, _ in found], "bands", "code")
    edges = [edge for _, _, edge in found]
    wrong = [place for place, (low, edge) in enumerate(pairwise([-1, *edges])) if edge <= low]
    if edges and edges[0] != 0:
        wrong.insert(0, 0)
    for place in wrong:
        wanted = "whole points, the first 0, each above the one before, none above 100"
        detail = "the lower edges of the bands must cover 0 to 100 without overlap"
        root.faults.add(
            "E_BANDS",
            detail,
            pointer=root.at("bands", place, "from"),
            value=edges[place],
            allowed=wanted,
        )
    uppers = [edge - 1 for edge in edges[1:]] + [100]
    rows = zip(found, uppers, strict=False)
    return tuple(Band(code, name, edge, upper) for (code, name, edge), upper in rows)


def _overall(one: Node, axes: Sequence[Axis], indicators: Sequence[Indicator]) -> Overall:
    rule = one.choice("rule", ("flat", "area_mean"))
    if rule == "flat":
        one.closed()
        return Overall("flat", "", {}, Fraction(0), ())
    axis_code = one.choice("axis", [axis.code for axis in axes] or [""])
    axis = next((axis for axis in axes if axis.code == axis_code), None)
    known = [dimension.code for dimension in axis.dimensions] if axis else []
    given = one.node("weights")
    weights = {code: given.weight(code, default=None) for code in known}
    given.closed()
    overall = Overall(
        "area_mean", axis_code, weights, one.weight("cross_area", "0"),
        one.texts("left_out", optional=True),
    )  # fmt: skip
    one.closed()
    _unweighted(one, overall, indicators)
    return overall


def counts(overall: Overall, one: Indicator) -> bool:
    """Whether the overall rule gives the indicator's block any weight (S5)."""
    if overall.rule == "flat":
        return True
    tags = one.tags.get(overall.axis, ())
    return any(overall.weights[tag] for tag in tags) if tags else overall.cross_area > 0


def _unweighted(one: Node, overall: Overall, indicators: Sequence[Indicator]) -> None:
    codes = [indicator.code for indicator in indicators]
    counted = {indicator.code for indicator in indicators if counts(overall, indicator)}
    for place, code in enumerate(overall.left_out):
        where = one.at("left_out", place)
        if code not in codes:
            detail = f"{code} is not an indicator of this methodology"
            one.faults.add("E_UNKNOWN_INDICATOR", detail, pointer=where, value=code, allowed=codes)
        elif code in counted:
            detail = f"{code} is listed as left out and has a weight in the overall score"
            one.faults.add("E_FORMAT", detail, pointer=where, value=code)
    for indicator in indicators:
        if indicator.weight and indicator.code not in {*counted, *overall.left_out}:
            detail = f"{indicator.code} has no weight in the overall score and is not in left_out"
            one.faults.add(
                "E_UNWEIGHTED_INDICATOR", detail, pointer=one.at("left_out"), value=indicator.code,
                allowed="list it in left_out, or give cross_area a weight",
            )  # fmt: skip
    if not any(indicator.weight and indicator.code in counted for indicator in indicators):
        detail = "no indicator has a weight in the overall score"
        one.faults.add("E_ZERO_WEIGHT_SUM", detail, pointer=one.at("weights"))


def _weight_sums(root: Node, axes: Sequence[Axis], indicators: Sequence[Indicator]) -> None:
    if indicators and not any(one.weight for one in indicators):
        detail = "the weights of all indicators are 0"
        root.faults.add("E_ZERO_WEIGHT_SUM", detail, pointer=root.at("indicators"))
    for place, axis in enumerate(axes):
        for rank, dimension in enumerate(axis.dimensions):
            inside = [one for one in indicators if dimension.code in one.tags[axis.code]]
            if inside and not any(one.weight for one in inside):
                where = root.at("axes", place, "dimensions", rank)
                detail = f"the weights of all indicators in {axis.code} {dimension.code} are 0"
                root.faults.add("E_ZERO_WEIGHT_SUM", detail, pointer=where, value=dimension.code)
