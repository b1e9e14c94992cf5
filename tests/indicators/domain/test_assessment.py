"""Who may take which step of a questionnaire, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.indicators.domain.assessment import (
    MOVES,
    Kind,
    Position,
    Role,
    Seat,
    SeatState,
    Standing,
    State,
    actions,
    check,
    opened,
    readable,
    reads_review,
    standing,
    step,
)
from shared.actor import NOBODY, Actor
from shared.problems import NotAllowed, NotLegal

ONE, TWO = Standing(Role.EXPERT, 1), Standing(Role.EXPERT, 2)
REVIEWER, STRANGER, REGION = (Standing(r) for r in (Role.REVIEWER, Role.STRANGER, Role.REGION))


def an_actor(name: str = "a", *regions: str, scopes: tuple[str, ...] = ("indicators:write",)):
    return Actor("client", name, frozenset(scopes), frozenset(regions or ("ES51",)))


def seated(state: State = State.ANSWERING, seat: SeatState = SeatState.OPEN) -> Position:
    """An assessment whose seats are held by `a` and `b`."""
    return Position(Kind.EDITION, state, (Seat(1, "a", seat), Seat(2, "b", seat)))


def test_two_experts_take_the_two_seats_and_a_third_finds_none():
    first = step(opened(Kind.EDITION), "claim", REGION, "a")
    second = step(first, "claim", REGION, "b")
    assert [one.holder for one in second.seats] == ["a", "b"]
    with pytest.raises(NotLegal, match="taken"):
        step(second, "claim", REGION, "c")


def test_the_review_begins_when_both_have_submitted():
    first = step(seated(), "submit", ONE)
    assert first.state == State.ANSWERING
    assert step(first, "submit", TWO).state == State.IN_REVIEW


def test_what_was_submitted_is_not_changed_until_it_is_sent_back():
    first = step(seated(), "submit", ONE)
    with pytest.raises(NotLegal, match="submitted"):
        check(first, "save", ONE)
    check(first, "save", TWO)
    back = step(step(first, "submit", TWO), "return", REVIEWER, back=[1])
    assert back.state == State.ANSWERING
    check(back, "save", ONE)
    with pytest.raises(NotLegal):
        check(back, "save", TWO)


def test_who_holds_a_seat_never_reviews_whatever_the_token_allows():
    both = an_actor("a", "*", scopes=("indicators:write", "indicators:review"))
    assert standing(seated(), "ES51", both) == ONE
    only_reviews = an_actor("a", "*", scopes=("indicators:review",))
    assert standing(seated(), "ES51", only_reviews).role == Role.STRANGER


def test_who_reviews_takes_no_seat():
    both = an_actor("c", "ES51", scopes=("indicators:write", "indicators:review"))
    position = opened(Kind.EDITION)
    assert standing(position, "ES51", both).role == Role.REVIEWER
    with pytest.raises(NotAllowed):
        check(position, "claim", REVIEWER)


def test_the_reviewer_gives_a_free_seat_and_takes_it_back():
    given = step(opened(Kind.EDITION), "assign", REVIEWER, "a", [2])
    assert [one.holder for one in given.seats] == [None, "a"]
    for name, number in (("a", 1), ("b", 2)):
        with pytest.raises(NotLegal):
            step(given, "assign", REVIEWER, name, [number])
    freed = step(given, "free", REVIEWER, back=[2])
    assert [one.state for one in freed.seats] == [SeatState.FREE] * 2
    with pytest.raises(NotLegal, match="Both seats are free"):
        step(freed, "free", REVIEWER, back=[2])


def test_an_expert_comes_back_to_the_seat_with_the_own_answers_and_to_no_other():
    left = replace(seated(), seats=(Seat(1, None, SeatState.FREE, frozenset("a")),
                                    Seat(2, None, SeatState.FREE)))  # fmt: skip
    assert step(left, "claim", REGION, "a").seat(1).holder == "a"
    taken = step(left, "assign", REVIEWER, "c", [1])
    with pytest.raises(NotLegal, match="other seat"):
        step(taken, "claim", REGION, "a")
    with pytest.raises(NotLegal, match="other seat"):
        step(left, "assign", REVIEWER, "a", [2])


@pytest.mark.parametrize("kind", Kind)
def test_an_assessment_of_another_region_does_not_exist(kind: Kind):
    for scope in ("indicators:write", "indicators:review"):
        foreign = an_actor("x", "ITF4", scopes=(scope,))
        assert standing(opened(kind), "ES51", foreign).role == Role.STRANGER
    assert standing(opened(kind), "ES51", NOBODY).role == Role.STRANGER


def test_a_self_assessment_is_seen_by_no_reviewer():
    reviewer = an_actor("r", "*", scopes=("indicators:review",))
    assert standing(opened(Kind.SELF), "ES51", reviewer).role == Role.STRANGER


def test_a_self_assessment_is_answered_by_all_of_the_region_and_has_no_other_step():
    position = opened(Kind.SELF)
    for name in ("a", "b"):
        mine = standing(position, "ES51", an_actor(name))
        assert actions(position, mine) == ["save"]
    with pytest.raises(NotLegal, match="no step"):
        check(position, "submit", ONE)


def test_the_state_is_asked_before_the_right():
    with pytest.raises(NotLegal):
        check(seated(State.PUBLISHED), "accept", ONE)


@pytest.mark.parametrize("action", sorted(set(MOVES) - {"reopen"}))
def test_what_is_published_is_frozen(action: str):
    with pytest.raises(NotLegal) as refused:
        check(seated(State.PUBLISHED, SeatState.SUBMITTED), action, REVIEWER)
    assert [one.code for one in refused.value.errors] == ["E_FROZEN_EDITION"]


@pytest.mark.parametrize("action", sorted(MOVES))
def test_each_step_is_for_one_role(action: str):
    move = MOVES[action]
    position = seated(min(move.start))
    for caller in (ONE, REGION, REVIEWER, STRANGER):
        if caller.role != move.role:
            with pytest.raises(NotAllowed):
                check(position, action, caller)


@pytest.mark.parametrize(
    ("state", "caller", "seats"),
    [
        (State.ANSWERING, ONE, {1}),
        (State.IN_REVIEW, ONE, {1}),
        (State.ACCEPTED, ONE, {1, 2}),
        (State.ANSWERING, REVIEWER, set()),
        (State.IN_REVIEW, REVIEWER, {1, 2}),
        (State.PUBLISHED, REGION, set()),
        (State.PUBLISHED, STRANGER, set()),
    ],
)
def test_experts_read_their_own_and_the_reviewer_both_once_both_submitted(state, caller, seats):
    assert readable(seated(state), caller) == seats
    assert reads_review(seated(state), caller) == (seats == {1, 2})


PEOPLE = {
    "anna": an_actor("anna"),
    "bert": an_actor("bert"),
    "carl": an_actor("carl"),
    "both": an_actor("both", "*", scopes=("indicators:write", "indicators:review")),
    "rita": an_actor("rita", "*", scopes=("indicators:review",)),
    "rolf": an_actor("rolf", "ITF4", scopes=("indicators:review",)),
    "sven": an_actor("sven", "ITF4"),
    "none": NOBODY,
}


class Desk(RuleBasedStateMachine):
    """Anybody tries anything; what the table lets through has to keep the promises."""

    @initialize()
    def begin(self) -> None:
        self.position = opened(Kind.EDITION)

    @rule(
        name=st.sampled_from(sorted(PEOPLE)),
        action=st.sampled_from(sorted(MOVES)),
        back=st.sets(st.sampled_from([1, 2]), min_size=1),
        given=st.sampled_from(["anna", "bert", "carl"]),
        removes=st.booleans(),
    )
    def attempt(self, name: str, action: str, back: set[int], given: str, removes: bool) -> None:
        caller = standing(self.position, "ES51", PEOPLE[name])
        offered = actions(self.position, caller)
        taker = given if action == "assign" else name
        seat = {"assign": min(back), "free": min(back), "save": caller.seat}.get(action)
        back = {min(back)} if action in ("assign", "free") else back
        try:
            after = step(self.position, action, caller, taker, back)
        except (NotLegal, NotAllowed):
            # Offered to the caller, and refused for this seat or this expert.
            assert action not in offered or action in ("assign", "free", "claim")
            return
        assert action in offered
        if action in ("claim", "save", "submit"):
            assert name in {"anna", "bert", "carl"}
        else:
            assert name in {"rita", "both"}
        self.position = replace(
            after,
            seats=tuple(
                one if one.number != seat else self.written(one, action, name, removes)
                for one in after.seats
            ),
        )

    def written(self, seat: Seat, action: str, name: str, removes: bool) -> Seat:
        """The seat with whose answers stand in it."""
        if action == "save":
            return replace(seat, writers=seat.writers | {name})
        return replace(seat, writers=frozenset()) if action == "free" and removes else seat

    @rule(name=st.sampled_from(sorted(PEOPLE)))
    def look(self, name: str) -> None:
        caller = standing(self.position, "ES51", PEOPLE[name])
        seen = readable(self.position, caller)
        if self.position.state in (State.ANSWERING, State.IN_REVIEW):
            assert not seen - {caller.seat} or name in {"rita", "both"}
        if name in {"rolf", "sven", "none"}:
            assert not seen

    @invariant()
    def a_review_stands_on_two_submitted_seats(self) -> None:
        states = {one.state for one in self.position.seats}
        if self.position.state != State.ANSWERING:
            assert states == {SeatState.SUBMITTED}
        else:
            assert states != {SeatState.SUBMITTED}

    @invariant()
    def nobody_holds_or_has_written_in_both_seats(self) -> None:
        one, two = ({seat.holder, *seat.writers} - {None} for seat in self.position.seats)
        assert not one & two


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
