"""Who may do what, as docs/reference/roles.md says it: the policy that the code is held against."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from services.gateway.domain.roles import ROLES
from services.gateway.routes import ROUTES, Route

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "roles.md"
CALLERS = ("nobody", "signed in", *ROLES)
_HEAD = f"| operation | {' | '.join(CALLERS)} |"


class Cell(NamedTuple):
    """One decision: an operation, who asks, whether it may be done at all."""

    method: str
    path: str
    caller: str
    allowed: bool


def cells() -> list[Cell]:
    """Every decision that the page names."""
    rows = re.findall(r"^\| `([A-Z]+) (\S+)` \|(.*)\|$", PAGE.read_text("utf-8"), re.M)
    return [
        Cell(method, path, caller, bool(mark.strip()))
        for method, path, marks in rows
        for caller, mark in zip(CALLERS, marks.split("|"), strict=True)
    ]


def scopes_of(caller: str) -> frozenset[str]:
    """What a caller holds, by the role."""
    return frozenset(ROLES.get(caller, ()))


def passes(route: Route, caller: str) -> bool:
    """Whether the door lets the caller through."""
    return not route.scopes or bool(scopes_of(caller) & set(route.scopes))


def as_table() -> str:
    """The table as the code is now, for the page: `python -m tests.gateway.policy`."""
    own = "/session/"
    lines = [_HEAD, "|---" * (len(CALLERS) + 1) + "|"]
    for route in ROUTES:
        marks = ["x" if passes(route, caller) else "" for caller in CALLERS]
        if route.method == "POST" and route.path.startswith(own):
            marks[0] = ""
        lines.append(f"| `{route.method} {route.path}` | {' | '.join(marks)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_table())
