"""The type of a value that came in as JSON and was not looked at yet."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = Any
