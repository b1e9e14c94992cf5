"""Fetching a dataset from Eurostat's Statistics API (JSON-stat 2.0), within time and size.

Reference: Eurostat, "API Statistics - data query".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

import httpx

from services.indicators.outcomes.observed import LARGEST
from shared.problems import InputError, Invalid, Unavailable

BASE = "https://ec.europa.eu/eurostat/api/dissemination"
SECONDS = 120.0
_STEP = 1_000_000
_LONGEST = 500


def address(dataset: str, filters: Mapping[str, frozenset[str]], base: str = BASE) -> str:
    """The address of a dataset, or of the part that the filters leave. Invalid when too long."""
    given = [(name, code) for name in sorted(filters) for code in sorted(filters[name])]
    query = urlencode([("format", "JSON"), ("lang", "EN"), *given])
    found = f"{base.rstrip('/')}/statistics/1.0/data/{quote(dataset, safe='')}?{query}"
    if len(found) > _LONGEST:
        raise Invalid(f"The address has {len(found)} characters, {_LONGEST} at most; filter less.")
    return found


def fetch(
    url: str, say: Callable[[str], None], seconds: float = SECONDS, largest: int = LARGEST
) -> bytes:
    """The bytes at the address.

    Unavailable when nobody answers in time or with an error of theirs; Invalid when they
    refuse the question or answer with more bytes than we read.
    """
    deadline = time.monotonic() + seconds
    whole, shown = bytearray(), _STEP
    try:
        with (
            httpx.Client(timeout=min(seconds, 30.0), follow_redirects=True) as client,
            client.stream("GET", url, headers={"Accept": "application/json"}) as answer,
        ):
            for part in answer.iter_bytes():
                whole += part
                if len(whole) > largest:
                    detail = f"The answer has more than {largest} bytes; choose with --filter."
                    raise Invalid(detail, [InputError("too_large", detail, allowed=str(largest))])
                if time.monotonic() > deadline:
                    raise Unavailable(f"{url} was not read in {seconds:g} s. Nothing was stored.")
                if len(whole) >= shown:
                    say(f"{len(whole) / 1e6:.0f} MB read")
                    shown += _STEP
    except httpx.HTTPError as failure:
        what = str(failure) or type(failure).__name__
        raise Unavailable(f"{url} does not answer: {what}. Nothing was stored.") from failure
    if answer.status_code == 413 or _is_put_off(whole):
        raise Unavailable(
            f"{url}: they prepare the answer, which is large. Ask again in some minutes, or for "
            "less with --filter. Nothing was stored."
        )
    if answer.is_success:
        return bytes(whole)
    text = bytes(whole[:500]).decode("utf-8", "replace")
    detail = f"{url} answered {answer.status_code}: {text}"
    raise (Unavailable if answer.is_server_error else Invalid)(detail)


def _is_put_off(content: bytearray) -> bool:
    """Whether this is no data but the notice that a large answer is made meanwhile."""
    return content[:500].lstrip().startswith(b"{") and b"ASYNCHRONOUS_RESPONSE" in content[:500]
