"""Words out of text: the same cut and the same folding for documents, queries and highlights.

A word is a run of letters and digits; a lower-case letter before an upper-case one ends it too
("InstantSearch" is two words). Some separators are hard (the end of a sentence or clause, the
next element of a list): words across one count as eight places apart, as in Meilisearch.
Languages written without spaces are not cut into words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

HARD_GAP = 8
LONGEST_WORD = 250  # Longer words are left out of the index, as in Meilisearch.

_WORD = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
_HARD = re.compile(r"[!:;?¡§¶¿…]|[.,] ")
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "ı": "i"}
)


def fold(word: str) -> str:
    """The word in lower case without accents: Región and REGION are both region."""
    lower = word.lower()
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFKD", lower)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)


def clauses(text: str) -> list[list[str]]:
    """The words of the text as written, in groups between hard separators."""
    return [words for part in _HARD.split(text) if (words := _WORD.findall(part))]


def humps(word: str) -> list[str]:
    """The parts of a word in camel case; a word without humps is its only part."""
    if word[1:].islower() or word.isupper() or word.islower():
        return [word]
    starts = [0]
    starts += [i for i in range(1, len(word)) if word[i].isupper() and word[i - 1].islower()]
    return [word[a:b] for a, b in zip(starts, [*starts[1:], len(word)], strict=True)]


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every word of the text, in characters."""
    for found in _WORD.finditer(text):
        start = found.start()
        for part in humps(found.group()):
            yield start, start + len(part)
            start += len(part)


def folded_words(text: str) -> tuple[str, ...]:
    """The words of the text, folded."""
    return tuple(fold(text[start:stop]) for start, stop in spans(text))


def from_each_word(text: str) -> list[str]:
    """The folded text from the start of each of its words on; at least the text itself."""
    folded = fold(text)
    starts = dict.fromkeys([0, *(found.start() for found in _WORD.finditer(folded))])
    return [folded[start:] for start in starts]


def whole_spans(text: str, most: int | None = None) -> list[tuple[int, int]]:
    """Start and end of the words of the text, words in camel case whole; at most `most`."""
    return [found.span() for found in islice(_WORD.finditer(text), most)]


def is_hard(separator: str) -> bool:
    """Whether the text between two words keeps them apart."""
    return _HARD.search(separator) is not None


def is_boundary(text: str, at: int) -> bool:
    """Whether a word may begin or end at this place of the text."""
    if at == 0 or at == len(text):
        return True
    before, after = text[at - 1], text[at]
    if not (_in_word(before) and _in_word(after)):
        return True
    return before.islower() and after.isupper()


def _in_word(letter: str) -> bool:
    return letter.isalnum() or "\u0300" <= letter <= "\u036f"
