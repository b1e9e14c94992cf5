"""What each field of a search request may hold, field by field. Pure.

A check takes the value and the index and gives the value as the engine gets it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from services.search.domain import tree
from services.search.domain.catalogue import Index
from services.search.domain.query import parse

MAX_QUERY_CHARACTERS = 512
MAX_HITS = 1000
MAX_OFFSET = 100_000
# Languages of Europe that the engine may be told of.
_CODES = "bg ca cs da de el en es et fi fr hr hu it lt lv nl pl pt ro ru sk sl sv uk"
LOCALES = _CODES.split()

Check = Callable[[Any, Index], Any]

_SORT = re.compile(r"(?P<name>[\w.-]+):(?P<order>asc|desc)")
_GEO_SORT = re.compile(
    r"_geoPoint\(\s*(?P<lat>-?\d{1,3}(\.\d{1,20})?)\s*,\s*(?P<lng>-?\d{1,3}(\.\d{1,20})?)\s*\)"
    r":(?P<order>asc|desc)",
    re.ASCII,
)


class Wrong(Exception):
    """A value that cannot be used; the text follows the name of the field.

    code  when the field has a code of its own for this
    """

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


def shown(value: object) -> str:
    """The kind of a JSON value and its beginning, for a message."""
    kinds = {str: "a string", bool: "a boolean", dict: "an object", list: "an array"}
    kind = next((name for one, name in kinds.items() if isinstance(value, one)), "a number")
    return "null" if value is None else f"{kind}: `{str(value)[:60]}`"


def is_number(value: object) -> bool:
    """Whether it is a JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _string(most: int) -> Check:
    def check(value: Any, index: Index) -> str:  # noqa: ANN401 - JSON
        if not isinstance(value, str):
            raise Wrong(f"expected a string, but found {shown(value)}")
        if len(value) > most:
            raise Wrong(f"at most {most} characters, but found {len(value)}")
        return value

    return check


def whole(least: int, most: int) -> Check:
    """A whole number between two bounds; 2.0 is one, as in JSON."""

    def check(value: Any, index: Index) -> int:  # noqa: ANN401 - JSON
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(f"expected a whole number, but found {shown(value)}")
        if not least <= value <= most:
            raise Wrong(f"expected a whole number from {least} to {most}, but found {value}")
        return value

    return check


def _share(value: Any, index: Index) -> float:  # noqa: ANN401 - JSON
    if not is_number(value) or not 0 <= value <= 1:
        raise Wrong(f"expected a number from 0 to 1, but found {shown(value)}")
    return value


def _yes_or_no(value: Any, index: Index) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(value, bool):
        raise Wrong(f"expected a boolean, but found {shown(value)}")
    return value


def _one_of(*choices: str) -> Check:
    def check(value: Any, index: Index) -> str:  # noqa: ANN401 - JSON
        if value not in choices or not isinstance(value, str):
            names = ", ".join(f"`{choice}`" for choice in choices)
            raise Wrong(f"expected one of {names}, but found {shown(value)}")
        return value

    return check


def _strings(value: Any, most: int = 100) -> list[str]:  # noqa: ANN401 - JSON
    if not isinstance(value, list):
        raise Wrong(f"expected an array of strings, but found {shown(value)}")
    if len(value) > most:
        raise Wrong(f"at most {most} entries, but found {len(value)}")
    for one in value:
        if not isinstance(one, str):
            raise Wrong(f"expected an array of strings, but found {shown(one)} in it")
    return value


def _known(name: str, names: Collection[str], kind: str) -> str:
    if name not in names:
        offered = ", ".join(sorted(names))
        raise Wrong(
            f"Attribute `{name[:80]}` is not {kind}. Available {kind} attributes are: `{offered}`."
        )
    return name


def _filter(value: Any, index: Index) -> str | None:  # noqa: ANN401 - JSON
    found = parse(value, index.filterable)
    return tree.build(found) if found else None


def facets(value: Any, index: Index) -> list[str]:  # noqa: ANN401 - JSON
    """Attributes to count by; `*` stands for all that are public."""
    names = _strings(value)
    if "*" in names:
        return index.facets
    return [_known(name, index.facets, "filterable") for name in names]


def _facet(value: Any, index: Index) -> str:  # noqa: ANN401 - JSON
    return _known(_string(200)(value, index), index.facets, "facet-searchable")


def _sort(value: Any, index: Index) -> list[str]:  # noqa: ANN401 - JSON
    return [_order(one, index) for one in _strings(value, most=10)]


def _order(text: str, index: Index) -> str:
    near = _GEO_SORT.fullmatch(text)
    if near and "_geo" in index.sortable:
        if abs(float(near["lat"])) > 90 or abs(float(near["lng"])) > 180:
            raise Wrong(f"latitude is -90 to 90 and longitude -180 to 180, not `{text[:80]}`")
        return f"_geoPoint({near['lat']}, {near['lng']}):{near['order']}"
    if text.startswith("_geoPoint"):
        raise Wrong(
            f"expected `_geoPoint(lat, lng)` in degrees, then `:asc` or `:desc`, found "
            f"`{text[:80]}`."
        )
    found = _SORT.fullmatch(text)
    if found is None:
        raise Wrong(
            f"Invalid syntax for the sort parameter: expected expression ending by `:asc` or "
            f"`:desc`, found `{text[:80]}`."
        )
    return f"{_known(found['name'], index.sortable - {'_geo'}, 'sortable')}:{found['order']}"


def _displayed(value: Any, index: Index) -> list[str]:  # noqa: ANN401 - JSON
    return [_known(name, index.displayed | {"*"}, "displayed") for name in _strings(value)]


def _cropped(value: Any, index: Index) -> list[str]:  # noqa: ANN401 - JSON
    for one in _strings(value):
        name, colon, length = one.partition(":")
        _known(name, index.displayed | {"*"}, "displayed")
        if colon and not (length.isascii() and length.isdecimal() and len(length) <= 4):
            raise Wrong(f"expected `attribute` or `attribute:length`, but found `{one[:80]}`")
    return value


def _searched(value: Any, index: Index) -> list[str]:  # noqa: ANN401 - JSON
    return [_known(name, index.searchable | {"*"}, "searchable") for name in _strings(value)]


def _locales(value: Any, index: Index) -> list[str]:  # noqa: ANN401 - JSON
    for one in _strings(value):
        if one not in LOCALES:
            raise Wrong(f"expected some of {', '.join(LOCALES)}, but found `{one[:20]}`")
    return value


_QUERY = _string(MAX_QUERY_CHARACTERS)
_STRATEGY = _one_of("last", "all", "frequency")
_TAG = _string(100)

SEARCH: dict[str, Check] = {
    "q": _QUERY,
    "offset": whole(0, MAX_OFFSET),
    "limit": whole(0, MAX_HITS),
    "page": whole(0, MAX_OFFSET),
    "hitsPerPage": whole(0, MAX_HITS),
    "filter": _filter,
    "facets": facets,
    "sort": _sort,
    "attributesToRetrieve": _displayed,
    "attributesToHighlight": _displayed,
    "attributesToCrop": _cropped,
    "attributesToSearchOn": _searched,
    "cropLength": whole(0, 1000),
    "cropMarker": _TAG,
    "highlightPreTag": _TAG,
    "highlightPostTag": _TAG,
    "matchingStrategy": _STRATEGY,
    "showMatchesPosition": _yes_or_no,
    "showRankingScore": _yes_or_no,
    "rankingScoreThreshold": _share,
    "locales": _locales,
}
# What a search among the values of a facet goes by.
FACET_SEARCH: dict[str, Check] = {
    "facetName": _facet,
    "facetQuery": _QUERY,
    "q": _QUERY,
    "filter": _filter,
    "matchingStrategy": _STRATEGY,
    "attributesToSearchOn": _searched,
    "rankingScoreThreshold": _share,
    "locales": _locales,
    "exhaustiveFacetCount": _yes_or_no,
}
# Fields that have a default and for which null is therefore a mistake.
NEVER_NULL = {
    "offset",
    "limit",
    "cropLength",
    "cropMarker",
    "highlightPreTag",
    "highlightPostTag",
    "matchingStrategy",
    "showMatchesPosition",
    "showRankingScore",
}
