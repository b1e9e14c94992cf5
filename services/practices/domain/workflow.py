"""Where a practice stands and what may happen next: one table.

Whether a move is legal (does the state allow it?) and whether it is allowed (may this
caller?) are asked apart, in this order, so that a caller learns no more than the state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.actor import Actor
from shared.problems import NotLegal


class State(StrEnum):
    """Where the draft of a practice stands. Nothing is public before PUBLISHED."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Move:
    """From which states, to which state, and with which of these scopes."""

    start: frozenset[State]
    end: State
    scopes: tuple[str, ...]


# A region may publish what it submitted itself; the record then says that nobody has
# evaluated it. docs/decisions/0007 gives the reasons.
MOVES = {
    "edit": Move(frozenset({State.DRAFT}), State.DRAFT, ("practices:write",)),
    "submit": Move(frozenset({State.DRAFT}), State.SUBMITTED, ("practices:write",)),
    "take back": Move(frozenset({State.SUBMITTED}), State.DRAFT, ("practices:write",)),
    "publish": Move(
        frozenset({State.SUBMITTED}), State.PUBLISHED, ("practices:publish", "practices:write")
    ),
    "withdraw": Move(
        frozenset({State.PUBLISHED}), State.WITHDRAWN, ("practices:write", "practices:publish")
    ),
}


def next_state(state: State, action: str, actor: Actor) -> State:
    """Where the action leads. Raises NotLegal for the state, then NotAllowed for the actor."""
    move = MOVES[action]
    if state not in move.start:
        wanted = " or ".join(sorted(move.start))
        raise NotLegal(f"To {action} needs {wanted}; the practice is {state}.")
    actor.needs(*move.scopes)
    return move.end


def actions(state: State) -> list[str]:
    """What is legal in the state, in alphabetical order."""
    return sorted(name for name, move in MOVES.items() if state in move.start)
