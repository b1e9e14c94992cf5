"""The headers of a request by name, where each has one meaning."""

from __future__ import annotations

from shared.problems import BadRequest

# Said twice, they would mean one thing to us and another to a proxy.
_ONCE = (
    b"host",
    b"authorization",
    b"content-length",
    b"content-type",
    b"idempotency-key",
    b"if-match",
    b"origin",
)


def by_name(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The last value of each name. BadRequest when a name that has one value has several."""
    found = dict(headers)
    if len(found) < len(headers):
        names = [name for name, _ in headers]
        for name in _ONCE:
            if names.count(name) > 1:
                raise BadRequest(f"Send one {name.decode().title()} header.")
    return found
