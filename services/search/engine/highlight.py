"""What of a document is shown: attributes picked, words marked, long texts cropped."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Any

from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json
from services.search.engine.marks import Marks, Present
from services.search.engine.requests import Search
from services.search.engine.text import whole_spans

Hit = dict[str, Any]
_SHOWN_AS_IS = frozenset((str, bool, type(None)))


class Shaper:
    """Turns documents into hits for one search."""

    def __init__(self, search: Search, displayed: list[str], marks: Marks) -> None:
        self._search = search
        self._marks = marks
        self._displayed = None if "*" in displayed else displayed
        retrieve = search.attributesToRetrieve
        self._retrieve = None if retrieve is None or "*" in retrieve else retrieve
        self._highlight = search.attributesToHighlight or []
        self._crop = _crop_lengths(search)
        self._formats = bool(self._highlight or self._crop)
        self._present: Present = {}
        self._wishes: dict[str, tuple[bool, int]] = {}
        self._touched: dict[str, bool] = {}

    @property
    def marks_words(self) -> bool:
        """Whether it matters which words of a document are marked."""
        return self._formats or self._search.showMatchesPosition

    def hit(self, document: dict[str, Any], present: Present) -> Hit:
        """The document as it is answered, with `_formatted` and `_matchesPosition` when asked.

        present   which marked words each searchable attribute has
        """
        self._present = present
        shown = picked(document, self._displayed)
        # A copy: what else an answer says of a hit must not get into the document.
        hit: Hit = dict(picked(shown, self._retrieve))
        if self._formats:
            asked = [*self._highlight, *self._crop]
            kept = None if self._retrieve is None else [*self._retrieve, *asked]
            visible = shown if kept is None or "*" in kept else picked(shown, kept)
            hit["_formatted"] = {
                key: self._formatted(key, value) if self._touches(key) else _plain(value)
                for key, value in visible.items()
            }
        if self._search.showMatchesPosition:
            positions: dict[str, list[dict[str, Any]]] = {}
            for key, value in shown.items():
                self._positions(key, value, None, positions)
            hit["_matchesPosition"] = positions
        return hit

    def _touches(self, key: str) -> bool:
        """Whether something is to be marked or cropped in the attribute or inside it."""
        touched = self._touched.get(key)
        if touched is None:
            names = [*self._highlight, *self._crop]
            touched = _asked(key, names) or any(name.startswith(f"{key}.") for name in names)
            self._touched[key] = touched
        return touched

    def _formatted(self, path: str, value: Json) -> Json:
        if isinstance(value, str):
            return self._text(path, value)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._text(path, str(value))
        if isinstance(value, list):
            return [self._formatted(path, each) for each in value]
        return {key: self._formatted(f"{path}.{key}", each) for key, each in value.items()}

    def _text(self, path: str, text: str) -> str:
        wish = self._wishes.get(path)
        if wish is None:
            wish = _asked(path, self._highlight), _crop_of(path, self._crop)
            self._wishes[path] = wish
        highlighted, crop = wish
        if not highlighted and not crop:
            return text
        marked = self._marks.spans(text, self._present.get(path))
        if not marked and not crop:
            return text
        start, end = _window(text, [a for a, _ in marked], crop) if crop else (0, len(text))
        pieces = [self._search.cropMarker] if start else []
        at = start
        for a, b in marked:
            if highlighted and a >= start and b <= end:
                pieces += [
                    text[at:a],
                    self._search.highlightPreTag,
                    text[a:b],
                    self._search.highlightPostTag,
                ]
                at = b
        pieces.append(text[at:end])
        if end < len(text):
            pieces.append(self._search.cropMarker)
        return "".join(pieces)

    def _positions(
        self, path: str, value: Json, index: int | None, into: dict[str, list[dict[str, Any]]]
    ) -> None:
        if isinstance(value, str):
            for a, b in self._marks.spans(value, self._present.get(path)):
                start, length = len(value[:a].encode()), len(value[a:b].encode())
                found: dict[str, Any] = {"start": start, "length": length}
                if index is not None:
                    found["indices"] = [index]
                into.setdefault(path, []).append(found)
        elif isinstance(value, list):
            for number, each in enumerate(value):
                self._positions(path, each, number, into)
        elif isinstance(value, dict):
            for key, each in value.items():
                self._positions(f"{path}.{key}", each, index, into)


def picked(document: dict[str, Any], paths: list[str] | None) -> dict[str, Any]:
    """The attributes of the document that the paths name; all for None."""
    if paths is None:
        return document
    whole, above = _named(tuple(paths))
    answer: dict[str, Any] = {}
    for key, value in document.items():
        if key in whole:
            answer[key] = value
            continue
        if key not in above:
            continue
        inner = [path[len(key) + 1 :] for path in paths if path.startswith(f"{key}.")]
        if inner and isinstance(value, dict):
            answer[key] = picked(value, inner)
        elif inner and isinstance(value, list):
            answer[key] = [picked(each, inner) for each in value if isinstance(each, dict)]
    return answer


@lru_cache(maxsize=256)
def _named(paths: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """What is named whole, and everything that has something named inside it."""
    dots = ((path, at) for path in paths for at, letter in enumerate(path) if letter == ".")
    return frozenset(paths), frozenset(path[:at] for path, at in dots)


def _plain(value: Json) -> Json:
    """A value in `_formatted` in which nothing is marked: numbers are texts there."""
    if type(value) in _SHOWN_AS_IS:
        return value
    if isinstance(value, list):
        as_is = _SHOWN_AS_IS.issuperset(map(type, value))
        return value if as_is else [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return str(value)


def _asked(path: str, names: list[str]) -> bool:
    return any(name == "*" or path == name or path.startswith(f"{name}.") for name in names)


def _crop_lengths(search: Search) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for each in search.attributesToCrop or []:
        name, colon, length = each.rpartition(":")
        if colon and length.isdigit():
            lengths[name] = int(length)
        elif colon and "." not in length and not name:
            raise EngineError(
                "invalid_search_attributes_to_crop",
                f"Invalid value at `.attributesToCrop`: `{each}` names no attribute",
            )
        else:
            lengths[each] = search.cropLength
    return lengths


def _crop_of(path: str, lengths: dict[str, int]) -> int:
    """In how many words the attribute is shown; 0 means all."""
    for name, length in lengths.items():
        if path == name or path.startswith(f"{name}."):
            return length
    return lengths.get("*", 0)


def _window(text: str, marked: list[int], length: int) -> tuple[int, int]:
    """Start and end of the part of `length` words with the most marked ones, near its middle.

    marked   where the marked words start
    """
    words = whole_spans(text, None if marked else length + 1)
    if len(words) <= length:
        return 0, len(text)
    starts = [start for start, _ in words]
    places = [bisect_right(starts, start) - 1 for start in marked]
    best, most = (0, length - 1), 0
    for number, first in enumerate(places):
        last = bisect_right(places, first + length - 1) - 1
        if last - number + 1 > most:
            best, most = (first, places[last]), last - number + 1
    spare = length - (best[1] - best[0] + 1)
    first = max(0, min(best[0] - spare // 2, len(words) - length))
    start = words[first][0] if first else 0
    end = words[first + length - 1][1] if first + length < len(words) else len(text)
    return start, end
