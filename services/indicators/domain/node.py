"""Reading nested plain data field by field, noting what is wrong with its pointer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

from services.indicators.domain.faults import Faults, decimal, pointer

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Node:
    """An object inside the input, and where it is.

    Every method notes an error (E_FORMAT unless said otherwise) and gives a
    harmless stand-in when the part is not as documented; the caller stops at
    the end, so no stand-in ever leaves the reader.
    """

    data: Mapping[str, object]
    path: tuple[str | int, ...]
    faults: Faults
    asked: set[str] = field(default_factory=set[str])

    def at(self, *parts: str | int) -> str:
        """The pointer to a part of this object."""
        return pointer(*self.path, *parts)

    def value(self, key: str) -> object:
        """The part as it stands; None when absent."""
        self.asked.add(key)
        return self.data.get(key)

    def has(self, key: str) -> bool:
        """Whether the part is there."""
        self.asked.add(key)
        return key in self.data

    def wrong(self, key: str, wanted: str, code: str = "E_FORMAT") -> None:
        """Note that the part is missing or is not what is wanted."""
        found = self.data.get(key)
        detail = f"{key} is not {wanted}" if key in self.data else f"{key} is missing"
        self.faults.add(code, detail, pointer=self.at(key), value=found, allowed=wanted)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; may be empty or absent only where there is a default."""
        found = self.value(key)
        if found is None and default is not None and key not in self.data:
            return default
        if isinstance(found, str) and (found.strip() or default is not None):
            return found
        self.wrong(key, "text")
        return ""

    def code(self, key: str = "code") -> str:
        """A code: letters, digits, hyphen, underscore, point; at most 64."""
        found = self.value(key)
        if isinstance(found, str) and _CODE.fullmatch(found):
            return found
        self.wrong(key, "a code of letters, digits, hyphens, underscores and points, at most 64")
        return ""

    def choice(self, key: str, allowed: Sequence[str], code: str = "E_FORMAT") -> str:
        """One of the allowed words; the first of them stands in for a wrong one."""
        found = self.value(key)
        if isinstance(found, str) and found in allowed:
            return found
        detail = f"{key} is {found!r}" if key in self.data else f"{key} is missing"
        self.faults.add(code, detail, pointer=self.at(key), value=found, allowed=list(allowed))
        return allowed[0]

    def whole(self, key: str, low: int, high: int, code: str = "E_FORMAT") -> int:
        """A whole number from low to high."""
        found = self.value(key)
        if isinstance(found, int) and not isinstance(found, bool) and low <= found <= high:
            return found
        self.wrong(key, f"a whole number from {low} to {high}", code)
        return low

    def decimal(self, key: str, low: int, high: int, code: str) -> Fraction:
        """A decimal number of at most four places from low to high."""
        found = decimal(self.value(key))
        if found is not None and low <= found <= high:
            return found
        self.wrong(key, f"a decimal from {low} to {high} with at most 4 decimal places", code)
        return Fraction(low)

    def weight(self, key: str, default: str | None = "1") -> Fraction:
        """A weight from 0 to 1000; E_NEGATIVE_WEIGHT below 0, the default where absent."""
        if default is not None and not self.has(key):
            return Fraction(default)
        found = decimal(self.value(key))
        if found is not None and found < 0:
            self.wrong(key, "0 or more", "E_NEGATIVE_WEIGHT")
            return Fraction(0)
        return self.decimal(key, 0, 1000, "E_FORMAT")

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        found = self.value(key)
        if found is None and optional and key not in self.data:
            return ()
        if isinstance(found, list) and all(
            isinstance(one, str) for one in cast("list[object]", found)
        ):
            return tuple(cast("list[str]", found))
        self.wrong(key, "a list of texts")
        return ()

    def node(self, key: str) -> Node:
        """An object inside this one."""
        return node(self.value(key), (*self.path, key), self.faults)

    def nodes(self, key: str) -> list[Node]:
        """A list of objects that is not empty."""
        found = self.value(key)
        if not isinstance(found, list) or not found:
            self.wrong(key, "a list that is not empty")
            return []
        items = cast("list[object]", found)
        return [node(one, (*self.path, key, place), self.faults) for place, one in enumerate(items)]

    def distinct(self, codes: Sequence[str], key: str, *inside: str) -> None:
        """Note E_DUPLICATE_CODE for a code that was there before; `inside` leads to the code."""
        seen: set[str] = set()
        for place, code in enumerate(codes):
            if code and code in seen:
                where = self.at(key, place, *inside)
                detail = f"{code} appears twice in {key}"
                self.faults.add("E_DUPLICATE_CODE", detail, pointer=where, value=code)
            seen.add(code)

    def closed(self) -> None:
        """Note every part nobody asked for: a misspelt `wieght` must not become a default."""
        for key in self.data:
            if key not in self.asked:
                known = sorted(self.asked)
                detail = f"{key} is not a field here"
                self.faults.add("E_FORMAT", detail, pointer=self.at(key), allowed=known)


def node(found: object, path: tuple[str | int, ...], faults: Faults) -> Node:
    """The object to read from; E_FORMAT and an empty one when it is no object."""
    if isinstance(found, Mapping):
        return Node(cast("Mapping[str, object]", found), path, faults)
    wanted = "an object"
    faults.add(
        "E_FORMAT", f"expected {wanted}", pointer=pointer(*path), value=found, allowed=wanted
    )
    return Node({}, path, faults, asked=set())
