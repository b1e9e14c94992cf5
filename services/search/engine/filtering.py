"""Which documents answer a filter: the tree over the columns, as one truth value per document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine import geo
from services.search.engine.columns import EMPTY, ColumnView
from services.search.engine.filter_tree import And, Condition, Filter, Inside, Near, Not, Or
from services.search.engine.filters import wrong
from services.search.engine.settings import rank_of

Mask = NDArray[np.bool_]


class Filtering:
    """The columns of an index and which of them may be filtered."""

    def __init__(
        self,
        columns: Mapping[str, ColumnView],
        points: geo.Points,
        filterable: list[str],
        size: int,
    ) -> None:
        self._columns = columns
        self._points = points
        self._filterable = filterable
        self._size = size

    def mask(self, tree: Filter) -> Mask:
        """True where the document answers. Raises EngineError for attributes not filterable."""
        if isinstance(tree, Condition):
            return self._condition(tree)
        if isinstance(tree, Near):
            self._allowed("_geo")
            with np.errstate(invalid="ignore"):
                return self._points.metres_to(tree.latitude, tree.longitude) <= tree.metres
        if isinstance(tree, Inside):
            self._allowed("_geo")
            return self._points.inside(tree.north, tree.east, tree.south, tree.west)
        if isinstance(tree, Not):
            return ~self.mask(tree.part)
        parts = [self.mask(part) for part in tree.parts]
        if isinstance(tree, And):
            return np.logical_and.reduce(parts)
        assert isinstance(tree, Or)
        return np.logical_or.reduce(parts)

    def _allowed(self, attribute: str) -> None:
        if rank_of(attribute, self._filterable) is None:
            names = ", ".join(self._filterable)
            available = (
                f"Available filterable attributes are: `{names}`"
                if names
                else "This index does not have configured filterable attributes"
            )
            raise wrong(f"Attribute `{attribute}` is not filterable. {available}.")

    def _condition(self, condition: Condition) -> Mask:
        self._allowed(condition.attribute)
        column = self._columns.get(condition.attribute, EMPTY)
        return _TESTS[condition.operator](self, column, condition.values)

    def _at(self, places: NDArray[Any]) -> Mask:
        mask = np.zeros(self._size, np.bool_)
        mask[places] = True
        return mask

    def _equal(self, column: ColumnView, values: tuple[str, ...]) -> Mask:
        mask = np.zeros(self._size, np.bool_)
        codes = [code for value in values if (code := column.code(value)) is not None]
        if codes:
            mask[column.text_places[np.isin(column.codes, codes)]] = True
        numbers = [number for value in values if (number := _number(value)) is not None]
        if numbers:
            mask[column.number_places[np.isin(column.numbers, numbers)]] = True
        return mask

    def _not_equal(self, column: ColumnView, values: tuple[str, ...]) -> Mask:
        return ~self._equal(column, values)

    def _present(self, column: ColumnView, _: tuple[str, ...]) -> Mask:
        return self._at(column.present)

    def _null(self, column: ColumnView, _: tuple[str, ...]) -> Mask:
        return self._at(column.nulls)

    def _empty(self, column: ColumnView, _: tuple[str, ...]) -> Mask:
        return self._at(column.empties)

    def _between(self, column: ColumnView, values: tuple[str, ...]) -> Mask:
        low, high = float(values[0]), float(values[1])
        return self._at(column.number_places[(column.numbers >= low) & (column.numbers <= high)])


def _comparing(
    compare: Callable[[NDArray[np.float64], float], Mask],
) -> Callable[[Filtering, ColumnView, tuple[str, ...]], Mask]:
    def compared(filtering: Filtering, column: ColumnView, values: tuple[str, ...]) -> Mask:
        return filtering._at(column.number_places[compare(column.numbers, float(values[0]))])  # pyright: ignore[reportPrivateUsage]

    return compared


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


_TESTS: dict[str, Callable[[Filtering, ColumnView, tuple[str, ...]], Mask]] = {
    "=": Filtering._equal,  # pyright: ignore[reportPrivateUsage]
    "!=": Filtering._not_equal,  # pyright: ignore[reportPrivateUsage]
    "IN": Filtering._equal,  # pyright: ignore[reportPrivateUsage]
    ">": _comparing(np.greater),
    ">=": _comparing(np.greater_equal),
    "<": _comparing(np.less),
    "<=": _comparing(np.less_equal),
    "TO": Filtering._between,  # pyright: ignore[reportPrivateUsage]
    "EXISTS": Filtering._present,  # pyright: ignore[reportPrivateUsage]
    "IS NULL": Filtering._null,  # pyright: ignore[reportPrivateUsage]
    "IS EMPTY": Filtering._empty,  # pyright: ignore[reportPrivateUsage]
}
