"""How long an old answer stands in for one that a service does not give, and what it then says."""

from __future__ import annotations

from typing import Final

Headers = list[tuple[bytes, bytes]]

LONGEST_SECONDS: Final = 3600
"""What is older is not served: the failure is told."""


def aged(headers: Headers, age_seconds: float) -> Headers:
    """The headers of an old answer: they say so and how old it is (RFC 9111, RFC 9211)."""
    age = int(age_seconds)
    return [
        *(pair for pair in headers if pair[0] != b"cache-control"),
        # A cache in front asks again soon.
        (b"cache-control", b"public, max-age=0, s-maxage=5"),
        (b"age", str(age).encode()),
        (b"cache-status", b'gateway; hit; ttl=-%d; detail="the service is down"' % age),
    ]
