"""The errors of the platform, each with the answer that a client gets (RFC 9457).

    Problem
    ├── Invalid          422  the input was understood and refused; `errors` says where
    ├── BadRequest       400  the request itself is malformed
    ├── Unauthorized     401  no valid credentials
    ├── NotAllowed       403  credentials without the right to do this
    ├── NotFound         404  nothing of that name, or not for this caller
    ├── MethodNotAllowed 405  the path does not answer to this method
    ├── NotLegal         409  the state does not allow the action
    │   └── InFlight     409  the same Idempotency-Key is being worked on
    ├── Gone             410  a cursor into the past that is no longer kept
    ├── Stale            412  somebody else was faster
    ├── TooLarge         413  more bytes than the route takes
    ├── WrongMediaType   415  a body in a format that the route does not read
    ├── Unconditional    428  If-Match is required here
    ├── TooMany          429  the quota is used up
    ├── Internal         500  nobody expected this; the trace id finds it in the log
    └── Unavailable      503  a part that is needed does not answer

A problem is raised anywhere and turned into an answer in one place,
`shared.service`. Pure: imports nothing of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

# What pydantic tells beside the limits: what was found, and in its own words.
_NO_LIMITS = {"error", "field_type", "actual_length"}


@dataclass(frozen=True, slots=True)
class InputError:
    """One thing wrong with an input, and where.

    pointer  RFC 6901 pointer into a JSON body, or `/query/limit`, `/path/code`, `/header/...`
    row      1-based row of a table (the header is row 1), with `column` by its name
    value    what was found, shortened; None where there is nothing to show
    allowed  what would have been accepted, when that can be listed
    """

    code: str
    detail: str
    pointer: str | None = None
    row: int | None = None
    column: str | None = None
    value: object = None
    allowed: Sequence[object] | str | None = None

    def as_dict(self) -> dict[str, object]:
        """The error as plain data; parts that do not apply are left out."""
        found: dict[str, object] = {"code": self.code, "detail": self.detail}
        for name in ("pointer", "row", "column", "value", "allowed"):
            part = getattr(self, name)
            if part is not None:
                found[name] = list(part) if isinstance(part, list | tuple) else part
        return found


def told(error: Mapping[str, Any]) -> str:
    """What a model says of a value, an error of pydantic's; a text is counted in characters."""
    message = str(error["msg"])
    if error["type"] in {"too_long", "too_short"} and isinstance(error["input"], str):
        return re.sub(r"items? after validation", "characters", message)
    return message


def limits(error: Mapping[str, Any]) -> str | None:
    """What a model would have accepted, from an error of pydantic's; None where it does not say."""
    found = {name: part for name, part in error.get("ctx", {}).items() if name not in _NO_LIMITS}
    return ", ".join(f"{name}: {part}" for name, part in found.items()) or None


@dataclass
class Problem(Exception):
    """An expected failure. `detail` says what happened and what to do, in one or two sentences."""

    detail: str
    errors: Sequence[InputError] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    extra: Mapping[str, object] = field(default_factory=dict[str, object])

    status: ClassVar[int] = 500
    type: ClassVar[str] = "/problems/internal"
    title: ClassVar[str] = "Something failed on our side"

    def __str__(self) -> str:
        lines = [self.detail]
        lines += [f"  {error.code}: {error.detail}" for error in self.errors]
        return "\n".join(lines)

    def body(self, instance: str, trace_id: str) -> dict[str, object]:
        """The RFC 9457 body as plain data."""
        found: dict[str, object] = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "code": self.type.rsplit("/", 1)[-1],
            "detail": self.detail,
            "instance": instance,
            "trace_id": trace_id,
            "errors": [error.as_dict() for error in self.errors],
        }
        found.update(self.extra)
        return found


class Internal(Problem):
    """A failure that nobody expected; the trace id finds it in the log."""


class Invalid(Problem):
    """The input was understood and refused. All that is wrong is listed at once."""

    status = 422
    type = "/problems/invalid"
    title = "The input is not valid"


class BadRequest(Problem):
    """The request is malformed: broken JSON, an unreadable header."""

    status = 400
    type = "/problems/bad-request"
    title = "The request cannot be read"


class Unauthorized(Problem):
    """No credentials, or credentials that are not valid."""

    status = 401
    type = "/problems/unauthorized"
    title = "Valid credentials are required"


class NotAllowed(Problem):
    """The caller is known and may not do this."""

    status = 403
    type = "/problems/not-allowed"
    title = "Not allowed for this caller"


class NotFound(Problem):
    """Nothing of that name, or nothing that this caller may see."""

    status = 404
    type = "/problems/not-found"
    title = "Not found"


class MethodNotAllowed(Problem):
    """The path exists and does not answer to this method; `Allow` lists those that it does."""

    status = 405
    type = "/problems/method-not-allowed"
    title = "The path does not answer to this method"


class NotLegal(Problem):
    """The state of the thing does not allow the action."""

    status = 409
    type = "/problems/not-legal"
    title = "Not in a state that allows this"


class InFlight(NotLegal):
    """A request with the same Idempotency-Key is being worked on."""

    type = "/problems/in-flight"
    title = "The same request is being worked on"


class Gone(Problem):
    """A cursor that is ahead of the feed or behind what is kept: start over."""

    status = 410
    type = "/problems/gone"
    title = "The cursor is no longer valid"


class Stale(Problem):
    """The version given in If-Match is not the current one."""

    status = 412
    type = "/problems/stale"
    title = "Somebody else changed it first"


class TooLarge(Problem):
    """More bytes than the route takes."""

    status = 413
    type = "/problems/too-large"
    title = "The body is too large"


class WrongMediaType(Problem):
    """The body is in a format that the route does not read."""

    status = 415
    type = "/problems/wrong-media-type"
    title = "The format of the body is not supported"


class Unconditional(Problem):
    """The route changes something and needs If-Match."""

    status = 428
    type = "/problems/unconditional"
    title = "If-Match is required"


class TooMany(Problem):
    """The quota of this caller is used up; `Retry-After` says for how long."""

    status = 429
    type = "/problems/too-many"
    title = "Too many requests"


class Unavailable(Problem):
    """A part that is needed does not answer; `Retry-After` says when to try again."""

    status = 503
    type = "/problems/unavailable"
    title = "A needed part does not answer"
