"""Fetching a dataset from Eurostat's Statistics API (JSON-stat 2.0), within time and size.

Reference: Eurostat, "API Statistics - data query".
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
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
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
    whole, shown = bytearray(), _STEP
    try:
        with (
            httpx.Client(timeout=min(seconds, 30.0), follow_redirects=True) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            for part in _unpacked(answer, largest):
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
    except zlib.error as broken:
        raise Unavailable(
            f"{url}: the answer came broken ({broken}). Nothing was stored."
        ) from None
    _check(url, answer, whole)
    return bytes(whole)


def _unpacked(answer: httpx.Response, largest: int) -> Iterator[bytes]:
    """The parts of the body. zlib.error when it is broken, or ends before its end."""
    if answer.headers.get("content-encoding", "").lower() not in ("gzip", "x-gzip"):
        yield from answer.iter_bytes()
        return
    # The client's own decoder takes a stream that breaks off for a whole one.
    packed = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for part in answer.iter_raw():
        yield packed.decompress(part, largest + 1)
    if not packed.eof:
        raise zlib.error("it ends before its end")


def _check(url: str, answer: httpx.Response, whole: bytearray) -> None:
    """Unavailable or Invalid when the answer is no data."""
    text = bytes(whole[:500]).decode("utf-8", "replace").strip()
    if answer.status_code == 413 or (text.startswith("{") and "ASYNCHRONOUS_RESPONSE" in text):
        raise Unavailable(
            f"{url}: they prepare the answer, which is large. Ask again in some minutes, or for "
            "less with --filter. Nothing was stored."
        )
    if answer.status_code == 429:
        wait = answer.headers.get("retry-after", "")
        when = f"in {wait} seconds" if wait.isdecimal() else "later"
        raise Unavailable(f"{url}: too many questions; ask again {when}. Nothing was stored.")
    if not answer.is_success:
        detail = f"{url} answered {answer.status_code}: {text or 'nothing'}. Nothing was stored."
        raise (Unavailable if answer.is_server_error else Invalid)(detail)
    if not text:
        raise Unavailable(f"{url} answered without any data. Nothing was stored.")
    if text.startswith("<"):
        raise Unavailable(
            f"{url} answered with a page instead of data: {text}. Nothing was stored."
        )
