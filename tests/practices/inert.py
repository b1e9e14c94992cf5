"""Judging HTML: what in it could act, by a parser of its own and by a short allow-list."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

PAYLOADS = [
    line
    for line in (Path(__file__).parent / "data" / "xss.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("# T") and not line.startswith("# w")
]
_ELEMENTS = frozenset("a blockquote br code em h3 h4 h5 h6 hr li ol p pre strong ul".split())  # noqa: SIM905
_ADDRESS = re.compile(r"(https?://[^/\\\s]|mailto:[^/\\\s])", re.IGNORECASE)


class _Judge(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ELEMENTS:
            self.found.append(f"element {tag}")
        for name, value in attrs:
            if tag != "a" or name not in ("href", "rel"):
                self.found.append(f"attribute {name} of {tag}")
            elif name == "href" and not _ADDRESS.match(value or ""):
                self.found.append(f"address {value}")
        if tag == "a" and "href" in dict(attrs) and dict(attrs).get("rel") != "nofollow noopener":
            self.found.append("a link without rel")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.found.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.found.append("instruction")

    def unknown_decl(self, data: str) -> None:
        self.found.append("unknown declaration")


def acting(html: str) -> list[str]:
    """What in the HTML is not inert; empty for safe HTML."""
    judge = _Judge()
    judge.feed(html)
    judge.close()
    return judge.found
