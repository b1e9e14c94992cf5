"""Where a practice stands and what may happen next."""

from __future__ import annotations

import pytest

from services.practices.domain.workflow import MOVES, State, actions, next_state
from shared.actor import NOBODY
from shared.problems import NotAllowed, NotLegal, Unauthorized
from tests.examples import an_actor


def test_a_draft_is_submitted_and_then_published():
    author = an_actor("ES51")
    state = next_state(State.DRAFT, "submit", author)
    assert next_state(state, "publish", author) is State.PUBLISHED


def test_a_draft_cannot_be_published_before_it_was_submitted():
    with pytest.raises(NotLegal, match="needs submitted; the practice is draft"):
        next_state(State.DRAFT, "publish", an_actor("ES51"))


def test_what_was_submitted_cannot_be_edited_until_it_is_taken_back():
    author = an_actor("ES51")
    with pytest.raises(NotLegal):
        next_state(State.SUBMITTED, "edit", author)
    assert next_state(State.SUBMITTED, "take back", author) is State.DRAFT


def test_the_state_is_asked_before_the_right_so_that_a_stranger_learns_no_more():
    with pytest.raises(NotLegal):
        next_state(State.DRAFT, "publish", an_actor(scopes=()))


@pytest.mark.parametrize("action", sorted(MOVES))
def test_no_action_is_open_to_nobody_or_to_a_token_without_the_scope(action: str):
    start = next(iter(MOVES[action].start))
    with pytest.raises(Unauthorized):
        next_state(start, action, NOBODY)
    with pytest.raises(NotAllowed):
        next_state(start, action, an_actor("ES51", scopes=("practices:evaluate",)))


def test_a_withdrawn_practice_offers_no_action():
    assert actions(State.WITHDRAWN) == []


def test_every_state_but_the_first_can_be_reached():
    assert {move.end for move in MOVES.values()} == set(State)
