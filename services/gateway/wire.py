"""uvicorn's HTTP protocol with an end to waiting, and with limits.

uvicorn waits for ever for the rest of a request and lets headers grow without end. Here a
head has ten seconds, a body must keep coming, a reader must keep reading, and what is
refused is refused with a problem. Nothing is timed per request: a sweep looks at all
connections twice a second, so the limits cost a request nothing.
"""

from __future__ import annotations

import asyncio
import json
import resource
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.gateway.trusted import Proxies, is_loopback
from shared.problems import BadRequest

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

_SWEEP_SECONDS = 0.5
_LARGEST_HEAD = 32_768
_MOST_HEADERS = 100
_LONGEST_TARGET = 16_384
# Far above what any route takes: for a body that nobody reads any more.
_LARGEST_BODY = 256_000_000


class Lobby:
    """All connections of one server, and who waits for what.

    per_peer  connections that one address may hold; 0 means any number. This machine and
              the proxies in front hold as many as they like
    most      connections in all; None: three quarters of the files that the process may open
    """

    def __init__(
        self, proxies: Proxies | None = None, *, per_peer: int = 200, most: int | None = None
    ) -> None:
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = most or min(files * 3 // 4, 10_000)
        self._per_peer = per_peer
        self._proxies = proxies or Proxies(())
        self._wires: dict[Wire, None] = {}
        self._of_peer: Counter[str] = Counter()
        self._sweeping: asyncio.TimerHandle | None = None

    def admit(self, wire: Wire, peer: str) -> bool:
        """Whether there is room. The one that has waited longest with half a head makes room."""
        if not self.is_exempt(peer) and self._of_peer[peer] >= self._per_peer:
            return False
        if len(self._wires) >= self._most:
            # In order of arrival, so the first half-open one is the oldest.
            oldest = next((one for one in self._wires if one.is_half_open), None)
            if oldest is None:
                return False
            oldest.drop()
            self.leave(oldest, oldest.peer)
        self._wires[wire] = None
        self._of_peer[peer] += 1
        if self._sweeping is None:
            self._sweeping = wire.loop.call_later(_SWEEP_SECONDS, self._sweep, wire.loop)
        return True

    def leave(self, wire: Wire, peer: str) -> None:
        """The connection is gone."""
        if wire not in self._wires:
            return
        del self._wires[wire]
        self._of_peer[peer] -= 1
        if not self._of_peer[peer]:
            del self._of_peer[peer]

    def is_exempt(self, peer: str) -> bool:
        """Whether the peer may hold any number of connections."""
        return not self._per_peer or is_loopback(peer) or self._proxies.trusts(peer)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        moment = loop.time()
        for wire in list(self._wires):
            wire.check(moment)
        again = bool(self._wires)
        self._sweeping = loop.call_later(_SWEEP_SECONDS, self._sweep, loop) if again else None


# What a connection waits for: a request's head, its body, our answer, the next request.
_HEAD, _BODY, _ANSWER, _NEXT = range(4)


class Wire(HttpToolsProtocol):
    """One connection."""

    lobby: ClassVar[Lobby]
    # A body may be slow for a while, then it must come at this rate: 2 MB in five minutes.
    head_seconds: ClassVar[float] = 10.0
    body_seconds: ClassVar[float] = 20.0
    body_rate: ClassVar[int] = 8_192
    read_seconds: ClassVar[float] = 30.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.peer = ""
        self._phase = _HEAD
        self._since = self.loop.time()
        self._stalled_at: float | None = None
        self._bytes = 0
        self._in_head = 0
        self._refusal: tuple[int, str] | None = None

    @property
    def is_half_open(self) -> bool:
        """Whether it waits for the rest of a head."""
        return self._phase == _HEAD

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; closed at once where there is no room."""
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        if not self.lobby.admit(self, self.peer):
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.lobby.leave(self, self.peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read; refused as soon as a head is larger than heads may be."""
        if self.transport.is_closing():
            return
        if self._phase == _NEXT:
            self._wait_for(_HEAD)
        self._bytes += len(data)
        super().data_received(data)
        if self._phase == _HEAD and self._bytes > _LARGEST_HEAD:
            self.refuse(431, f"The head of a request may have {_LARGEST_HEAD} bytes.")
        elif self._phase == _BODY and self._bytes > _LARGEST_BODY:
            self.drop()

    def on_message_begin(self) -> None:
        """A request begins, perhaps before the last one was answered."""
        super().on_message_begin()
        self._in_head = 0
        if self._phase != _HEAD:
            self._wait_for(_HEAD)

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        super().on_url(url)
        if len(self.url) > _LONGEST_TARGET:
            self._refusal = (414, f"The address is longer than {_LONGEST_TARGET} bytes.")
            raise ValueError("target")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; a trailer counts too."""
        self._in_head += len(name) + len(value) + 4
        if self._in_head > _LARGEST_HEAD or len(self.headers) >= _MOST_HEADERS:
            self._refusal = (
                431,
                f"A request may have {_MOST_HEADERS} headers of {_LARGEST_HEAD} bytes together.",
            )
            raise ValueError("headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here."""
        if not self.url.startswith(b"/"):
            self._take_authority()
        super().on_headers_complete()
        self._wait_for(_BODY)

    def on_message_complete(self) -> None:
        """The body is here."""
        self._wait_for(_ANSWER)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is sent."""
        if self._phase == _ANSWER:
            self._wait_for(_NEXT)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The reader is slower than the answer."""
        self._stalled_at = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """The reader has caught up."""
        self._stalled_at = None
        super().resume_writing()

    def check(self, moment: float) -> None:
        """End it when what it waits for is overdue."""
        if self._stalled_at is not None and moment - self._stalled_at > self.read_seconds:
            self.drop()
        elif self._phase in (_HEAD, _BODY):
            self._check_request(moment)

    def _check_request(self, moment: float) -> None:
        if self.flow.read_paused:
            # It is we who do not read.
            self._since = moment
            return
        waited = moment - self._since
        if self._phase == _HEAD and waited > self.head_seconds:
            if self._bytes:
                self.refuse(408, f"The head did not come within {self.head_seconds:.0f} s.")
            else:
                self.transport.close()
        elif self._phase == _BODY and waited > self.body_seconds + self._bytes / self.body_rate:
            self.refuse(408, "The body did not come, or too slowly.")

    def refuse(self, status: int, detail: str) -> None:
        """Answer with a problem where no answer has begun, and close."""
        if self.transport.is_closing():
            return
        # None until the first head has come, whatever its declaration says.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is not None and not cycle.response_complete:
            if self._phase == _HEAD or cycle.response_started:
                # It would be read as the answer to what was asked before, or as a part of it.
                self.drop()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(_problem(status, detail))
        self.transport.close()

    def drop(self) -> None:
        """Close without a word."""
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """What the parser refused."""
        status, detail = self._refusal or (400, "This is not HTTP/1.1 as RFC 9112 has it.")
        self.refuse(status, detail)

    def _unsupported_upgrade_warning(self) -> None:
        # Not worth a line: curl asks for HTTP/2 with every request.
        pass

    def _wait_for(self, phase: int) -> None:
        self._phase = phase
        self._since = self.loop.time()
        self._bytes = 0

    def _take_authority(self) -> None:
        # In the absolute form the host is in the target, whatever the Host header says.
        target = httptools.parse_url(self.url)
        if target.schema not in (b"http", b"https") or not target.host or not target.path:
            raise ValueError("target")
        host = target.host if not target.port else b"%b:%d" % (target.host, target.port)
        self.headers[:] = [pair for pair in self.headers if pair[0] != b"host"] + [(b"host", host)]


def protocol(lobby: Lobby) -> type[Wire]:
    """The protocol class of a server whose connections are in this lobby."""
    return type("Wire", (Wire,), {"lobby": lobby})


def _problem(status: int, detail: str) -> bytes:
    found = BadRequest(detail).body("", "")
    phrase = HTTPStatus(status).phrase
    if status != 400:
        # No problem of ours: the status says it all (RFC 9457, 4.2.1).
        code = phrase.lower().replace(" ", "-")
        found |= {"type": "about:blank", "title": phrase, "status": status, "code": code}
    body = json.dumps(found)
    return (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\n"
        f"cache-control: no-store\r\nconnection: close\r\n\r\n{body}"
    ).encode()
