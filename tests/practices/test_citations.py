"""Citations survive every sign that means something to BibTeX, in every language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.practices.domain.citation import Cited, as_bibtex, as_csl, as_text, escaped

# The signs by which LaTeX is left again, longest first.
_BACK = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    **{rf"\{sign}": sign for sign in "{}$&#%_"},
}
_TITLES = {
    "en": "Welcome & work: 100% of “newcomers” #1",
    "fr": "Accueil à l’école : où aller ? — l’été",
    "de": "Übergänge für Größere: Straße & Maß",
    "it": "Perché l’unità è più facile così",
    "es": "¿Qué hacer? Niños y mañana: ¡ya!",
    "pt": "Integração: coração, avó e às_vezes",
    "sv": "Språk på väg – öppna dörrar, Å Ä Ö",
    "ca": "Acollida: l·lengua, çò i cigonya",
}


def cited(**changes: object) -> Cited:
    facts = {
        "id": "01a20184-95d3-7acd-a00a-bb347be26353",
        "version": 2,
        "title": "Desk",
        "authors": ("Catalonia",),
        "day": "2026-11-22",
        "url": "https://lab.example/practices/01a2",
        "language": "en",
        "licence": "CC-BY-4.0",
    }
    return Cited(**facts | changes)  # pyright: ignore[reportArgumentType]


def _read_back(text: str) -> str:
    signs = "|".join(re.escape(one) for one in sorted(_BACK, key=len, reverse=True))
    return re.sub(signs, lambda found: _BACK[found[0]], text)


@given(st.text())
def test_what_was_escaped_reads_as_it_was(text: str):
    assert _read_back(escaped(text)) == text


@given(st.text(alphabet="\\{}$&#%_~^<>|a"))
def test_an_entry_has_as_many_opening_as_closing_braces(title: str):
    entry = as_bibtex(cited(title=title))
    plain = re.sub(r"\\[{}]", "", entry)
    assert plain.count("{") == plain.count("}")
    assert re.search(r"(?<!\\)%", entry) is None


@pytest.mark.parametrize("language", _TITLES)
def test_a_title_of_every_language_is_cited_whole(language: str):
    named = cited(title=_TITLES[language], language=language)
    line = next(one for one in as_bibtex(named).splitlines() if one.startswith("  title"))
    assert _read_back(line.removeprefix("  title = {{").removesuffix("}},")) == _TITLES[language]
    assert as_text(named).startswith(_TITLES[language])
    assert as_csl(named)[0]["title"] == _TITLES[language]


def test_an_entry_reads_as_a_library_shows_it():
    assert as_bibtex(cited(authors=("Catalonia", "Emilia & Romagna"))) == (
        "@misc{practice-01a20184-95d3-7acd-a00a-bb347be26353-v2,\n"
        "  title = {{Desk}},\n"
        "  author = {{Catalonia} and {Emilia \\& Romagna}},\n"
        "  year = {2026},\n"
        "  month = {11},\n"
        "  publisher = {{Integration Lab}},\n"
        "  version = {2},\n"
        "  url = {https://lab.example/practices/01a2},\n"
        "  language = {en},\n"
        "  note = {Version 2, 2026-11-22, CC-BY-4.0}\n"
        "}\n"
    )
