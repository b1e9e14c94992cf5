"""Where a practice stands, what may happen next and who does it: one table.

Whether a move is legal (does the state allow it?) and whether it is allowed (may this
caller?) are asked apart, in this order, so that a caller learns no more than the state.
docs/decisions/0012 gives the reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.actor import Actor
from shared.problems import NotAllowed, NotLegal


class State(StrEnum):
    """Where the draft of a practice stands. Nothing is public before PUBLISHED."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SELECTED = "selected"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class Who(StrEnum):
    """In which part somebody acts on a practice."""

    AUTHOR = "author"
    PUBLISHER = "publisher"
    EVALUATOR = "evaluator"


SCOPES = {
    Who.AUTHOR: "practices:write",
    Who.PUBLISHER: "practices:publish",
    Who.EVALUATOR: "practices:evaluate",
}
WORK = tuple(SCOPES.values())


@dataclass(frozen=True, slots=True)
class Move:
    """From each state where it is legal to the state that it leads to, and who may do it."""

    ends: Mapping[State, State]
    who: tuple[Who, ...]


_D, _S, _C = State.DRAFT, State.SUBMITTED, State.CHANGES_REQUESTED
_SEL, _REV, _ACC = State.SELECTED, State.IN_REVIEW, State.ACCEPTED
_PUB, _WD, _REJ = State.PUBLISHED, State.WITHDRAWN, State.REJECTED


def _stays(*states: State) -> dict[State, State]:
    return {state: state for state in states}


# Changes that were asked for before the selection lead back to SUBMITTED (`back`).
MOVES = {
    "edit": Move(_stays(_D, _SEL, _C) | {_REJ: _D, _PUB: _D, _WD: _D}, (Who.AUTHOR,)),
    "submit": Move({_D: _S, _SEL: _REV, _C: _REV}, (Who.AUTHOR,)),
    "take-back": Move({_S: _D}, (Who.AUTHOR,)),
    "discard": Move({_D: _D, _REJ: _REJ}, (Who.AUTHOR,)),
    "select": Move({_S: _SEL}, (Who.PUBLISHER,)),
    "assign": Move(_stays(_SEL, _REV), (Who.PUBLISHER,)),
    "evaluate": Move(_stays(_REV), (Who.EVALUATOR,)),
    "agree": Move(_stays(_REV), (Who.EVALUATOR, Who.PUBLISHER)),
    "request-changes": Move({_S: _C, _REV: _C, _ACC: _C}, (Who.PUBLISHER,)),
    "accept": Move({_REV: _ACC}, (Who.PUBLISHER,)),
    "reject": Move({_S: _REJ, _SEL: _REJ, _REV: _REJ, _C: _REJ, _ACC: _REJ}, (Who.PUBLISHER,)),
    "publish": Move({_S: _PUB, _ACC: _PUB}, (Who.PUBLISHER,)),
    "withdraw": Move({_PUB: _WD}, (Who.AUTHOR, Who.PUBLISHER)),
}

# Who acts next. In review it is the publisher's turn until both evaluators are named, and
# again when they agree.
_TURN = {
    _D: "author",
    _S: "publisher",
    _SEL: "author",
    _REV: "evaluators",
    _C: "author",
    _ACC: "publisher",
}


def legal(state: State, action: str, back: State | None = None) -> State:
    """Where the action leads, whoever asks. Raises NotLegal when the state does not allow it.

    back  the state to which a practice returns when the changes are made
    """
    move = MOVES[action]
    if state not in move.ends:
        wanted = " or ".join(sorted(move.ends))
        raise NotLegal(f"To {action} needs {wanted}; the practice is {state}.")
    if action == "submit" and state is State.CHANGES_REQUESTED and back is not None:
        return back
    return move.ends[state]


def allowed(
    action: str, actor: Actor, regions: Collection[str] = (), evaluators: Collection[str] = ()
) -> None:
    """Whether this caller may do it. Raises Unauthorized, NotAllowed.

    regions     of the practice, the lead first; empty: only the scope is asked
    evaluators  ids of those who are to judge it
    """
    who = MOVES[action].who
    actor.needs(*(SCOPES[one] for one in who))
    parts = roles(actor, regions, evaluators)
    if regions and not parts.intersection(who):
        if Who.EVALUATOR in who and actor.id in evaluators and of_region(actor, regions):
            raise NotAllowed("An evaluator does not judge a practice of the own region.")
        raise NotAllowed(f"To {action} is for the {' or the '.join(who)} of the practice.")


def next_state(
    state: State,
    action: str,
    actor: Actor,
    regions: Collection[str] = (),
    evaluators: Collection[str] = (),
    back: State | None = None,
) -> State:
    """Where the action leads. Raises NotLegal for the state, then NotAllowed for the actor."""
    end = legal(state, action, back)
    allowed(action, actor, regions, evaluators)
    return end


def roles(actor: Actor, regions: Collection[str], evaluators: Collection[str] = ()) -> set[Who]:
    """The parts in which the actor may act on a practice of these regions (the lead first)."""
    lead = next(iter(regions), "")
    found = {
        who for who in (Who.AUTHOR, Who.PUBLISHER) if lead and actor.speaks_for(lead, SCOPES[who])
    }
    if actor.id in evaluators and actor.holds(SCOPES[Who.EVALUATOR]):
        found |= set() if of_region(actor, regions) else {Who.EVALUATOR}
    return found


def of_region(actor: Actor, regions: Iterable[str]) -> bool:
    """Whether the actor's own regions, as an evaluator or an author, hold one of these."""
    own = actor.regions_for(SCOPES[Who.EVALUATOR], SCOPES[Who.AUTHOR])
    return not own.isdisjoint({*regions, "*"})


def actions(state: State, parts: Collection[Who] | None = None) -> list[str]:
    """What is legal in the state, in alphabetical order; with `parts`, for somebody in these."""
    return sorted(
        name
        for name, move in MOVES.items()
        if state in move.ends and (parts is None or not set(parts).isdisjoint(move.who))
    )


def turn(state: State, *, named: bool = True, agreed: bool = False) -> str:
    """Who acts next: author, publisher, evaluators or nobody.

    named   whether all evaluators are named
    agreed  whether they have agreed
    """
    if state is State.IN_REVIEW and (agreed or not named):
        return "publisher"
    return _TURN.get(state, "nobody")
