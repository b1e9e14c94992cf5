"""From the typed text to the documents that may answer it.

Each term of a query may be met by words at three levels: as typed (or completed, the last word),
with one typo, with two. tantivy answers for all terms at once: the score of a document is a number
in base 4 with one digit per term, which says at which level the term is met. So one query gives
all candidates and all that the rules `words` and `typo` need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from services.search.engine.index import Snapshot
from services.search.engine.inverted import FIELDS, numbers_of
from services.search.engine.lexicon import Lexicon
from services.search.engine.stems import languages_of
from services.search.engine.text import HARD_GAP, LONGEST_WORD, fold, is_hard, spans

MOST_TERMS = 10
AS_TYPED, ONE_TYPO, TWO_TYPOS = 3, 2, 1  # Digits of the score; 0 is not met.
STEM = TWO_TYPOS
_LONGEST_JOIN = 3
_MANY_WORDS = 400
_FEW_WORDS = 64  # So many single words cost tantivy less than one set of words.

Phrase = tuple[int, ...]


@dataclass
class Term:
    """One term: a word, or a phrase in quotes.

    word       folded; written   lower case with accents; at   place in the query
    words      numbers of the words that meet it, by level
    phrases    neighbouring words that meet it together, with the level
    exact      the number of the very word, None when no document has it
    typos      how many it may be met with
    must       a document without it is no answer, whatever the strategy
    negative   a document with it is no answer
    """

    word: str
    written: str
    at: int
    prefix: bool = False
    typos: int = 0
    words: dict[int, list[int]] = field(default_factory=dict)
    phrases: list[tuple[int, Phrase]] = field(default_factory=list)
    exact: int | None = None
    must: bool = False
    negative: bool = False
    quoted: tuple[str, ...] = ()


def terms_of(snapshot: Snapshot, text: str, locales: list[str] | None) -> list[Term]:
    """The terms of a typed text, with everything that may meet them."""
    terms = _cut(text, snapshot.stop_words)
    plain = [term for term in terms if not term.negative]
    for term in terms:
        _expand(snapshot, term, languages_of(locales))
    _join(snapshot, plain)
    _synonyms(snapshot, plain)
    return terms


_QUOTES = re.compile(r'(-?)"([^"]*)"?|([^"]+)')


def _cut(text: str, stop_words: frozenset[str]) -> list[Term]:
    terms: list[Term] = []
    at = -1
    end = 0
    for minus, quoted, plain in ((m[1], m[2], m[3]) for m in _QUOTES.finditer(text)):
        part = plain or quoted
        end += len(part)
        words: list[tuple[str, str, int, bool]] = []
        last = 0
        for start, stop in spans(part):
            gap = part[last:start]
            at += HARD_GAP if is_hard(gap) and at >= 0 else 1
            # A minus stands before a word, not inside one: "anti-trafficking" is two words.
            before = gap[-2].isspace() if len(gap) > 1 else last == 0
            negated = bool(plain) and gap.endswith("-") and before
            words.append((fold(part[start:stop]), part[start:stop].lower(), at, negated))
            last = stop
        open_end = bool(plain) and last == len(part) and text.endswith(plain)
        if plain:
            terms += _plain(words, stop_words, open_end)
        elif words:
            forms = tuple(word for word, *_ in words)
            terms.append(
                Term(
                    " ".join(forms),
                    " ".join(forms),
                    words[0][2],
                    must=not minus,
                    negative=bool(minus),
                    quoted=forms,
                )
            )
    return terms[:MOST_TERMS]


def _plain(
    words: list[tuple[str, str, int, bool]], stop_words: frozenset[str], open_end: bool
) -> list[Term]:
    terms: list[Term] = []
    for place, (word, written, at, negated) in enumerate(words):
        completed = open_end and place == len(words) - 1 and not negated
        if word in stop_words and not completed:
            continue
        terms.append(Term(word[:LONGEST_WORD], written, at, completed, negative=negated))
    return terms


def _allowed_typos(settings: dict[str, Any], word: str) -> int:
    rule = settings["typoTolerance"]
    if not rule["enabled"] or word in {fold(each) for each in rule["disableOnWords"]}:
        return 0
    sizes = rule["minWordSizeForTypos"]
    return (len(word) >= sizes["oneTypo"]) + (len(word) >= sizes["twoTypos"])


def _expand(snapshot: Snapshot, term: Term, languages: tuple[str, ...]) -> None:
    lexicon = snapshot.lexicon
    if term.quoted:
        numbers = [lexicon.exact(word) for word in term.quoted]
        if all(number is not None for number in numbers):
            term.phrases = [(AS_TYPED, tuple(n for n in numbers if n is not None))]
        return
    term.exact = lexicon.exact(term.word)
    if term.negative:
        term.words = {AS_TYPED: [] if term.exact is None else [term.exact]}
        return
    term.typos = _allowed_typos(snapshot.settings, term.word)
    term.words = _met_by(lexicon, term.word, term.typos, term.prefix)
    stems = lexicon.sharing_stem(term.word, term.written, languages)
    _add(term, STEM, stems)
    split = _split(snapshot, term.word)
    if split:
        term.phrases.append((ONE_TYPO, split))


def _met_by(lexicon: Lexicon, word: str, typos: int, prefix: bool) -> dict[int, list[int]]:
    exact = lexicon.exact(word)
    as_typed = lexicon.starting_with(word) if prefix else [] if exact is None else [exact]
    near = lexicon.near(word, typos, prefix)
    return {AS_TYPED: as_typed, ONE_TYPO: near.one, TWO_TYPOS: near.two}


def _add(term: Term, level: int, numbers: list[int]) -> None:
    """Further words for a level; a word already there or at a better level stays as it is."""
    met = {number for numbers in term.words.values() for number in numbers}
    term.words.setdefault(level, []).extend(n for n in numbers if n not in met)


def _split(snapshot: Snapshot, word: str) -> Phrase | None:
    """The two neighbouring words that the word may be when a blank was forgotten."""
    if word not in snapshot.splits:
        snapshot.splits[word] = _best_split(snapshot, word)
    return snapshot.splits[word]


def _best_split(snapshot: Snapshot, word: str) -> tuple[int, int] | None:
    lexicon = snapshot.lexicon
    best: tuple[int, tuple[int, int] | None] = (0, None)
    for cut in range(1, len(word)):
        left, right = lexicon.exact(word[:cut]), lexicon.exact(word[cut:])
        if left is not None and right is not None:
            query = _phrase_query(snapshot, (left, right))
            count = snapshot.searcher.search(query, 1).count  # pyright: ignore
            if count > best[0]:
                best = (count, (left, right))
    return best[1]


def _join(snapshot: Snapshot, terms: list[Term]) -> None:
    """Neighbouring terms written as one word meet each of them, one typo each."""
    for length in range(2, _LONGEST_JOIN + 1):
        for first in range(len(terms) - length + 1):
            run = terms[first : first + length]
            if any(term.quoted for term in run) or run[-1].at - run[0].at != length - 1:
                continue
            word = "".join(term.word for term in run)
            typos = max(0, _allowed_typos(snapshot.settings, word) - (length - 1))
            met = _met_by(snapshot.lexicon, word, typos, run[-1].prefix)
            for term in run:
                _add(term, ONE_TYPO, met[AS_TYPED])
            _add(run[0], ONE_TYPO, met[ONE_TYPO])
            for term in run[1:]:
                _add(term, TWO_TYPOS, met[ONE_TYPO])


def _synonyms(snapshot: Snapshot, terms: list[Term]) -> None:
    """A synonym meets its term as typed; one for several terms meets each with one typo."""
    synonyms = snapshot.synonyms
    longest = max((len(key) for key in synonyms), default=0)
    for length in range(1, longest + 1):
        for first in range(len(terms) - length + 1):
            run = terms[first : first + length]
            key = run[0].quoted or tuple(term.word for term in run)
            for other in synonyms.get(key, ()):
                _add_synonym(snapshot.lexicon, run, other, AS_TYPED if length == 1 else ONE_TYPO)


def _add_synonym(lexicon: Lexicon, run: list[Term], other: tuple[str, ...], level: int) -> None:
    numbers = tuple(lexicon.exact(word) for word in other)
    known = tuple(n for n in numbers if n is not None)
    if not known or len(known) != len(numbers):
        return
    for term in run:
        if len(known) == 1:
            _add(term, level, [known[0]])
        else:
            term.phrases.append((level, known))


# Candidates


@dataclass(frozen=True)
class Candidates:
    """places   where the documents stand, growing; levels   (terms, documents) digits"""

    places: NDArray[np.int64]
    levels: NDArray[np.int8]


def candidates(snapshot: Snapshot, terms: list[Term], needed: list[int]) -> Candidates:
    """The documents in which all the needed terms are met and no negative one."""
    wanted = [term for term in terms if not term.negative]
    parts: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for digit, term in enumerate(wanted):
        query = _term_query(snapshot, term, 4.0**digit)
        must = term.must or digit in needed
        parts.append((tantivy.Occur.Must if must else tantivy.Occur.Should, query))
    for term in terms:
        if term.negative:
            parts.append((tantivy.Occur.MustNot, _term_query(snapshot, term, 1.0)))
    if not wanted:
        parts.append((tantivy.Occur.Must, tantivy.Query.all_query()))
    numbers, scores = numbers_of(snapshot.searcher, tantivy.Query.boolean_query(parts))
    order = np.argsort(numbers)
    digits = 2 * np.arange(len(wanted))[:, None]
    levels = (scores[order][None, :] >> digits) & 3
    return Candidates(snapshot.places(numbers[order]), levels.astype(np.int8))


def _term_query(snapshot: Snapshot, term: Term, unit: float) -> tantivy.Query:
    choices: list[tantivy.Query] = []
    for level, numbers in term.words.items():
        fields = FIELDS if level == AS_TYPED else FIELDS[:1]
        for each in fields:
            query = _words_query(snapshot, term, level, numbers, each)
            if query is not None:
                choices.append(tantivy.Query.const_score_query(query, level * unit))
    for level, phrase in term.phrases:
        query = tantivy.Query.const_score_query(_phrase_query(snapshot, phrase), level * unit)
        choices.append(query)
    if not choices:
        return tantivy.Query.empty_query()
    return tantivy.Query.disjunction_max_query(choices)


def _words_query(
    snapshot: Snapshot, term: Term, level: int, numbers: list[int], name: str
) -> tantivy.Query | None:
    schema = snapshot.schema
    words = [snapshot.lexicon.words[number] for number in numbers]
    if not words or (name == "exact" and not snapshot.has_exact_fields):
        return None
    if level == AS_TYPED and len(words) > _MANY_WORDS and not term.quoted:
        others = [word for word in words if not word.startswith(term.word)]
        beginning = tantivy.Query.regex_query(schema, name, re.escape(term.word) + ".*")
        if not others:
            return beginning
        rest = tantivy.Query.term_set_query(schema, name, others)
        return _any([beginning, rest])
    if len(words) <= _FEW_WORDS:
        return _any([tantivy.Query.term_query(schema, name, word, "basic") for word in words])
    return tantivy.Query.term_set_query(schema, name, words)


def _any(queries: list[tantivy.Query]) -> tantivy.Query:
    if len(queries) == 1:
        return queries[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _phrase_query(snapshot: Snapshot, phrase: Phrase) -> tantivy.Query:
    words = [snapshot.lexicon.words[number] for number in phrase]
    choices: list[tantivy.Query] = []
    for name in FIELDS if snapshot.has_exact_fields else FIELDS[:1]:
        if len(words) == 1:
            choices.append(tantivy.Query.term_query(snapshot.schema, name, words[0]))
        else:
            choices.append(tantivy.Query.phrase_query(snapshot.schema, name, list(words)))
    return choices[0] if len(choices) == 1 else tantivy.Query.disjunction_max_query(choices)
