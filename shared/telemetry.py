"""What is told about a request: a trace id, one JSON log line, metrics. One pure ASGI middleware.

Nothing personal is written: no bodies, no query strings, no addresses of people.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from prometheus_client import Histogram

from shared.clock import now, stamp

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Current trace id: 32 lower-case hexadecimal digits, as in a W3C traceparent.
trace: ContextVar[str] = ContextVar("trace", default="")

DURATION = Histogram(
    "http_request_seconds",
    "Time from the first byte of a request to the last byte of the answer.",
    ["service", "route", "method", "status"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)

_TRACEPARENT = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
# A caller may send any word as method; each would be a label for ever.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Asked every few seconds by whoever watches over us; a line for each would bury the others.
_WATCHED = {"/livez", "/readyz", "/metrics"}
_log = logging.getLogger("access")


class Telemetry:
    """Gives each request a trace id, logs and measures it. Accepts a valid `traceparent`."""

    def __init__(self, app: ASGIApp, *, service: str, access_log: bool) -> None:
        self.app = app
        self.service = service
        self.access_log = access_log
        # Looking a label set up costs a lock and four conversions; there are few of them.
        self._durations: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP is passed on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Embedded, the gateway has begun the trace already and the service joins it.
        trace_id = trace.get() or _incoming(scope) or secrets.token_hex(16)
        token = trace.set(trace_id)
        # An unexpected failure is answered further out, where the variable is reset already.
        scope["trace_id"] = trace_id
        started = time.perf_counter()
        status = 500

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
                for name, _ in headers:
                    if name == b"x-request-id":
                        break
                else:
                    headers.append((b"x-request-id", trace_id.encode()))
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, send_marked)
        finally:
            self._tell(scope, status, time.perf_counter() - started)
            trace.reset(token)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = _template(scope)
        method = scope["method"] if scope["method"] in _METHODS else "(other)"
        key = (route, method, status)
        duration = self._durations.get(key)
        if duration is None:
            duration = DURATION.labels(self.service, route, method, str(status))
            self._durations[key] = duration
        duration.observe(seconds)
        if self.access_log and route not in _WATCHED and _log.isEnabledFor(logging.INFO):
            _log.info(
                "%s %s %s",
                method,
                route,
                status,
                extra={
                    "service": self.service,
                    "route": route,
                    "status": status,
                    "ms": round(seconds * 1000, 2),
                },
            )


def _incoming(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            found = _TRACEPARENT.fullmatch(value)
            return found.group(1).decode() if found else ""
    return ""


def _template(scope: Scope) -> str:
    # Never the path itself: one label per practice would flood the metrics.
    route = scope.get("route")
    return getattr(route, "path", None) or scope.get("route_template") or "(none)"


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; extra fields `service`, `route`, `status`, `ms` are kept."""
        line: dict[str, Any] = {
            "at": stamp(now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace.get():
            line["trace_id"] = trace.get()
        for name in ("service", "route", "status", "ms"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        # ASCII: no line end of Unicode's and no half character gets into the log.
        return json.dumps(line)


def configure_logging(level: str) -> None:
    """JSON lines on standard error from `level` up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # The HTTP client logs each call at INFO, which the access line tells already.
    for chatty in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
