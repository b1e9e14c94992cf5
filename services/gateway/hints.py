"""What a page will ask for, said in its head, so that the browser fetches it at once.

The built app's manifest names the files of each page; without a manifest there are no hints.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

from services.gateway.spoken import spoken

MANIFEST: Final = ".vite/manifest.json"
_ENTRY = "index.html"
# Kind of page -> the part of the app, its dictionaries, and what it reads besides the record.
_PAGES: Final[Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    "regions": ("src/region/RegionPage.svelte", ("region", "terms"), ("/editions?limit=1000",)),
    "practices": ("src/practice/PracticePage.svelte", ("practice", "terms"), ()),
}
_API = "/api/v1"


class Hints:
    """Links for the head: modules, styles, dictionaries and answers of the API.

    directory  the built app
    languages  those that have a dictionary; English is used when nothing fits
    """

    def __init__(self, directory: Path, languages: tuple[str, ...]) -> None:
        path = directory / MANIFEST
        self._files: Mapping[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self._languages = languages
        # What every page brings: it is in the index already.
        self._common = {_ENTRY, *self._names(_ENTRY, set())}

    def of(self, kind: str, path: str, language: str | None, accepted: str = "") -> str:
        """The links for a page of a kind at a path; empty for any other page.

        language  asked for in the address
        accepted  the request's Accept-Language
        """
        page = _PAGES.get(kind)
        if page is None or page[0] not in self._files:
            return ""
        part, dictionaries, answers = page
        links = [
            *(_module(each["file"]) for each in self._own(part)),
            *(_style(css) for each in self._own(part) for css in each.get("css", ())),
        ]
        told = spoken(language, accepted, self._languages)
        words = [f"src/lib/i18n/{told}.json"]
        words += [f"src/lib/i18n/{told}/{each}.json" for each in dictionaries]
        found = (self._files[each]["file"] for each in words if each in self._files)
        links += [_fetched(f"/{each}") for each in found]
        links += [_fetched(_API + each) for each in (path, *answers)]
        return "".join(links)

    def _names(self, part: str, seen: set[str]) -> Iterator[str]:
        """The part and all that it imports, each once, but not what was seen before."""
        if part in seen or part not in self._files:
            return
        seen.add(part)
        yield part
        for each in self._files[part].get("imports", ()):
            yield from self._names(each, seen)

    def _own(self, part: str) -> list[Mapping[str, Any]]:
        return [self._files[name] for name in self._names(part, set(self._common))]


def _file(name: str) -> str:
    return escape(f"/{name}", quote=True)


def _module(name: str) -> str:
    return f'<link rel="modulepreload" crossorigin href="{_file(name)}">'


def _style(name: str) -> str:
    return f'<link rel="stylesheet" crossorigin href="{_file(name)}">'


def _fetched(address: str) -> str:
    # Anonymous is what fetch() of the same site does: another mode would fetch it twice.
    return f'<link rel="preload" as="fetch" crossorigin href="{escape(address, quote=True)}">'
