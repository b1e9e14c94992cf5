"""Headers that protect readers, on every answer. Pure ASGI."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Ancestors = Callable[[Scope], str]

_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors "
)


def _with(policy: str) -> list[tuple[bytes, bytes]]:
    return [*_ALWAYS, (b"content-security-policy", policy.encode())]


_API = _with("default-src 'none'; frame-ancestors 'none'")
_DOCS = _with("default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'")
_PAGES = _with(_PAGE + "'none'")


class Shield:
    """Adds the headers that a kind of answer needs.

    ancestors  who may frame a page below `/embed/`, as a source list of `frame-ancestors`
    secure     whether the platform is reached over HTTPS: browsers are told to stay there
    """

    def __init__(
        self, app: ASGIApp, ancestors: Ancestors = lambda _: "'none'", secure: bool = False
    ) -> None:
        self.app = app
        self._ancestors = ancestors
        # No preload and no subdomains: that is for the owner of the domain to decide.
        self._stay = [(b"strict-transport-security", b"max-age=31536000")] if secure else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        more = self._headers(scope) + self._stay

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        await self.app(scope, receive, shielded)

    def _headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        path: str = scope["path"]
        if path.startswith("/api/"):
            return _DOCS if path.startswith("/api/v1/docs") else _API
        # Slashes too many do not make another page of one: `/embed/` is `/embed`.
        if path.strip("/").startswith("embed/"):
            return _with(_PAGE + self._ancestors(scope))
        return _PAGES
