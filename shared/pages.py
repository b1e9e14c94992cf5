"""Lists in pages: keyset cursors that cannot be forged, and Link headers.

A cursor holds the sort key of the last item seen, not an offset: a page is as fast
at the end as at the start, and nothing is skipped or repeated when items come in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query

from shared.problems import InputError, NotFound

Limit = Annotated[int, Query(ge=1, le=1000, description="How many items at the most.")]
CursorParam = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern="^[A-Za-z0-9_-]+$",
        description="The `next` of the page before; only with the same filters.",
    ),
]


def make_cursor(last: list[Any], question: str, key: bytes) -> str:
    """A cursor after the item with sort key `last`, for one question (filters and sort) only."""
    payload = json.dumps(last, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(payload, question, key) + payload).decode().rstrip("=")


def read_cursor(cursor: str, question: str, key: bytes) -> list[Any]:
    """The sort key in a cursor. NotFound when it was not made here for this question."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    # Base64 is read generously: letters that change nothing would make other cursors of one.
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != cursor:
        raw = b""
    mac, payload = raw[:16], raw[16:]
    if len(mac) < 16 or not hmac.compare_digest(mac, _mac(payload, question, key)):
        allowed = "the `next` of the page before, with the same filters and sort"
        raise NotFound(
            "There is no such page: the cursor does not belong to this list.",
            [
                InputError(
                    "bad_cursor",
                    "Not a cursor of this list.",
                    "/query/cursor",
                    None,
                    None,
                    cursor[:80],
                    allowed,
                )
            ],
        )
    return json.loads(payload)


def next_link(path: str, query: list[tuple[str, str]], cursor: str | None) -> dict[str, str]:
    """The Link header of a page (RFC 8288); empty on the last one."""
    if cursor is None:
        return {}
    rest = [(name, value) for name, value in query if name != "cursor"]
    return {"Link": f'<{path}?{urlencode([*rest, ("cursor", cursor)])}>; rel="next"'}


def _mac(payload: bytes, question: str, key: bytes) -> bytes:
    return hmac.new(key, question.encode() + b"\n" + payload, hashlib.sha256).digest()[:16]
