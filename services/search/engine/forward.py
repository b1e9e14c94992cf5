"""The words of every document in reading order, as numbers: what ranking looks at.

For each word three values: its number in the lexicon, its place in the field, its field. One
flat array each for the whole index; `starts` says where a document begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine.grow import Grow
from services.search.engine.lexicon import COMPOUND, Lexicon
from services.search.engine.text import HARD_GAP, clauses

LAST_PLACE = 65535
_FRESH_WORDS = 50_000  # So many words are looked through one by one before they are laid out.
BREAK = "|"  # Keeps words apart in the inverted index that do not follow each other.


@dataclass(frozen=True)
class Words:
    """The words of one document: three arrays of the same length."""

    numbers: NDArray[np.int32]
    places: NDArray[np.uint16]
    fields: NDArray[np.uint16]

    def pack(self) -> bytes:
        """As bytes for the store."""
        return self.numbers.tobytes() + self.places.tobytes() + self.fields.tobytes()

    @staticmethod
    def unpack(packed: bytes) -> Words:
        """Back from the bytes of `pack`."""
        n = len(packed) // 8
        return Words(
            np.frombuffer(packed, np.int32, n),
            np.frombuffer(packed, np.uint16, n, 4 * n),
            np.frombuffer(packed, np.uint16, n, 6 * n),
        )


def read(lexicon: Lexicon, texts: list[tuple[int, str]]) -> Words:
    """The words of a document's fields.

    texts   field number and text, in the order of the document
    """
    numbers: list[int] = []
    places: list[int] = []
    fields: list[int] = []
    for field, text in texts:
        place = 0
        before = len(numbers)
        for clause in clauses(text):
            found = lexicon.numbers(clause)
            if COMPOUND in found:
                found = _with_parts(lexicon, clause, found)
            numbers += found
            places.extend(range(place, place + len(found)))
            place += len(found) - 1 + HARD_GAP
            if place > LAST_PLACE:
                break
        fields.extend([field] * (len(numbers) - before))
    kept = np.array(places, np.int64) <= LAST_PLACE
    return Words(
        np.array(numbers, np.int32)[kept],
        np.array(places, np.int64)[kept].astype(np.uint16),
        np.array(fields, np.uint16)[kept],
    )


def _with_parts(lexicon: Lexicon, clause: list[str], found: list[int]) -> list[int]:
    numbers: list[int] = []
    for written, number in zip(clause, found, strict=True):
        numbers += lexicon.parts(written) if number == COMPOUND else [number]
    return numbers


def as_text(lexicon: Lexicon, words: Words, kept: NDArray[np.bool_] | None = None) -> str:
    """The words for the inverted index, with a break where two do not follow each other.

    kept   which words to take; None means all
    """
    numbers, places, fields = words.numbers, words.places.astype(np.int32), words.fields
    if kept is not None:
        numbers, places, fields = numbers[kept], places[kept], fields[kept]
    if not len(numbers):
        return ""
    text = list(map(lexicon.words.__getitem__, numbers.tolist()))
    gaps = np.flatnonzero((np.diff(places) != 1) | (np.diff(fields) != 0))
    pieces: list[str] = []
    start = 0
    for gap in gaps.tolist():
        pieces += text[start : gap + 1]
        pieces.append(BREAK)
        start = gap + 1
    return " ".join(pieces + text[start:])


class Standing:
    """Where each word stands, for the first `covered` words of the forward index."""

    def __init__(self, numbers: NDArray[np.int32], known: int) -> None:
        """known   how many words the lexicon has"""
        self.covered = len(numbers)
        self._order = np.argsort(numbers, kind="stable").astype(np.int32)
        self._ends = np.concatenate([[0], np.cumsum(np.bincount(numbers, minlength=known))])

    def count(self, words: NDArray[np.int64]) -> int:
        """How many places the words have."""
        words = words[words < len(self._ends) - 1]
        return int((self._ends[words + 1] - self._ends[words]).sum())

    def of(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of the words, in order."""
        words = words[words < len(self._ends) - 1]
        at = self._order[ranges(self._ends[words], self._ends[words + 1])]
        # The places of each word are in order already, and the stable sort joins such runs.
        return np.sort(at, kind="stable").astype(np.int64)


def ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """All whole numbers of the ranges, one range after the other."""
    lengths = ends - starts
    shift = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(starts - shift, lengths)


@dataclass(frozen=True)
class ForwardView:
    """The words of all documents at one moment."""

    numbers: NDArray[np.int32]
    places: NDArray[np.uint16]
    fields: NDArray[np.uint16]
    starts: NDArray[np.int64]
    standing: Standing

    def where(self, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The places of the wanted words, in order.

        wanted   True for a word's number
        """
        words = np.flatnonzero(wanted)
        covered = self.standing.covered
        tail = np.flatnonzero(wanted[self.numbers[covered:]]) + covered
        return np.concatenate([self.standing.of(words), tail])

    def owners(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whose these places are. at   in order"""
        counts = np.diff(np.searchsorted(at, self.starts))
        return np.repeat(np.arange(len(counts)), counts)

    def held(self, alive: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
        """In how many of the living documents each of the first `count` fields has a word."""
        owners = np.repeat(np.arange(len(alive)), np.diff(self.starts))
        # The words of a field stand together in a document.
        first = np.ones(len(owners), np.bool_)
        first[1:] = (np.diff(owners) != 0) | (np.diff(self.fields) != 0)
        return np.bincount(self.fields[first & alive[owners]], minlength=count)


class Forward:
    """The growing arrays."""

    def __init__(self, documents: list[Words]) -> None:
        self._numbers = Grow(np.int32, _joined([d.numbers for d in documents], np.int32))
        self._places = Grow(np.uint16, _joined([d.places for d in documents], np.uint16))
        self._fields = Grow(np.uint16, _joined([d.fields for d in documents], np.uint16))
        lengths = np.array([0, *(len(d.numbers) for d in documents)], np.int64)
        self._starts = Grow(np.int64, np.cumsum(lengths))
        self._standing = Standing(np.empty(0, np.int32), 0)

    def extend(self, documents: list[Words]) -> None:
        """Add documents behind the last one."""
        lengths = [len(d.numbers) for d in documents]
        end = int(self._starts.view()[-1])
        self._numbers.extend(_joined([d.numbers for d in documents], np.int32))
        self._places.extend(_joined([d.places for d in documents], np.uint16))
        self._fields.extend(_joined([d.fields for d in documents], np.uint16))
        self._starts.extend(end + np.cumsum(np.array(lengths, np.int64)))

    def view(self, known: int) -> ForwardView:
        """What a search may read while the writer goes on. known   words in the lexicon"""
        numbers = self._numbers.view()
        fresh = len(numbers) - self._standing.covered
        if fresh > max(_FRESH_WORDS, len(numbers) // 10):
            self._standing = Standing(numbers, known)
        return ForwardView(
            numbers, self._places.view(), self._fields.view(), self._starts.view(), self._standing
        )


def _joined(arrays: list[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype)
