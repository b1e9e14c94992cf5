"""The first to see a request: is it for us, who really asks, and which part answers.

A dispatch by prefix stands here instead of a router: sixty routes of the API are one
prefix, and asking a router of the framework costs more than all the rest of the gateway.
"""

from __future__ import annotations

import logging

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.door import PREFIX, Door
from services.gateway.headers import by_name
from services.gateway.trusted import Hosts, Proxies
from services.gateway.upstreams import Truncated
from shared import service
from shared.problems import BadRequest, Internal, Problem, Unavailable

_log = logging.getLogger("edge")
# Systems look for these at the root (RFC 8414).
_API = (PREFIX + "/", "/oauth/", "/.well-known/")
# What the machinery around us asks for, by whatever name it knows us.
_OPERATIONS = frozenset({"/livez", "/readyz", "/metrics"})


class Edge:
    """Every request but those of the machinery goes from here to the door or to the web app."""

    def __init__(
        self, app: ASGIApp, *, door: Door, site: ASGIApp, hosts: Hosts, proxies: Proxies
    ) -> None:
        """Made once. app answers /livez, /readyz, /metrics and /internal."""
        self.app = app
        self._door = door
        self._site = site
        self._hosts = hosts
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever goes wrong is answered with a problem."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._pass(scope, receive, watched)
        except Exception as failure:
            # Half an answer cannot be mended: the server cuts the connection.
            if started:
                raise
            await service.answer(_told(failure), Request(scope))(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path in _OPERATIONS or path.startswith("/internal/"):
            await self.app(scope, receive, send)
            return
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        asked = by_name(headers)
        self._check_host(asked.get(b"host"))
        self._proxies.unwrap(scope, headers)
        if path.startswith(_API) or path == PREFIX:
            await self._door(scope, receive, send, asked)
        else:
            await self._site(scope, receive, send)

    def _check_host(self, host: bytes | None) -> None:
        if host is None:
            raise BadRequest("Send a Host header.")
        if not self._hosts.serve(host):
            name = host.decode("latin-1")[:100]
            raise BadRequest(
                f"This platform does not answer for {name!r}. Its operator can add the name with "
                "SITE or GATEWAY_HOSTS."
            )


def _told(failure: Exception) -> Problem:
    if isinstance(failure, Problem):
        return failure
    if isinstance(failure, Truncated):
        return Unavailable(f"{failure}.".capitalize(), headers={"Retry-After": "2"})
    _log.error("nobody expected this", exc_info=failure)
    return Internal("We have logged what happened; the trace id finds it.")
