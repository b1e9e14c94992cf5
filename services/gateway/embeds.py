"""Embed keys at the door: may this page search with this key, on whose quota, framed by whom.

A key is no secret, it stands in the partner's page. It may search and nothing else, from
the partner's origins only, within its own quota.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qsl

from starlette.types import Scope

from services.gateway import store_embeds
from services.gateway.quotas import Quota, Quotas
from services.gateway.store_embeds import PREFIX
from services.gateway.tables_embeds import EmbedKey
from shared.clock import now
from shared.db import Database
from shared.problems import BadRequest, NotAllowed, Problem, TooMany, Unauthorized

_log = logging.getLogger("embeds")
_REFRESH_SECONDS = 5.0
_FLUSH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Key:
    """A working key as the door needs it. frames: its origins as `frame-ancestors` has them."""

    id: str
    origins: frozenset[bytes]
    quota: Quota
    frames: str
    retires_at: datetime | None


class Embeds:
    """The working keys, read anew every few seconds, and how often each was used.

    site  our own address: the page that a partner frames searches from there
    """

    def __init__(self, database: Database, quotas: Quotas, site: str) -> None:
        self._database = database
        self._quotas = quotas
        self._site = site.rstrip("/").encode()
        self._keys: dict[str, Key] = {}
        self._used: dict[tuple[str, date], list[int]] = {}

    def cors(self, key_id: str, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        """The headers that let a page of this origin read the answer.

        Unauthorized for a key that does not work, NotAllowed from another origin.
        """
        key = self._working(key_id)
        if origin is None:
            raise NotAllowed("With an embed key a request needs the Origin that browsers send.")
        if origin != self._site and origin not in key.origins:
            named = origin.decode("latin-1")[:100]
            raise NotAllowed(f"The embed key may not be used from {named}.")
        return [(b"access-control-allow-origin", origin), (b"vary", b"Origin")]

    def counted(self, key_id: str) -> list[tuple[bytes, bytes]]:
        """Count one search with the key; what is left. TooMany over its quota."""
        key = self._working(key_id)
        used = self._used.setdefault((key.id, now().date()), [0, 0])
        try:
            fields = self._quotas.take(key.quota, key.id)
        except TooMany:
            used[1] += 1
            raise
        used[0] += 1
        return fields

    def ancestors(self, scope: Scope) -> str:
        """Who may frame the page: the origins of the key in its address, otherwise nobody."""
        with contextlib.suppress(Problem):
            key_id, _ = key_in(scope["query_string"])
            key = self._of(key_id) if key_id else None
            if key is not None:
                return key.frames
        return "'none'"

    def _of(self, key_id: str) -> Key | None:
        key = self._keys.get(key_id)
        if key is not None and key.retires_at is not None and key.retires_at <= now():
            return None
        return key

    def _working(self, key_id: str) -> Key:
        key = self._of(key_id)
        if key is None:
            raise Unauthorized(
                "The embed key is unknown, revoked or was replaced long ago.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        return key

    async def refresh(self) -> None:
        """Read the keys that work; call it after a change."""
        rows: Iterable[EmbedKey] = await self._database.read(store_embeds.working)
        self._keys = {
            row.id: Key(
                row.id,
                frozenset(origin.encode() for origin in row.origins),
                Quota("key", row.per_minute),
                " ".join(row.origins),
                row.retires_at,
            )
            for row in rows
        }

    async def flush(self) -> None:
        """Write down what was used since the last time."""
        used, self._used = self._used, {}
        if not used:
            return
        try:
            counts = {place: (found[0], found[1]) for place, found in used.items()}
            await self._database.write(store_embeds.count, counts)
        except Problem:
            for place, (requests, refused) in used.items():
                mine = self._used.setdefault(place, [0, 0])
                mine[0] += requests
                mine[1] += refused
            raise

    async def keep(self) -> None:
        """Read keys and write use for ever; ends when cancelled. The caller flushes the rest."""
        since_flush, told = 0.0, ""
        while True:
            try:
                await self.refresh()
                if since_flush >= _FLUSH_SECONDS:
                    since_flush = 0.0
                    await self.flush()
                told = ""
            except Problem as failure:
                if failure.detail != told:
                    told = failure.detail
                    _log.warning("embed keys stay as they were known: %s", told)
            await asyncio.sleep(_REFRESH_SECONDS)
            since_flush += _REFRESH_SECONDS


def key_asked(scope: Scope, asked: Mapping[bytes, bytes]) -> tuple[str | None, bytes]:
    """The embed key of a search, None without one, and the query without it.

    A client of Meilisearch sends it as a bearer token; a link carries it as `key`. A
    token of another form is a partner's own and none of ours.
    """
    in_query, rest = key_in(scope["query_string"])
    token = bearer(asked.get(b"authorization", b""))
    in_header = token if token.startswith(PREFIX) else None
    if in_query and in_header and in_query != in_header:
        raise BadRequest("Two different embed keys are given.")
    return in_header or in_query, rest


def bearer(authorization: bytes) -> str:
    """The token of an Authorization header; empty without one of that kind."""
    kind, _, token = authorization.decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def key_in(query: bytes) -> tuple[str | None, bytes]:
    """The value of `key` in a query, None without one, and the query without it."""
    if b"key=" not in query:
        return None, query
    parts = query.split(b"&")
    rest = [part for part in parts if not part.startswith(b"key=")]
    if len(parts) - len(rest) > 1:
        raise BadRequest("Give one `key`.")
    found = parse_qsl(next((p for p in parts if p.startswith(b"key=")), b"").decode("latin-1"))
    return (found[0][1] if found else None), b"&".join(rest)
