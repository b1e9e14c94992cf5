"""The public indexes: what may be searched, filtered, sorted and shown in each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MANY_VALUES = {"_geo", "id", "published_at", "updated_at"}


@dataclass(frozen=True, slots=True)
class Index:
    """An index as callers may use it, and the settings that the engine gets for it."""

    uid: str
    settings: Mapping[str, Any]
    searchable: frozenset[str]
    filterable: frozenset[str]
    sortable: frozenset[str]
    displayed: frozenset[str]

    @property
    def facets(self) -> list[str]:
        """What can be counted: everything to filter by that has few values."""
        return sorted(self.filterable - _MANY_VALUES)


def index(
    uid: str,
    settings: Mapping[str, Any],
    synonyms: Mapping[str, Sequence[str]],
    stop_words: Sequence[str],
) -> Index:
    """The index of a settings file. ValueError when the file opens up an internal attribute."""
    names = {
        kind: frozenset[str](settings[kind + "Attributes"])
        for kind in ("searchable", "filterable", "sortable", "displayed")
    }
    for kind, attributes in names.items():
        internal = sorted(name for name in attributes if name.startswith("_") and name != "_geo")
        if internal or "*" in attributes:
            raise ValueError(f"{uid}.json: {kind}Attributes must not hold {internal or '*'}")
    words = {"synonyms": dict(synonyms), "stopWords": list(stop_words)}
    return Index(uid, {**settings, **words}, **names)


def mutual(groups: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Synonyms as the engine takes them: each word with all others of its groups."""
    found: dict[str, list[str]] = {}
    for group in groups:
        for word in group:
            others = [other for other in group if other != word]
            found[word] = [*found.get(word, []), *others]
    return found


def translated(
    synonyms: Mapping[str, Sequence[str]], languages: Iterable[Mapping[str, Sequence[str]]]
) -> dict[str, list[str]]:
    """The synonyms with one-way entries added: a word of a language leads to the words given."""
    found = {word: list(others) for word, others in synonyms.items()}
    for words in languages:
        for word, others in words.items():
            kept = found.setdefault(word, [])
            kept += [other for other in others if other not in kept and other != word]
    return found
