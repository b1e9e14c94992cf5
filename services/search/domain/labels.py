"""What people of several languages call an area, a target group, a country. Pure.

Facets hold the values of a vocabulary in English. Somebody who types `vivienda` or
`logement` means the value `housing`, whatever language the practice is written in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Words by language.
Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Labels:
    """Words for the values of a facet, in every language; a value without any has no entry.

    places  towns of a region, by its code
    """

    areas: Mapping[str, Words]
    target_groups: Mapping[str, Words]
    countries: Mapping[str, Words]
    places: Mapping[str, Sequence[str]]

    def of_practice(
        self, areas: Iterable[str], groups: Iterable[str], countries: Iterable[str]
    ) -> list[str]:
        """The words by which a practice with these values is to be found, each once."""
        return _distinct(
            [
                *_words(self.areas, areas),
                *_words(self.target_groups, groups),
                *_words(self.countries, countries),
            ]
        )

    def of_region(self, country: str) -> list[str]:
        """The words by which a region of this country is to be found."""
        return _distinct(_words(self.countries, [country]))


def _words(labels: Mapping[str, Words], values: Iterable[str]) -> list[str]:
    return [word for value in values for words in labels.get(value, {}).values() for word in words]


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
