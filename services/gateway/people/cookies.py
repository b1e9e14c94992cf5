"""The cookie that a browser keeps, and which pages may use it.

On a site with https the name begins with `__Host-`: a browser then takes it from this
very host only, for the whole of it, and never without encryption.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from shared.problems import NotAllowed

Headers = Iterable[tuple[bytes, bytes]]
_SAFE = {"GET", "HEAD", "OPTIONS"}


class Cookie:
    """One cookie of ours."""

    def __init__(self, site: str, name: str, seconds: int) -> None:
        self._secure = urlsplit(site).scheme == "https"
        self.name = f"__Host-{name}" if self._secure else name
        self._seconds = seconds

    def held(self, headers: Headers) -> str:
        """What a request's cookie holds; "" without one, or with two that differ."""
        found = {
            value.strip()
            for header, line in headers
            if header == b"cookie"
            for name, _, value in (
                part.partition("=") for part in line.decode("latin-1").split(";")
            )
            if name.strip() == self.name
        }
        return found.pop() if len(found) == 1 else ""

    def holding(self, value: str) -> str:
        """The Set-Cookie header that has a browser keep the value."""
        return self._line(value, self._seconds)

    def cleared(self) -> str:
        """The Set-Cookie header that has a browser forget it."""
        return self._line("", 0)

    def _line(self, value: str, seconds: int) -> str:
        line = f"{self.name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
        return line + "; Secure" if self._secure else line


def check_origin(headers: Headers, method: str, site: str) -> None:
    """Raises NotAllowed when a request that changes something comes from a page of another site.

    A browser says in Sec-Fetch-Site where a request comes from, and no page can forge it;
    older ones send Origin. A request with a cookie and without either is refused.
    """
    if method in _SAFE:
        return
    sent = {name: value.decode("latin-1") for name, value in headers}
    asked_by = sent.get(b"sec-fetch-site")
    origin = sent.get(b"origin", "")
    if asked_by is not None:
        if asked_by == "same-origin":
            return
    elif origin and _is_ours(origin, site, sent.get(b"host", "")):
        return
    raise NotAllowed(
        "The request comes from another site. With a cookie only pages of this one may write; "
        "a system sends an access token."
    )


def _is_ours(origin: str, site: str, host: str) -> bool:
    there, here = urlsplit(origin), urlsplit(site)
    if (there.scheme, there.netloc) == (here.scheme, here.netloc):
        return True
    # A laptop has two names, localhost and 127.0.0.1; SITE says one of them.
    return here.scheme == there.scheme == "http" and there.netloc == host
