"""Long texts as HTML that cannot do anything.

A text is kept as it was written, in Markdown (CommonMark). Readers get its HTML beside
it, made in three steps, each of which would be enough for most attacks: Markdown without
HTML, an allow-list of elements and attributes, and a rule for links: http, https and
mailto, complete with their scheme. `//elsewhere` and relative addresses are no links.
Pictures are left out: they would tell a stranger who reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt

TAGS = frozenset(
    "a blockquote br code em h3 h4 h5 h6 hr li ol p pre strong ul".split()  # noqa: SIM905
)
_LINK = re.compile(r"(?:https?://[A-Za-z0-9\[]|mailto:[^/\\])", re.IGNORECASE)
_LONG_TEXTS = ("summary",)


def _linked(url: str) -> bool:
    return _LINK.match(url) is not None


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
    markdown.validateLink = _linked
    return markdown


_MARKDOWN = _markdown()


@lru_cache(maxsize=4096)
def html(text: str) -> str:
    """The text as safe HTML. Headings begin at h3: they stand inside a page."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    written = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        written,
        tags=set(TAGS),
        attributes={"*": set(), "a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener",
    ).strip()


def texts(record: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The long texts of a record with their pointers; those that are empty are left out."""
    for name in _LONG_TEXTS:
        if record.get(name):
            yield f"/{name}", record[name]
    for index, translation in enumerate(record.get("translations") or ()):
        if translation.get("summary"):
            yield f"/translations/{index}/summary", translation["summary"]
    for code, answer in (record.get("questionnaire") or {}).items():
        if isinstance(answer, str) and answer:
            yield f"/questionnaire/{code.replace('~', '~0').replace('/', '~1')}", answer


def of(record: Mapping[str, Any]) -> dict[str, str]:
    """The HTML of every long text of a record, by pointer."""
    return {pointer: html(text) for pointer, text in texts(record)}
