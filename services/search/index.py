"""The search engine as the rest of the service sees it: Meilisearch's HTTP protocol.

Thin on purpose, with a deadline on every call. Nothing outside this module and
`embedded` knows which engine answers. A write is done only when its task has
`succeeded`; the engine's "accepted" means nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from httpx_aiohttp import AiohttpTransport

from shared.problems import Unavailable

_TRY_AGAIN = {"Retry-After": "1"}
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine listens, and the key that opens it."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An engine's answer as it came."""

    status: int
    content: bytes


class Refused(Exception):
    """The engine does not do it: at once, or later when its task failed. `code` is its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Engine:
    """An engine behind an address, which may change when it is started anew.

    address  gives the present address; raises Unavailable while there is none

    Every method raises Unavailable when the engine does not answer in time or answers
    something that is not of the protocol, and Refused when it does not want to.
    """

    def __init__(
        self, address: Callable[[], Address], *, search_seconds: float, task_seconds: float
    ) -> None:
        self._address = address
        self._search_seconds = search_seconds
        self._task_seconds = task_seconds
        # aiohttp under the httpx interface: httpx's own pool does not hold up at 32 connections.
        self._http = httpx.AsyncClient(transport=AiohttpTransport())

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, failure, where)

    # -------------------------------------------------------------- asking

    async def ask(self, path: str, body: Mapping[str, Any]) -> Answer:
        """A search, its answer untouched: 200, or a 400 in which the engine says what is wrong.

        An engine that is too busy is asked once more.
        """
        raw = json.dumps(body, ensure_ascii=False).encode()
        answer = await self._send("POST", path, self._search_seconds, raw)
        if answer.status_code == 503:
            await asyncio.sleep(0.05)
            answer = await self._send("POST", path, self._search_seconds, raw)
        kind = answer.headers.get("content-type", "")
        if answer.status_code not in {200, 400} or not kind.startswith("application/json"):
            raise _unavailable(f"answered {answer.status_code}")
        return Answer(answer.status_code, answer.content)

    async def healthy(self) -> bool:
        """Whether the engine says that it is available."""
        try:
            answer = await self._send("GET", "/health", 1.0)
        except Unavailable:
            return False
        return answer.is_success

    async def version(self) -> str:
        """The engine's version."""
        return _part(await self._json("GET", "/version"), "pkgVersion", str)

    async def counts(self) -> dict[str, int]:
        """Every index with its number of documents."""
        indexes = _part(await self._json("GET", "/stats"), "indexes", dict)
        return {uid: _part(one, "numberOfDocuments", int) for uid, one in indexes.items()}

    async def document(self, uid: str, name: str) -> dict[str, Any] | None:
        """A document, or None when there is none, or no index of that name."""
        answer = await self._send("GET", f"/indexes/{uid}/documents/{quote(name, safe='')}", 5.0)
        return None if answer.status_code == 404 else _object(answer)

    async def documents(
        self, uid: str, offset: int, limit: int, fields: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Documents in the engine's order, some fields of each."""
        query = f"offset={offset}&limit={limit}&fields={','.join(fields)}"
        found = await self._json("GET", f"/indexes/{uid}/documents?{query}")
        return _part(found, "results", list)

    # -------------------------------------------------------------- writing

    async def create(self, uid: str) -> bool:
        """Make an index; False when there is one of that name already."""
        try:
            await self._done("POST", "/indexes", {"uid": uid, "primaryKey": "id"})
        except Refused as refused:
            if refused.code != "index_already_exists":
                raise
            return False
        return True

    async def configure(self, uid: str, settings: Mapping[str, Any]) -> None:
        """Bring the settings in."""
        await self._done("PATCH", f"/indexes/{uid}/settings", settings)

    async def put(self, uid: str, documents: Sequence[Mapping[str, Any]]) -> None:
        """Add documents or replace those with their ids, all or none of them."""
        if documents:
            await self._done("POST", f"/indexes/{uid}/documents", documents)

    async def remove(self, uid: str, ids: Sequence[str]) -> None:
        """Delete documents; an id that is not there does no harm."""
        if ids:
            await self._done("POST", f"/indexes/{uid}/documents/delete-batch", ids)

    async def swap(self, one: str, other: str) -> None:
        """Exchange two indexes in one step; searches see either all of one or all of the other."""
        await self._done("POST", "/swap-indexes", [{"indexes": [one, other]}])

    async def drop(self, uid: str) -> None:
        """Delete an index; none of that name does no harm."""
        try:
            await self._done("DELETE", f"/indexes/{uid}")
        except Refused as refused:
            if refused.code != "index_not_found":
                raise

    # -------------------------------------------------------------- the wire

    async def _done(self, method: str, path: str, body: object = None) -> None:
        """Send a write and wait until its task has succeeded."""
        task = _part(await self._json(method, path, body), "taskUid", int)
        deadline = time.monotonic() + self._task_seconds
        pause = 0.002
        while True:
            found = await self._json("GET", f"/tasks/{task}")
            status = _part(found, "status", str)
            if status == "succeeded":
                return
            if status in {"failed", "canceled"}:
                error: Mapping[str, Any] = found.get("error") or {}
                raise Refused(str(error.get("code", status)), str(error.get("message", "")))
            if time.monotonic() > deadline:
                raise _unavailable(f"has not finished task {task} in time")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    async def _json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return _object(await self._send(method, path, self._task_seconds, raw))

    async def _send(
        self, method: str, path: str, seconds: float, raw: bytes | None = None
    ) -> httpx.Response:
        address = self._address()
        headers = {"Authorization": f"Bearer {address.key}"} if address.key else {}
        if raw is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(raw))}
        try:
            # The timeout of the client is per read: only this one bounds a drip of bytes.
            async with asyncio.timeout(seconds):
                return await self._http.request(
                    method, address.url + path, content=_body(raw), headers=headers, timeout=seconds
                )
        except (httpx.HTTPError, TimeoutError, OSError) as failure:
            raise _unavailable("does not answer") from failure


def _body(raw: bytes | None) -> bytes | AsyncGenerator[bytes] | None:
    # A large body in one piece would hold up everything else while it is sent.
    return raw if raw is None or len(raw) <= _PIECE else _pieces(raw)


async def _pieces(raw: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(raw), _PIECE):
        yield raw[start : start + _PIECE]


def _object(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a success. Refused for an error in the engine's own words."""
    try:
        found = json.loads(answer.content)
    except ValueError:
        raise _unavailable("answers something that is not JSON") from None
    if 400 <= answer.status_code < 500 and isinstance(found, dict) and "code" in found:
        raise Refused(str(found["code"]), str(found.get("message", "")))
    if not answer.is_success or not isinstance(found, dict):
        raise _unavailable(f"answered {answer.status_code}")
    return found


_Part = TypeVar("_Part", int, str, dict[str, Any], list[dict[str, Any]])


def _part(found: Mapping[str, Any], name: str, kind: type[_Part]) -> _Part:
    """A part that the protocol promises."""
    part = found.get(name)
    if not isinstance(part, kind):
        raise _unavailable(f"answers without `{name}`")
    return part


def _unavailable(what: str) -> Unavailable:
    return Unavailable(f"The search engine {what}.", headers=_TRY_AGAIN)
