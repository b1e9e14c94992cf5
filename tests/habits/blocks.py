"""The code blocks of a document and what is said about running them.

Right before its fence a block carries `<!-- run: NAME -->` when a test runs it, or
`<!-- not run: WHY -->` when none can.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"(?:<!-- (run|not run): (.+?) -->\n)?^```(\w+)\n(.*?)^```$", re.M | re.S)
COMMANDS = ("sh", "python", "js", "html")


class Block(NamedTuple):
    """A block that a reader would type. `name` is None when no test runs it, `why` says why."""

    language: str
    text: str
    name: str | None
    why: str | None


def blocks(document: Path) -> list[Block]:
    """The blocks of commands in the order of the document."""
    found = _FENCE.findall(document.read_text("utf-8"))
    return [
        Block(language, text, words if kind == "run" else None, words if kind != "run" else None)
        for kind, words, language, text in found
        if language in COMMANDS
    ]


def block(document: Path, name: str) -> str:
    """The text of the block that is run under that name."""
    (text,) = (one.text for one in blocks(document) if one.name == name)
    return text
