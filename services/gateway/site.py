"""The web app's files, held in memory and sent as they are, with the head of each page filled.

Files with a hash in their name never change and are cached for a year. Pages are one
`index.html` whose title and description are filled for the address, with a true 404
where there is no such page, region or practice.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from services.gateway import sitemap
from services.gateway.composed import takes_gzip
from services.gateway.documentation import problem_page
from services.gateway.essentials import Essentials
from services.gateway.hints import MANIFEST, Hints
from services.gateway.spoken import spoken

LANGUAGES = ("en", "fr", "de", "it", "es", "pt", "sv", "ca")
_HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
# Partners' pages load these; a module script of another site needs to be allowed to.
_EMBEDDED = "/embed/"
_FRAME = "/embed/practices"
_IMMUTABLE = "public, max-age=31536000, immutable"
_NOT_BUILT = (
    "<!doctype html><html lang=en><title>Not built</title><h1>The web app is not built</h1>"
    "<p>Run <code>make run</code>, or <code>npm ci && npm run build</code> in <code>web</code>. "
    'The API works: <a href="/api/v1/docs">/api/v1/docs</a>.'
)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in a page's head. status is 404 where there is no such thing."""

    title: str
    description: str
    status: int = 200
    # What the page is about, for readers without scripts: `regions` or `practices` and the record.
    kind: str = ""
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes | None
    kind: str
    etag: str
    cache: str


class Site:
    """The web app as an ASGI application.

    describe  the head of a page for a path as `page_of` gives it
    """

    def __init__(
        self, directory: Path, site: str, describe: Callable[[str], Awaitable[Head]]
    ) -> None:
        self._site = site
        self._describe = describe
        self._essentials = Essentials(directory, LANGUAGES)
        self._hints = Hints(directory, LANGUAGES)
        self._files = {
            "/" + path.relative_to(directory).as_posix(): _file(path)
            for path in sorted(directory.rglob("*"))
            if path.is_file()
        }
        index = self._files.pop("/index.html", None)
        self._files.pop("/" + MANIFEST, None)
        self._index = index.body.decode() if index else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file or a page."""
        request = Request(scope)
        answer = await self._answer(request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD"})
        path = request.scope["path"]
        if path == _FRAME:
            path += ".html"
        request.scope["route_template"] = "(file)" if path in self._files else "(page)"
        if path in self._files:
            return _sent(request, self._files[path])
        path = page_of(path)
        if path.startswith("/problems/"):
            described = problem_page(path.removeprefix("/problems/"))
            if described is not None:
                return HTMLResponse(described)
        if self._index is None:
            return HTMLResponse(_NOT_BUILT, 503)
        if path == sitemap.ROBOTS:
            return PlainTextResponse(sitemap.robots(self._site))
        head = await self._describe(path)
        if head.kind == "sitemap" and head.facts is not None:
            listed = sitemap.document(self._site, head.facts["paths"])
            return Response(listed, media_type="application/xml")
        asked = request.query_params.get("lang")
        accepted = request.headers.get("accept-language", "")
        essentials = self._essentials.of(head.kind, head.facts, asked, accepted)
        hints = self._hints.of(head.kind, path, asked, accepted)
        # Without essentials the page is the app's to write, and its head is in English.
        language = spoken(asked, accepted, LANGUAGES) if essentials else None
        head = self._told(head, language)
        html = filled(self._index, head, self._site, path, essentials, language, hints)
        packed = takes_gzip(request.headers.get("accept-encoding", "").encode("latin-1"))
        body = gzip.compress(html.encode(), 1) if packed else html.encode()
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding, Accept-Language"}
        if packed:
            headers["Content-Encoding"] = "gzip"
        return HTMLResponse(body, head.status, headers=headers)

    def _told(self, head: Head, language: str | None) -> Head:
        """The head of a profile in the reader's language; any other as it is."""
        if head.kind != "regions" or head.facts is None or language is None:
            return head
        words = self._essentials.head_of(head.facts, language)
        return replace(head, title=words[0], description=words[1]) if words else head


def page_of(path: str) -> str:
    """The one address of a page; as for the app (`routeOf`), slashes too many do not count."""
    page = "/" + "/".join(part for part in path.split("/") if part)
    return "/" if page == "/map" else page


def filled(
    index: str,
    head: Head,
    site: str,
    path: str,
    essentials: str = "",
    language: str | None = None,
    hints: str = "",
) -> str:
    """The page with its head (title, description, addresses, hints) and essentials filled in."""
    title, description = escape(head.title), escape(head.description)
    address = escape(f"{site}{path}")
    links = "".join(
        f'<link rel="alternate" hreflang="{language}" href="{address}?lang={language}">'
        for language in LANGUAGES
    )
    more = (
        f'<link rel="canonical" href="{address}">{links}'
        f'<meta property="og:title" content="{title}">'
        f'<meta property="og:description" content="{description}">'
        f'<meta property="og:url" content="{address}"><meta property="og:type" content="website">'
    )
    more += hints
    if head.status == 404:
        more = '<meta name="robots" content="noindex">'
    page = re.sub(r"<title>.*?</title>", lambda _: f"<title>{title}</title>", index, count=1)
    page = re.sub(
        r'<meta name="description"[^>]*>',
        lambda _: f'<meta name="description" content="{description}">',
        page,
        count=1,
    )
    if language in LANGUAGES:
        page = page.replace('<html lang="en">', f'<html lang="{language}">', 1)
    if essentials:
        # The page can be read as it is, so nobody is told that it cannot.
        page = re.sub(r"<noscript>.*?</noscript>", "", page, count=1, flags=re.DOTALL)
        page = page.replace('<div id="app">', '<div id="app">' + essentials, 1)
    return page.replace("</head>", more + "</head>", 1)


def _file(path: Path) -> _File:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind.endswith(("json", "javascript", "xml"))
    digest = hashlib.sha256(body).hexdigest()[:24]
    return _File(
        body=body,
        packed=gzip.compress(body, 9, mtime=0) if is_text and len(body) > 500 else None,
        kind=kind + ("; charset=utf-8" if is_text else ""),
        etag=f'"{digest}"',
        cache=_IMMUTABLE if _HASHED.search(path.name) else "public, max-age=300",
    )


def _sent(request: Request, file: _File) -> Response:
    headers = {"ETag": file.etag, "Cache-Control": file.cache, "Vary": "Accept-Encoding"}
    if request.scope["path"].startswith(_EMBEDDED):
        headers["Access-Control-Allow-Origin"] = "*"
    body = file.body
    accepted = request.headers.get("accept-encoding", "").encode("latin-1")
    if file.packed is not None and takes_gzip(accepted):
        body = file.packed
        # Other bytes, so another strong ETag.
        headers["ETag"] = f'{file.etag[:-1]}-gzip"'
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if body is file.packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=file.kind, headers=headers)
