"""Arrays that grow at the end while others read their beginning.

A view taken before an append stays valid: new values are only written behind its end, and when
the room is used up they move to a new block. So a search never waits for the writer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Grow:
    """One growing array of a fixed type."""

    def __init__(self, dtype: type[np.generic], values: NDArray[Any] | None = None) -> None:
        self._block = np.empty(0, dtype) if values is None else values.astype(dtype, copy=False)
        self._length = len(self._block)

    def __len__(self) -> int:
        return self._length

    def extend(self, values: ArrayLike) -> None:
        """Write the values behind the end."""
        added = np.asarray(values, self._block.dtype)
        end = self._length + len(added)
        if end > len(self._block):
            block = np.empty(max(end, 2 * len(self._block), 64), self._block.dtype)
            block[: self._length] = self._block[: self._length]
            self._block = block
        self._block[self._length : end] = added
        self._length = end

    def view(self) -> NDArray[Any]:
        """The values written so far."""
        return self._block[: self._length]
