"""The words of one index: numbers for them, and which of them a typed word may mean.

A word is kept folded (`text.fold`) and has a number for life. Beside it stand the accented forms
it was written in, for the stemmers, which need the accents. Expansions are remembered until the
next new word.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from services.search.engine.stems import same_stem
from services.search.engine.text import LONGEST_WORD, fold, humps
from services.search.engine.typos import WordGroup

COMPOUND = -1
MOST_ONE_TYPO, MOST_TWO_TYPOS = 150, 50  # Meilisearch's limits.
_REMEMBERED = 4096


class _Numbers(dict[str, int]):
    """Numbers of words as written; asks the lexicon for one that it has not met."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon

    def __missing__(self, written: str) -> int:
        number = self._lexicon.learn(written)
        self[written] = number
        return number


@dataclass
class Near:
    """Words one and two typos away from a typed word, as numbers."""

    one: list[int] = field(default_factory=list)
    two: list[int] = field(default_factory=list)


class Lexicon:
    """All words of an index. One thread adds, any thread asks."""

    def __init__(self, rows: Iterable[tuple[int, str, str]] = ()) -> None:
        """rows   number, folded word, accented forms joined by spaces; in order of number"""
        self.words: list[str] = []
        self.written: dict[int, str] = {}
        self._number: dict[str, int] = {}
        for number, word, written in rows:
            self.words.append(word)
            self._number[word] = number
            if written:
                self.written[number] = written
        self.changed: set[int] = set()
        self._as_written = _Numbers(self)
        self._sorted: list[str] = []
        self._groups: dict[str, WordGroup] = {}
        self._memory: dict[tuple[object, ...], object] = {}
        self.settle()

    def __len__(self) -> int:
        return len(self.words)

    def settle(self) -> None:
        """Make the words added since the last time findable by prefix and with typos."""
        if len(self._sorted) != len(self.words):
            fresh = self.words[len(self._sorted) :]
            self._groups = {}
            self._sorted = sorted(self._sorted + fresh)
            self._memory = {}

    # Writing

    def numbers(self, words: list[str]) -> list[int]:
        """The numbers of words as written in a document; unknown ones are added.

        COMPOUND stands for a word in camel case: ask `parts` for it.
        """
        return list(map(self._as_written.__getitem__, words))

    def parts(self, written: str) -> list[int]:
        """The numbers of the parts of a word in camel case."""
        return [self._add(part) for part in humps(written)]

    def learn(self, written: str) -> int:
        """The number of one word as written, COMPOUND when it has several parts."""
        if len(humps(written)) > 1:
            return COMPOUND
        return self._add(written)

    def _add(self, written: str) -> int:
        word = fold(written)[:LONGEST_WORD]
        number = self._number.get(word)
        if number is None:
            number = len(self.words)
            self.words.append(word)
            self._number[word] = number
            self.changed.add(number)
        lower = written.lower()
        if lower != word and len(lower) <= LONGEST_WORD:
            forms = self.written.get(number, "")
            if lower not in forms.split():
                self.written[number] = f"{forms} {lower}".strip()
                self.changed.add(number)
        return number

    # Asking

    def exact(self, word: str) -> int | None:
        """The number of the folded word, None when no document has it."""
        return self._number.get(word)

    def starting_with(self, prefix: str) -> list[int]:
        """The numbers of all words that start with the prefix, in alphabetical order."""
        return [self._number[word] for word in self._range(prefix)]

    def _range(self, prefix: str) -> list[str]:
        words = self._sorted
        return words[bisect_left(words, prefix) : bisect_left(words, prefix + "\U0010ffff")]

    def near(self, word: str, most: int, prefix: bool) -> Near:
        """Words within `most` typos (0 to 2) of the word, or whose beginning is, with `prefix`.

        A wrong first letter counts as two typos.
        """
        key = ("near", word, most, prefix)
        found = self._memory.get(key)
        if found is None:
            found = self._near(word, most, prefix)
            self._remember(key, found)
        assert isinstance(found, Near)
        return found

    def _near(self, word: str, most: int, prefix: bool) -> Near:
        found = Near()
        if most == 0 or not word:
            return found
        group = self._group(word[0])
        distances = group.distances(word, most, prefix)
        ones = np.flatnonzero(distances == 1)[:MOST_ONE_TYPO]
        found.one = [self._number[group.words[i]] for i in ones]
        if most > 1:
            twos = {group.words[i] for i in np.flatnonzero(distances == 2)}
            twos |= self._wrong_first_letter(word, prefix)
            found.two = [self._number[each] for each in sorted(twos)[:MOST_TWO_TYPOS]]
        return found

    def _group(self, letter: str) -> WordGroup:
        group = self._groups.get(letter)
        if group is None:
            group = self._groups[letter] = WordGroup(self._range(letter))
        return group

    def _wrong_first_letter(self, word: str, prefix: bool) -> set[str]:
        """Words that differ by one typo, the first letter: left out, added, changed, swapped."""
        alphabet = {each[0] for each in self._groups} | set("abcdefghijklmnopqrstuvwxyz0123456789")
        forms = {word[1:], word[1] + word[0] + word[2:]}
        forms |= {letter + rest for letter in alphabet for rest in (word, word[1:])}
        found: set[str] = set()
        for form in forms:
            if form[0] == word[0]:
                continue
            if prefix:
                found.update(self._range(form))
            elif form in self._number:
                found.add(form)
        return found

    def sharing_stem(self, word: str, written: str, languages: tuple[str, ...]) -> list[int]:
        """Words with the same stem in one of the languages, without the word itself.

        word      folded; written   as typed in lower case, with its accents
        """
        key = ("stem", word, written, languages)
        found = self._memory.get(key)
        if found is None:
            found = self._sharing_stem(word, written, languages)
            self._remember(key, found)
        assert isinstance(found, list)
        return found

    def _sharing_stem(self, word: str, written: str, languages: tuple[str, ...]) -> list[int]:
        own = self._number.get(word)
        forms = {word, written} | set(self.written.get(-1 if own is None else own, "").split())
        # A stem is nearly always a beginning of the word: the rest need not be compared.
        common = word[: max(3, len(word) - 6)]
        numbers = [self._number[each] for each in self._range(common)]
        candidates = [
            (number, form)
            for number in numbers
            if number != own and len(self.words[number]) <= len(word) + 6
            for form in {self.words[number], *self.written.get(number, "").split()}
        ]
        return sorted(same_stem(forms, candidates, languages))

    def _remember(self, key: tuple[object, ...], value: object) -> None:
        if len(self._memory) >= _REMEMBERED:
            self._memory = {}
        self._memory[key] = value
