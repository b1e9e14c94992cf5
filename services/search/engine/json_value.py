"""JSON: any value that it can hold, and the quick way in and out for values that we checked."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from pydantic_core import from_json, to_json

Json: TypeAlias = Any


def decoded(text: str) -> Json:
    """A value out of JSON that was checked when it came in."""
    try:
        return from_json(text)
    except ValueError:
        # Nested more deeply than the quick way goes.
        return json.loads(text)


def encoded(value: Json) -> bytes:
    """The value as JSON in UTF-8; a number that JSON does not have becomes null."""
    try:
        return to_json(value, inf_nan_mode="null")
    except ValueError:
        # Nested deeply, or a lone surrogate: that comes in by a query string only and goes out
        # as an escape.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")
