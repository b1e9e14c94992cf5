"""Reading requests without surprises: strict JSON, known query parameters, clean text.

FastAPI lets through what a database or another reader later chokes on: duplicate
keys, NaN, lone surrogates, NUL, integers of any length, query parameters that are
misspelt. Each is refused here, once, for every route.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from shared.problems import InputError, Invalid, NotFound
from shared.text import clean

_DEEPEST = 32
_LARGEST = 2**63 - 1


def loads(raw: bytes | str) -> Any:  # noqa: ANN401 - JSON is any value
    """JSON as RFC 8259 means it. Raises json.JSONDecodeError with what is wrong.

    Refused: bytes that are not UTF-8, a key given twice, NaN and Infinity, integers
    beyond 64 bits, numbers beyond a double, NUL and lone surrogates in strings, more
    than 32 levels.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as broken:
        raise json.JSONDecodeError("not UTF-8", "", broken.start) from broken
    try:
        found = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_bounded,
            parse_float=_finite,
        )
    except RecursionError:
        raise json.JSONDecodeError(f"nested deeper than {_DEEPEST} levels", "", 0) from None
    _check(found, "\\u" in text or text is raw, 0)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise json.JSONDecodeError(f"the key {twice!r} is given twice", "", 0)
    return found


def _no_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a JSON number", "", 0)


def _bounded(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > _LARGEST:
        raise json.JSONDecodeError("an integer is larger than 64 bits", "", 0)
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise json.JSONDecodeError("a number is larger than a double can hold", "", 0)
    # JSON has one kind of number: 2.0 is an integer as good as 2.
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


def _check(found: Any, escapes: bool, depth: int) -> None:  # noqa: ANN401 - JSON is any value
    if depth == _DEEPEST and isinstance(found, dict | list):
        raise json.JSONDecodeError(f"nested deeper than {_DEEPEST} levels", "", 0)
    if isinstance(found, dict):
        for key, value in found.items():
            _check(key, escapes, depth + 1)
            _check(value, escapes, depth + 1)
    elif isinstance(found, list):
        for value in found:
            _check(value, escapes, depth + 1)
    elif escapes and isinstance(found, str):
        try:
            clean(found)
        except ValueError as wrong:
            raise json.JSONDecodeError(str(wrong), "", 0) from wrong


class StrictRequest(Request):
    """A request whose JSON body is read strictly and never beyond the application's limit."""

    async def stream(self) -> AsyncGenerator[bytes]:
        """The body in parts. HTTPException 413 as soon as it is longer than it may be."""
        left: int = self.app.state.max_body_bytes
        declared = self.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > left:
            raise HTTPException(413)
        async for part in super().stream():
            left -= len(part)
            if left < 0:
                raise HTTPException(413)
            yield part

    async def json(self) -> Any:  # noqa: ANN401 - JSON is any value
        """The body; json.JSONDecodeError when it is not strict JSON."""
        return loads(await self.body())


class StrictRoute(APIRoute):
    """A route that refuses unknown or repeated query parameters and unclean text, all at once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The stock handler behind the checks."""
        handle = super().get_route_handler()
        known = {
            field.alias: _repeats(field.field_info.annotation)
            for field in get_flat_params(self.dependant)
            # The fields of a model of parameters do not say where they stand: in the query.
            if getattr(field.field_info, "in_", ParamTypes.query) == ParamTypes.query
        }

        async def strict(request: Request) -> Response:
            check_query(request, known)
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


def check_query(request: Request, known: dict[str, bool]) -> None:
    """Raise Invalid for every query value that is not acceptable, NotFound for such a path.

    known  the parameters that the route takes, with whether one may be given more than once
    """
    wrong: list[InputError] = []
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        pointer = f"/query/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in known:
            wrong.append(
                InputError(
                    "unknown_parameter",
                    f"There is no query parameter {name!r} here.",
                    pointer,
                    allowed=sorted(known),
                )
            )
        elif name in seen and not known[name]:
            wrong.append(InputError("repeated_parameter", f"{name!r} is given twice.", pointer))
        seen.add(name)
        wrong += _unclean(value, pointer)
    if not _is_utf8(request.scope["query_string"]):
        wrong.append(InputError("not_utf8", "The query is not percent-encoded UTF-8.", "/query"))
    if wrong:
        raise Invalid("The request has values that cannot be used.", wrong)
    for name, value in request.path_params.items():
        # Nothing here has such a name.
        if nameless := _unclean(str(value), f"/path/{name}"):
            raise NotFound(f"Nothing has this {name}.", nameless)


def _unclean(value: str, pointer: str) -> list[InputError]:
    try:
        clean(value)
    except ValueError as reason:
        return [InputError("unclean_text", str(reason), pointer)]
    return []


def _is_utf8(query: bytes) -> bool:
    # Decoded for us, bytes that are not UTF-8 would arrive as replacement characters.
    try:
        unquote_to_bytes(query).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _repeats(annotation: Any) -> bool:  # noqa: ANN401 - any type annotation
    return "list[" in str(annotation)
