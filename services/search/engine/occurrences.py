"""Where in the candidates the terms are met, read from the forward index.

A table says for every word of the lexicon which terms it meets and how well. Only the places of
these words are looked at, and of them those in the candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine.forward import ForwardView, ranges
from services.search.engine.index import Snapshot
from services.search.engine.matching import AS_TYPED, Term

_PHRASE_START = 1 << 30
_READ_ALL = 3
# A place as one number: document, field, place in the field.
_DOCUMENT, _FIELD = 34, 17
_IN_DOCUMENT = (1 << _DOCUMENT) - 1


@dataclass(frozen=True)
class Met:
    """Where one term is met, at its best level in each document; sorted by document and place.

    document   position among the candidates
    key        one number per place: document, field and place, places of two fields far apart
    field, place, exact   the field's number, the place in it, whether it is the very word
    at         the place in the forward index
    """

    document: NDArray[np.int64]
    key: NDArray[np.int64]
    field: NDArray[np.int64]
    place: NDArray[np.int64]
    exact: NDArray[np.bool_]
    at: NDArray[np.int64]

    def of(self, kept: NDArray[np.bool_]) -> Met:
        """Only what is met in the kept documents, which are counted anew."""
        here = np.flatnonzero(kept[self.document])
        document = (np.cumsum(kept) - 1)[self.document[here]]
        key = (document << _DOCUMENT) + (self.key[here] & _IN_DOCUMENT)
        return Met(
            document, key, self.field[here], self.place[here], self.exact[here], self.at[here]
        )


@dataclass(frozen=True)
class Occurrences:
    """levels   (terms, documents): the best level at which each term is met, 0 where it is not"""

    levels: NDArray[np.int8]
    met: list[Met]


def occurrences(
    snapshot: Snapshot,
    places: NDArray[np.int64],
    terms: list[Term],
    fields: NDArray[np.bool_] | None,
) -> Occurrences:
    """Where the terms are met in the documents at these places.

    fields   which fields count; None means all
    """
    table = _table(snapshot, terms)
    at, document = _hits(snapshot, places, table, fields)
    forward = snapshot.forward
    codes = table[forward.numbers[at]]
    if snapshot.has_exact_fields:
        codes = _typed_only(codes, snapshot.exact_fields[forward.fields[at]], len(terms))
    levels = np.zeros((len(terms), len(places)), np.int8)
    met: list[Met] = []
    for number, term in enumerate(terms):
        level = ((codes >> (2 * number)) & 3).astype(np.int8)
        hits = np.flatnonzero(level)
        spots, owners, values = at[hits], document[hits], level[hits]
        for phrase_level, phrase in term.phrases:
            starts = _phrases(forward, at, document, phrase)
            if not len(starts):
                continue
            spots = np.concatenate([spots, at[starts]])
            owners = np.concatenate([owners, document[starts]])
            values = np.concatenate([values, np.full(len(starts), phrase_level, np.int8)])
        if len(spots) > len(hits):
            order = np.argsort(spots, kind="stable")
            spots, owners, values = spots[order], owners[order], values[order]
        np.maximum.at(levels[number], owners, values)
        best = values == levels[number][owners]
        met.append(_met(forward, term, spots[best], owners[best]))
    return Occurrences(levels, met)


def _met(
    forward: ForwardView, term: Term, at: NDArray[np.int64], document: NDArray[np.int64]
) -> Met:
    field = forward.fields[at].astype(np.int64)
    place = forward.places[at].astype(np.int64)
    key = (document << _DOCUMENT) + (field << _FIELD) + place
    exact = np.zeros(len(at), np.bool_)
    if term.exact is not None:
        exact = forward.numbers[at] == term.exact
    elif term.quoted:
        exact = np.ones(len(at), np.bool_)
    return Met(document, key, field, place, exact, at)


def _table(snapshot: Snapshot, terms: list[Term]) -> NDArray[np.uint32]:
    table = np.zeros(len(snapshot.lexicon) + 1, np.uint32)
    for number, term in enumerate(terms):
        for level, words in term.words.items():
            table[words] |= np.uint32(level << (2 * number))
        for _, phrase in term.phrases:
            table[phrase[0]] |= np.uint32(_PHRASE_START)
    return table


def _typed_only(
    codes: NDArray[np.uint32], exact: NDArray[np.bool_], terms: int
) -> NDArray[np.uint32]:
    """In fields without typos only words as typed count."""
    typed = np.zeros(len(codes), np.uint32)
    for number in range(terms):
        digit = (codes >> (2 * number)) & 3
        typed |= np.where(digit == AS_TYPED, digit << (2 * number), 0).astype(np.uint32)
    return np.where(exact, typed | (codes & np.uint32(_PHRASE_START)), codes)


def _hits(
    snapshot: Snapshot,
    places: NDArray[np.int64],
    table: NDArray[np.uint32],
    fields: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places in the forward index with a word that matters, and whose they are."""
    forward = snapshot.forward
    wanted = table != 0
    starts, ends = forward.starts[places], forward.starts[places + 1]
    if int((ends - starts).sum()) < _READ_ALL * forward.standing.count(np.flatnonzero(wanted)):
        # Few documents, frequent words: reading the documents is less than their words elsewhere.
        at = ranges(starts, ends)
        at = at[wanted[forward.numbers[at]]]
        document = np.searchsorted(starts, at, "right") - 1
    else:
        at = forward.where(wanted)
        owner = np.full(snapshot.size, -1, np.int64)
        owner[places] = np.arange(len(places))
        document = owner[forward.owners(at)]
        at, document = at[document >= 0], document[document >= 0]
    if fields is not None:
        kept = fields[forward.fields[at]]
        at, document = at[kept], document[kept]
    return at, document


def _phrases(
    forward: ForwardView,
    at: NDArray[np.int64],
    document: NDArray[np.int64],
    phrase: tuple[int, ...],
) -> NDArray[np.int64]:
    """Which of the hits begin the phrase."""
    start = np.flatnonzero(forward.numbers[at] == phrase[0])
    for step, word in enumerate(phrase[1:], start=1):
        there = np.minimum(at[start] + step, len(forward.numbers) - 1)
        start = start[forward.numbers[there] == word]
    # Few are left: neighbours in memory that may stand in two fields or two documents.
    here = at[start]
    last = np.minimum(here + len(phrase) - 1, len(forward.numbers) - 1)
    together = (
        (forward.places[last].astype(np.int64) == forward.places[here] + np.int64(len(phrase) - 1))
        & (forward.fields[last] == forward.fields[here])
        & (_owner(forward, last) == _owner(forward, here))
    )
    return start[together]


def _owner(forward: ForwardView, at: NDArray[Any]) -> NDArray[np.int64]:
    return np.searchsorted(forward.starts, at, "right") - 1
