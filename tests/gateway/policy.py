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


class Owned(NamedTuple):
    """How operations on what somebody has are answered to a holder of the scope who has it not.

    operations  with their methods, or how the paths of all of them begin
    another     the status for what another has; None where a status does not tell
    nobodys     the status for what nobody has; None where there is no such thing
    """

    operations: tuple[str, ...]
    another: int | None
    nobodys: int | None

    def covers(self, route: Route) -> bool:
        """Whether the operation is one of these."""
        whole = f"{route.method} {route.path}"
        return whole in self.operations or any(
            one.startswith("/") and route.path.startswith(one) for one in self.operations
        )


def cells() -> list[Cell]:
    """Every decision that the page names."""
    rows = re.findall(r"^\| `([A-Z]+) (\S+)` \|(.*)\|$", _part("Who may do what"), re.M)
    return [
        Cell(method, path, caller, bool(mark.strip()))
        for method, path, marks in rows
        for caller, mark in zip(CALLERS, marks.split("|"), strict=True)
    ]


def owned() -> list[Owned]:
    """Whose things are, by the page."""
    rows = re.findall(r"^\| (`.*) \|.*\|(.*)\|(.*)\|$", _part("Whose it is"), re.M)
    return [
        Owned(
            tuple(re.findall(r"`([^`]+)`", operations)),
            *(int(told) if told.strip().isdigit() else None for told in answers),
        )
        for operations, *answers in rows
    ]


def _part(title: str) -> str:
    return PAGE.read_text("utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]


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
