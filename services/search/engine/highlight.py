"""What of a document is shown: attributes picked, words marked, long texts cropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.search.engine.errors import EngineError
from services.search.engine.matching import Term
from services.search.engine.requests import Search
from services.search.engine.text import fold, spans

Span = tuple[int, int]
Hit = dict[str, Any]


@dataclass(frozen=True)
class Marks:
    """Which words of a text are marked.

    words      folded word to how many of its letters are marked; None means all
    phrases    words that are marked only when they follow each other
    """

    words: dict[str, int | None]
    phrases: list[tuple[str, ...]]

    def spans(self, text: str) -> tuple[list[Span], list[Span], list[int]]:
        """All words of the text, the marked spans, and for each of these the word it begins at."""
        words = list(spans(text))
        forms = [fold(text[a:b]) for a, b in words]
        marked: dict[int, Span] = {}
        known = self.words
        for number, form in enumerate(forms):
            if form in known:
                start, stop = words[number]
                letters = known[form]
                end = stop if letters is None else min(stop, start + letters)
                marked[number] = (start, end)
        for phrase in self.phrases:
            for first in range(len(forms) - len(phrase) + 1):
                if tuple(forms[first : first + len(phrase)]) == phrase:
                    for number in range(first, first + len(phrase)):
                        marked.setdefault(number, words[number])
        order = sorted(marked)
        return words, [marked[number] for number in order], order


def marks_of(terms: list[Term], words: list[str]) -> Marks:
    """What the terms of a query mark.

    words   of the lexicon, by number
    """
    marked: dict[str, int | None] = {}
    phrases: list[tuple[str, ...]] = []
    for term in terms:
        if term.negative:
            continue
        for numbers in term.words.values():
            for number in numbers:
                # Only the typed part of a completed word is marked, as in Meilisearch.
                letters = len(term.word) if term.prefix else None
                marked[words[number]] = letters
        if term.exact is not None:
            marked[words[term.exact]] = None
        phrases += [tuple(words[number] for number in phrase) for _, phrase in term.phrases]
    return Marks(marked, phrases)


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

    def hit(self, document: dict[str, Any]) -> Hit:
        """The document as it is answered, with `_formatted` and `_matchesPosition` when asked."""
        shown = picked(document, self._displayed)
        hit: Hit = picked(shown, self._retrieve)
        if self._formats:
            asked = [*self._highlight, *self._crop]
            kept = None if self._retrieve is None else [*self._retrieve, *asked]
            hit = dict(hit)
            visible = shown if kept is None or "*" in kept else picked(shown, kept)
            hit["_formatted"] = {key: self._formatted(key, value) for key, value in visible.items()}
        if self._search.showMatchesPosition:
            positions: dict[str, list[dict[str, Any]]] = {}
            for key, value in shown.items():
                self._positions(key, value, None, positions)
            hit = {**hit, "_matchesPosition": positions}
        return hit

    def _formatted(self, path: str, value: Any) -> Any:
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
        highlighted = _asked(path, self._highlight)
        crop = _crop_of(path, self._crop)
        if not highlighted and not crop:
            return text
        words, marked, places = self._marks.spans(text)
        start, end = 0, len(text)
        if crop and len(words) > crop:
            first = _window(places, len(words), crop)
            start = 0 if first == 0 else words[first][0]
            end = len(text) if first + crop >= len(words) else words[first + crop - 1][1]
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
        self, path: str, value: Any, index: int | None, into: dict[str, list[dict[str, Any]]]
    ) -> None:
        if isinstance(value, str):
            _, marked, _ = self._marks.spans(value)
            for a, b in marked:
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
    whole = set(paths)
    answer: dict[str, Any] = {}
    for key, value in document.items():
        if key in whole:
            answer[key] = value
            continue
        inner = [path[len(key) + 1 :] for path in paths if path.startswith(f"{key}.")]
        if inner and isinstance(value, dict):
            answer[key] = picked(value, inner)
        elif inner and isinstance(value, list):
            answer[key] = [picked(each, inner) for each in value if isinstance(each, dict)]
    return answer


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


def _window(places: list[int], words: int, length: int) -> int:
    """The first word of the window of that length with the most marked words, near its middle."""
    best, best_count = (0, 0), 0
    for number, first in enumerate(places):
        last = number
        while last + 1 < len(places) and places[last + 1] - first < length:
            last += 1
        if last - number + 1 > best_count:
            best, best_count = (first, places[last]), last - number + 1
    if not best_count:
        return 0
    spare = length - (best[1] - best[0] + 1)
    return max(0, min(best[0] - spare // 2, words - length))
