"""Questionnaires: where one stands, who may take which step, and how two experts become one.

An assessment of an edition has two seats. Two experts of the region answer every question,
each for themselves; then a reviewer sees both and decides each cell. A self-assessment
belongs to its region and has one seat for all who speak for it; it has no steps.

Whether a step is legal (does the state allow it?) and whether it is allowed (may this
caller?) are asked apart, in this order, so that a caller learns no more than the state.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.actor import Actor
from shared.problems import InputError, NotAllowed, NotLegal

SEATS = 2
"""How many experts answer for one region in an edition."""

WRITE, REVIEW = "indicators:write", "indicators:review"


class Kind(StrEnum):
    """What the answers are for: an edition, or the region's own eyes."""

    EDITION = "edition"
    SELF = "self"


class State(StrEnum):
    """Where an assessment stands. A self-assessment is always ANSWERING."""

    ANSWERING = "answering"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    PUBLISHED = "published"


class SeatState(StrEnum):
    """Where one expert stands."""

    FREE = "free"
    OPEN = "open"
    SUBMITTED = "submitted"


class Role(StrEnum):
    """What a caller is to one assessment."""

    EXPERT = "expert"
    REGION = "region"
    REVIEWER = "reviewer"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Seat:
    """One expert's place. `holder` is the id of an actor; None while free or of the region.

    writers  ids of those whose answers stand in it; a seat that was freed may hold some
    """

    number: int
    holder: str | None
    state: SeatState
    writers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Position:
    """Where an assessment stands as a whole."""

    kind: Kind
    state: State
    seats: tuple[Seat, ...]

    def seat(self, number: int) -> Seat:
        """The seat of that number."""
        return next(one for one in self.seats if one.number == number)


@dataclass(frozen=True, slots=True)
class Standing:
    """The caller's role, with the seat that an expert holds."""

    role: Role
    seat: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Who may take a step from which states, what it needs of the own seat, where it leads.

    end   IN_REVIEW is reached once every seat is submitted, ANSWERING holds until then
    seat  what becomes of the own seat, a free one, or those that are named; None: nothing
    """

    role: Role
    start: frozenset[State]
    end: State
    own: SeatState | None = None
    seat: SeatState | None = None
    kinds: frozenset[Kind] = frozenset({Kind.EDITION})


_BOTH = frozenset(Kind)
_ANSWERING, _IN_REVIEW, _ACCEPTED, _PUBLISHED = (frozenset({one}) for one in State)
_OPEN, _SUBMITTED, _FREE = SeatState.OPEN, SeatState.SUBMITTED, SeatState.FREE

MOVES = {
    "claim": Move(Role.REGION, _ANSWERING, State.ANSWERING, seat=_OPEN),
    "assign": Move(Role.REVIEWER, _ANSWERING, State.ANSWERING, seat=_OPEN),
    "free": Move(Role.REVIEWER, _ANSWERING, State.ANSWERING, seat=_FREE),
    "save": Move(Role.EXPERT, _ANSWERING, State.ANSWERING, own=_OPEN, kinds=_BOTH),
    "submit": Move(Role.EXPERT, _ANSWERING, State.IN_REVIEW, own=_OPEN, seat=_SUBMITTED),
    "decide": Move(Role.REVIEWER, _IN_REVIEW, State.IN_REVIEW),
    "return": Move(Role.REVIEWER, _IN_REVIEW, State.ANSWERING, seat=_OPEN),
    "accept": Move(Role.REVIEWER, _IN_REVIEW, State.ACCEPTED),
    "publish": Move(Role.REVIEWER, _ACCEPTED, State.PUBLISHED),
    "reopen": Move(Role.REVIEWER, _ACCEPTED | _PUBLISHED, State.IN_REVIEW),
}

# From which state on a role reads the answers of every seat, and the decisions. An expert
# always reads the own ones, and those of the other only when nothing can be changed by it.
READS: Mapping[Role, frozenset[State]] = {
    Role.EXPERT: _ACCEPTED | _PUBLISHED,
    Role.REGION: frozenset(),
    Role.REVIEWER: _IN_REVIEW | _ACCEPTED | _PUBLISHED,
    Role.STRANGER: frozenset(),
}


def opened(kind: Kind) -> Position:
    """A new assessment: two free seats, or the one that belongs to the region."""
    if kind == Kind.SELF:
        return Position(kind, State.ANSWERING, (Seat(1, None, _OPEN),))
    free = tuple(Seat(number, None, SeatState.FREE) for number in range(1, SEATS + 1))
    return Position(kind, State.ANSWERING, free)


def standing(position: Position, region: str, actor: Actor) -> Standing:
    """What the actor is here. To a stranger the assessment does not exist.

    Who holds a seat never reviews, whatever the token allows, and who reviews takes no seat.
    """
    writes = actor.speaks_for(region, WRITE)
    if position.kind == Kind.SELF:
        return Standing(Role.EXPERT, 1) if writes else Standing(Role.STRANGER)
    mine = next((one.number for one in position.seats if one.holder == actor.id), None)
    if mine is not None:
        return Standing(Role.EXPERT, mine) if writes else Standing(Role.STRANGER)
    if actor.speaks_for(region, REVIEW):
        return Standing(Role.REVIEWER)
    return Standing(Role.REGION) if writes else Standing(Role.STRANGER)


def check(position: Position, action: str, caller: Standing) -> None:
    """NotLegal for the state, then NotAllowed for the caller, then NotLegal for the seat."""
    move = MOVES[action]
    if position.kind not in move.kinds:
        raise _illegal("E_KIND", f"A self-assessment has no step to {action}.", position.state)
    if position.state not in move.start:
        raise _wrong_state(action, move, position.state)
    if caller.role != move.role:
        raise NotAllowed(f"To {action} is for {_WHO[move.role]}; you are {_WHO[caller.role]}.")
    if move.own is not None:
        mine = position.seat(caller.seat or 0).state
        if mine != move.own:
            detail = f"To {action} needs a seat that is {move.own}; yours is {mine}."
            raise _illegal("E_STATE", detail, mine)
    if action in ("claim", "assign") and not _free(position):
        raise _illegal("E_STATE", "Both seats are taken.", position.state)
    if action == "free" and len(_free(position)) == len(position.seats):
        raise _illegal("E_STATE", "Both seats are free.", position.state)


_WHO = {
    Role.EXPERT: "the expert of a seat",
    Role.REGION: "an expert of the region without a seat",
    Role.REVIEWER: "the central reviewer",
    Role.STRANGER: "a stranger",
}


def step(
    position: Position,
    action: str,
    caller: Standing,
    actor_id: str = "",
    back: Collection[int] = (),
) -> Position:
    """The position after a step. Raises as `check` does.

    actor_id  who takes the seat, for `claim` and `assign`
    back      the seats that are opened again, for `return`; the one, for `assign` and `free`
    """
    check(position, action, caller)
    move = MOVES[action]
    changed: Collection[int] = ()
    if action == "claim":
        changed = [_seat_for(position, actor_id)]
    elif action == "submit":
        changed = (caller.seat or 0,)
    elif action in ("return", "assign", "free"):
        changed = back
    if action in ("assign", "free"):
        _check_seat(position, action, min(back), actor_id)
    holders: Mapping[str, str | None] = {"claim": actor_id, "assign": actor_id, "free": None}
    holder = {"holder": holders[action]} if action in holders else {}
    seats = tuple(
        replace(one, state=move.seat, **holder) if move.seat and one.number in changed else one
        for one in position.seats
    )
    waiting = any(one.state != _SUBMITTED for one in seats)
    end = State.ANSWERING if move.end == State.IN_REVIEW and waiting else move.end
    return replace(position, state=end, seats=seats)


def actions(position: Position, caller: Standing) -> list[str]:
    """What the caller may do now, in alphabetical order."""
    return sorted(action for action in MOVES if _possible(position, action, caller))


def readable(position: Position, caller: Standing) -> frozenset[int]:
    """The seats whose answers the caller may read."""
    own = frozenset({caller.seat}) if caller.seat is not None else frozenset[int]()
    if position.state not in READS[caller.role]:
        return own
    return frozenset(one.number for one in position.seats)


def reads_review(position: Position, caller: Standing) -> bool:
    """Whether the caller may see both experts side by side, and the decisions."""
    return position.kind == Kind.EDITION and position.state in READS[caller.role]


def _possible(position: Position, action: str, caller: Standing) -> bool:
    try:
        check(position, action, caller)
    except (NotLegal, NotAllowed):
        return False
    return True


def _seat_for(position: Position, actor_id: str) -> int:
    """A free seat for this expert: nobody's answers ever stand in both."""
    fit = [one for one in _free(position) if actor_id not in _elsewhere(position, one)]
    if not fit:
        detail = "Answers of yours stand in the other seat: two experts answer."
        raise _illegal("E_STATE", detail, position.state)
    return fit[0]


def _check_seat(position: Position, action: str, number: int, actor_id: str) -> None:
    state = position.seat(number).state
    if (action == "assign") != (state == SeatState.FREE):
        detail = f"To {action} needs a seat that is {'free' if action == 'assign' else 'taken'}; "
        raise _illegal("E_STATE", f"{detail}seat {number} is {state}.", state)
    if action == "assign" and actor_id in _elsewhere(position, number):
        detail = f"{actor_id} holds the other seat, or answers of theirs stand in it."
        raise _illegal("E_STATE", detail, actor_id)


def _elsewhere(position: Position, number: int) -> frozenset[str | None]:
    """Who holds the other seats, or wrote what stands in them."""
    others = [one for one in position.seats if one.number != number]
    return frozenset[str | None]().union(*({one.holder} | one.writers for one in others))


def _free(position: Position) -> list[int]:
    return [one.number for one in position.seats if one.state == SeatState.FREE]


def _wrong_state(action: str, move: Move, state: State) -> NotLegal:
    wanted = " or ".join(sorted(move.start))
    if state != State.PUBLISHED:
        detail = f"To {action} needs {wanted}; the assessment is {state}."
        return _illegal("E_STATE", detail, state, sorted(move.start))
    detail = (
        f"To {action} needs {wanted}; these answers are published and frozen. "
        "Reopen the assessment with a reason to publish a correction as a new revision."
    )
    return _illegal("E_FROZEN_EDITION", detail, state, sorted(move.start))


def _illegal(code: str, detail: str, value: str, allowed: list[str] | None = None) -> NotLegal:
    return NotLegal(detail, [InputError(code, detail, value=str(value), allowed=allowed)])
