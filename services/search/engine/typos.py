"""How many typos lie between a typed word and many words at once.

A typo is one letter left out, added or changed, or two neighbours swapped (optimal string
alignment, as in Meilisearch).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LONGEST = 28  # Letters behind this place are not compared.
TOO_FAR = 9


class WordGroup:
    """Words laid out as a table of letters, so that all are compared in one go."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        table = np.array([word[:LONGEST] for word in words], dtype=f"U{LONGEST}")
        self._letters = table.view(np.uint32).reshape(len(words), LONGEST).T.copy()
        self._lengths = np.array([len(word) for word in words], np.int32)

    def distances(self, word: str, most: int, prefix: bool) -> NDArray[np.uint8]:
        """Typos from the word to each of the words, TOO_FAR when more than `most`.

        With `prefix`, typos to the nearest beginning of each of the words.
        """
        answer = np.full(len(self.words), TOO_FAR, np.uint8)
        lengths = self._lengths
        possible = lengths >= len(word) - most
        if not prefix:
            possible &= lengths <= len(word) + most
        rows = np.flatnonzero(possible)
        if len(rows) and len(word) + most < LONGEST:
            letters = np.ascontiguousarray(self._letters[: len(word) + most, rows])
            answer[rows] = _distances(word, letters, lengths[rows], most, prefix)
        answer[answer > most] = TOO_FAR
        return answer


def _distances(
    word: str, letters: NDArray[np.uint32], lengths: NDArray[np.int32], most: int, prefix: bool
) -> NDArray[np.uint8]:
    """letters   (columns, words); only the diagonal band of width 2 * most + 1 is filled."""
    columns, count = letters.shape
    typed = [ord(letter) for letter in word]
    far = np.full(count, TOO_FAR, np.uint8)
    before: list[NDArray[np.uint8]] = []
    row = [np.full(count, j if j <= most else TOO_FAR, np.uint8) for j in range(columns + 1)]
    for i, letter in enumerate(typed, start=1):
        two_before, before = before, row
        row = [far] * (columns + 1)
        if i <= most:
            row[0] = np.full(count, i, np.uint8)
        for j in range(max(1, i - most), min(columns, i + most) + 1):
            cost = before[j - 1] + (letters[j - 1] != letter)
            np.minimum(cost, before[j] + 1, out=cost, casting="unsafe")
            np.minimum(cost, row[j - 1] + 1, out=cost, casting="unsafe")
            if i > 1 and j > 1:
                swapped = (letters[j - 1] == typed[i - 2]) & (letters[j - 2] == letter)
                np.minimum(cost, np.where(swapped, two_before[j - 2] + 1, TOO_FAR), out=cost)
            row[j] = cost.astype(np.uint8, copy=False)
    return _at_the_end(row, lengths, len(typed), most, prefix)


def _at_the_end(
    row: list[NDArray[np.uint8]], lengths: NDArray[np.int32], typed: int, most: int, prefix: bool
) -> NDArray[np.uint8]:
    answer = np.full(len(lengths), TOO_FAR, np.uint8)
    for j in range(max(0, typed - most), len(row)):
        here = lengths >= j if prefix else lengths == j
        np.minimum(answer, row[j], out=answer, where=here)
    return answer
