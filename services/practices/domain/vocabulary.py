"""The closed lists of the practice record, read from data that an editor can change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The values that each coded field may take, in the order in which they are shown."""

    areas: tuple[str, ...]
    roles: tuple[str, ...]
    target_groups: tuple[str, ...]
    statuses: tuple[str, ...]
    results: tuple[str, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Vocabulary:
        """From `{"areas": [{"value": ...}], "roles": ...}`. KeyError when a list is missing."""
        lists = ("areas", "roles", "target_groups", "statuses", "results")
        return cls(**{name: tuple(entry["value"] for entry in data[name]) for name in lists})
