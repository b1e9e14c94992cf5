"""Values of one attribute over all documents, laid out for filters, facets and sorting.

Documents are meant by their place in the index (0, 1, 2, ...). Text values are folded to a common
form and numbered; numbers are kept as they are; a value stands once per document.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine.grow import Grow

Places = NDArray[np.int32]
_TOO_LARGE = 10**300  # Such a number is shown, but neither compared nor counted.


def normal(value: str) -> str:
    """The form in which text values are compared: trimmed, lower case, compatible letters."""
    return unicodedata.normalize("NFKD", value.strip()).lower()


def as_label(number: float) -> str:
    """A number as the key of a facet: 3, not 3.0."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


@dataclass(frozen=True)
class ColumnView:
    """A column at one moment: pairs of place and value, and lists of places."""

    text_places: Places
    codes: Places
    labels: list[str]
    numbering: dict[str, int]
    number_places: Places
    numbers: NDArray[np.float64]
    present: Places
    nulls: Places
    empties: Places

    def code(self, value: str) -> int | None:
        """The number of a text value, None when no document has it."""
        code = self.numbering.get(normal(value))
        return code if code is not None and code < len(self.labels) else None

    @cached_property
    def figures(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The different numbers, growing, and for each pair the position of its number in them."""
        return np.unique(self.numbers, return_inverse=True)

    @cached_property
    def text_rank(self) -> NDArray[np.int64]:
        """For each code its place in alphabetical order."""
        keys = [normal(label) for label in self.labels]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        rank = np.empty(len(keys), np.int64)
        rank[order] = np.arange(len(keys))
        return rank


class Column:
    """A growing column."""

    def __init__(self) -> None:
        self._text_places, self._codes = Grow(np.int32), Grow(np.int32)
        self._number_places, self._numbers = Grow(np.int32), Grow(np.float64)
        self._present, self._nulls, self._empties = (Grow(np.int32) for _ in range(3))
        self._labels: list[str] = []
        self._numbering: dict[str, int] = {}

    def extend(self, values: list[tuple[int, Any]]) -> None:
        """Add values of documents.

        values   place and leaf as `documents.flat` gives it
        """
        texts: list[tuple[int, int]] = []
        numbers: list[tuple[int, float]] = []
        for place, value in values:
            codes: set[int] = set()
            figures: set[float] = set()
            for each in value if isinstance(value, list) else (value,):
                if isinstance(each, str):
                    codes.add(self._code(each))
                elif isinstance(each, bool):
                    codes.add(self._code("true" if each else "false"))
                elif isinstance(each, int | float) and abs(each) < _TOO_LARGE:
                    figures.add(float(each))
            texts += [(place, code) for code in sorted(codes)]
            numbers += [(place, figure) for figure in figures]
        self._text_places.extend([place for place, _ in texts])
        self._codes.extend([code for _, code in texts])
        self._number_places.extend([place for place, _ in numbers])
        self._numbers.extend([figure for _, figure in numbers])
        self._present.extend([place for place, _ in values])
        self._nulls.extend([place for place, value in values if value is None])
        self._empties.extend([place for place, value in values if value in ("", [], {})])

    def _code(self, label: str) -> int:
        key = normal(label)
        code = self._numbering.get(key)
        if code is None:
            code = self._numbering[key] = len(self._labels)
            self._labels.append(label)
        return code

    def view(self) -> ColumnView:
        """What a search may read while the writer goes on."""
        return ColumnView(
            self._text_places.view(),
            self._codes.view(),
            self._labels[:],
            self._numbering,
            self._number_places.view(),
            self._numbers.view(),
            self._present.view(),
            self._nulls.view(),
            self._empties.view(),
        )


EMPTY = Column().view()
