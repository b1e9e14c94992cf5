"""Which words of a text answer the query: the spans that are marked.

For searchable attributes the forward index already knows which of the marked words are there, so
a text is only looked through for these few; any other text is cut into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from services.search.engine.index import Snapshot
from services.search.engine.matching import Term
from services.search.engine.text import fold, is_boundary, spans

Span = tuple[int, int]
_SHORT = 80  # Letters of a text that is worth remembering.
Present = dict[str, list[int]]


@dataclass(frozen=True)
class Marks:
    """What is marked.

    letters   number of a word to how many of its letters are marked; None means all
    folded    the same by folded word
    forms     number of a word to all ways in which it is written, in lower case
    phrases   folded words that are marked only when they follow each other
    phrase_words   the same as sets of numbers
    watched   True for every word that matters, by number
    """

    letters: dict[int, int | None]
    folded: dict[str, int | None]
    forms: dict[int, list[str]]
    phrases: list[tuple[str, ...]]
    phrase_words: list[frozenset[int]]
    watched: NDArray[np.bool_]

    def spans(self, text: str, present: list[int] | None) -> list[Span]:
        """The marked parts of the text in order, in characters.

        present   numbers of the marked words that the text may have; None when not known
        """
        if present is not None and not present:
            return []
        lower = text.lower()
        if present is None or self._has_phrase(present) or len(lower) != len(text):
            return self._cut(text)
        found: dict[int, int] = {}
        for number in present:
            if number not in self.letters:
                continue
            letters = self.letters[number]
            for form in self.forms[number]:
                for start, stop in _places(text, lower, form):
                    end = stop if letters is None else min(stop, start + letters)
                    found[start] = max(end, found.get(start, 0))
        return sorted(found.items())

    def _has_phrase(self, present: list[int]) -> bool:
        return any(phrase.issubset(present) for phrase in self.phrase_words)

    def _cut(self, text: str) -> list[Span]:
        words, forms = _known_words(text) if len(text) <= _SHORT else _words(text)
        marked: dict[int, Span] = {}
        for place, form in enumerate(forms):
            if form in self.folded:
                start, stop = words[place]
                letters = self.folded[form]
                marked[place] = (start, stop if letters is None else min(stop, start + letters))
        for phrase in self.phrases:
            for first in range(len(forms) - len(phrase) + 1):
                if tuple(forms[first : first + len(phrase)]) == phrase:
                    for place in range(first, first + len(phrase)):
                        marked.setdefault(place, words[place])
        return [marked[place] for place in sorted(marked)]


def _words(text: str) -> tuple[list[Span], list[str]]:
    words = list(spans(text))
    return words, [fold(text[a:b]) for a, b in words]


# Values of facets come again and again.
_known_words = lru_cache(maxsize=20_000)(_words)


def _places(text: str, lower: str, form: str) -> list[Span]:
    """Where the form stands in the text as a word of its own."""
    found: list[Span] = []
    start = lower.find(form)
    while start >= 0:
        end = start + len(form)
        begins = start == 0 or not lower[start - 1].isalnum() or is_boundary(text, start)
        if begins and (end == len(lower) or is_boundary(text, end)):
            found.append((start, end))
        start = lower.find(form, end)
    return found


def marks_of(snapshot: Snapshot, terms: list[Term]) -> Marks:
    """What the terms of a query mark."""
    lexicon = snapshot.lexicon
    letters: dict[int, int | None] = {}
    phrases: list[tuple[int, ...]] = []
    for term in terms:
        for numbers in term.words.values():
            # Only the typed part of a completed word is marked, as in Meilisearch.
            letters.update(dict.fromkeys(numbers, len(term.word) if term.prefix else None))
        if term.exact is not None:
            letters[term.exact] = None
        phrases += [phrase for _, phrase in term.phrases]
    folded = {lexicon.words[number]: count for number, count in letters.items()}
    watched = np.zeros(len(lexicon), np.bool_)
    watched[[*letters, *(number for phrase in phrases for number in phrase)]] = True
    in_words = [tuple(lexicon.words[number] for number in phrase) for phrase in phrases]
    return Marks(letters, folded, {}, in_words, [frozenset(p) for p in phrases], watched)


def present_in(snapshot: Snapshot, marks: Marks, place: int) -> Present:
    """For each searchable attribute of the document at the place, its marked words."""
    forward = snapshot.forward
    own = slice(int(forward.starts[place]), int(forward.starts[place + 1]))
    numbers, fields = forward.numbers[own], forward.fields[own]
    hits = np.flatnonzero(marks.watched[numbers])
    first = np.flatnonzero(fields[1:] != fields[:-1]) + 1
    own_fields = [*fields[:1].tolist(), *fields[first].tolist()]
    present: Present = {snapshot.row.fields[field]: [] for field in own_fields}
    pairs = {*zip(fields[hits].tolist(), numbers[hits].tolist(), strict=True)}
    for field, number in pairs:
        present[snapshot.row.fields[field]].append(number)
        if number not in marks.forms:
            written = snapshot.lexicon.written.get(number, "").split()
            marks.forms[number] = [snapshot.lexicon.words[number], *written]
    return present
