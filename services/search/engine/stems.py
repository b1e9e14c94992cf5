"""Words that share a stem in one of the languages of the platform (Snowball, from tantivy)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import tantivy

LANGUAGES = {
    "en": "english",
    "fr": "french",
    "de": "german",
    "it": "italian",
    "es": "spanish",
    "pt": "portuguese",
    "sv": "swedish",
}
THREE_LETTERS = {
    "eng": "en",
    "fra": "fr",
    "deu": "de",
    "ita": "it",
    "spa": "es",
    "por": "pt",
    "swe": "sv",
}
SHORTEST_STEM = 3


@cache
def _analyzer(language: str) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return builder.filter(tantivy.Filter.stemmer(LANGUAGES[language])).build()


def languages_of(locales: Iterable[str] | None) -> tuple[str, ...]:
    """The stemmers for the asked languages; all of them when none is asked or known.

    locales   codes of two or three letters, with or without a region ("fr", "fra", "fr-CA")
    """
    asked = {locale.lower().split("-")[0] for locale in locales or ()}
    known = {THREE_LETTERS.get(code, code) for code in asked} & set(LANGUAGES)
    return tuple(sorted(known or LANGUAGES))


def same_stem(
    forms: set[str], candidates: list[tuple[int, str]], languages: tuple[str, ...]
) -> set[int]:
    """The numbers of the candidates that share a stem with one of the forms."""
    found: set[int] = set()
    if not candidates:
        return found
    text = " ".join(form for _, form in candidates)
    for language in languages:
        analyzer = _analyzer(language)
        wanted = {stem for stem in analyzer.analyze(" ".join(forms)) if len(stem) >= SHORTEST_STEM}
        stems = analyzer.analyze(text)
        found.update(
            number for (number, _), stem in zip(candidates, stems, strict=True) if stem in wanted
        )
    return found
