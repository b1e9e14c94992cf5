"""Where a practice stands, what may happen next and who does it."""

from __future__ import annotations

import pytest

from services.practices.domain.workflow import (
    MOVES,
    SCOPES,
    State,
    Who,
    actions,
    next_state,
    roles,
    turn,
)
from shared.actor import NOBODY, Actor
from shared.problems import NotAllowed, NotLegal, Unauthorized
from tests.examples import an_actor
from tests.practices import model

HERE = ["ES51", "ITF4"]
AUTHOR = an_actor("ES51", scopes=("practices:write",))
PUBLISHER = an_actor("*", scopes=("practices:publish",))
STRANGER = Actor("person", "p_judge", frozenset({"practices:evaluate"}), frozenset({"SE224"}))


def test_a_practice_goes_from_a_draft_through_two_steps_to_the_public():
    state = State.DRAFT
    for action, actor in (
        ("submit", AUTHOR),
        ("select", PUBLISHER),
        ("edit", AUTHOR),
        ("submit", AUTHOR),
        ("accept", PUBLISHER),
        ("publish", PUBLISHER),
    ):
        state = next_state(state, action, actor, HERE)
    assert state is State.PUBLISHED


def test_a_publisher_may_publish_what_was_submitted_and_nobody_may_publish_a_draft():
    assert next_state(State.SUBMITTED, "publish", PUBLISHER, HERE) is State.PUBLISHED
    with pytest.raises(NotLegal, match="needs accepted or submitted; the practice is draft"):
        next_state(State.DRAFT, "publish", PUBLISHER, HERE)


def test_who_writes_does_not_publish():
    with pytest.raises(NotAllowed, match="practices:publish"):
        next_state(State.SUBMITTED, "publish", AUTHOR, HERE)


@pytest.mark.parametrize("actor", [AUTHOR, PUBLISHER])
def test_the_region_and_its_publisher_may_withdraw(actor: Actor):
    assert next_state(State.PUBLISHED, "withdraw", actor, HERE) is State.WITHDRAWN


def test_another_region_may_not_withdraw():
    for region in ("ITF4", "SE224"):
        with pytest.raises(NotAllowed, match="for the author or the publisher"):
            next_state(State.PUBLISHED, "withdraw", an_actor(region), HERE)


def test_a_publisher_of_another_region_has_no_part():
    elsewhere = an_actor("SE224", scopes=("practices:publish",))
    with pytest.raises(NotAllowed, match="for the publisher of the practice"):
        next_state(State.SUBMITTED, "publish", elsewhere, HERE)


def test_what_was_submitted_cannot_be_edited_until_it_is_taken_back():
    with pytest.raises(NotLegal):
        next_state(State.SUBMITTED, "edit", AUTHOR, HERE)
    assert next_state(State.SUBMITTED, "take-back", AUTHOR, HERE) is State.DRAFT


@pytest.mark.parametrize("back", [State.SUBMITTED, State.IN_REVIEW])
def test_changes_lead_back_to_where_they_were_asked_for(back: State):
    found = next_state(State.CHANGES_REQUESTED, "submit", AUTHOR, HERE, back=back)
    assert found is back


def test_an_evaluator_of_another_region_may_judge():
    assert next_state(State.IN_REVIEW, "evaluate", STRANGER, HERE, [STRANGER.id])


@pytest.mark.parametrize("region", ["ES51", "ITF4", "*"])
@pytest.mark.parametrize("scope", ["practices:evaluate", "practices:write"])
def test_an_evaluator_does_not_judge_a_practice_of_an_own_region(region: str, scope: str):
    """Whether it is the region of the evaluation's role or of another one that writes."""
    grants = [("practices:evaluate", "SE224"), (scope, region)]
    judge = Actor.granted("person", "p_judge", grants)
    with pytest.raises(NotAllowed, match="own region"):
        next_state(State.IN_REVIEW, "evaluate", judge, HERE, [judge.id])


def test_an_evaluator_who_was_not_named_does_not_judge():
    with pytest.raises(NotAllowed, match="for the evaluator"):
        next_state(State.IN_REVIEW, "evaluate", STRANGER, HERE, ["p_other"])


def test_the_state_is_asked_before_the_right_so_that_a_stranger_learns_no_more():
    with pytest.raises(NotLegal):
        next_state(State.DRAFT, "publish", an_actor(scopes=()), HERE)


@pytest.mark.parametrize("action", sorted(MOVES))
def test_no_action_is_open_to_nobody_or_to_a_token_without_the_scope(action: str):
    start = next(iter(MOVES[action].ends))
    with pytest.raises(Unauthorized):
        next_state(start, action, NOBODY, HERE)
    with pytest.raises(NotAllowed):
        next_state(start, action, an_actor("ES51", scopes=("indicators:write",)), HERE)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", sorted(MOVES))
def test_what_the_table_does_not_name_is_not_legal(state: State, action: str):
    everybody = Actor("person", "p", frozenset(SCOPES.values()), frozenset({"*"}))
    if state in MOVES[action].ends:
        assert action in actions(state)
    else:
        with pytest.raises(NotLegal):
            next_state(state, action, everybody, HERE)


def test_each_is_offered_the_steps_of_the_own_part_only():
    assert actions(State.SUBMITTED, {Who.AUTHOR}) == ["take-back"]
    assert actions(State.SUBMITTED, {Who.PUBLISHER}) == [
        "publish",
        "reject",
        "request-changes",
        "select",
    ]
    assert actions(State.IN_REVIEW, {Who.EVALUATOR}) == ["agree", "evaluate"]


def test_every_state_but_the_first_can_be_reached_and_somebody_can_go_on_from_each():
    reached = {end for move in MOVES.values() for end in move.ends.values()}
    assert reached == set(State)
    assert all(actions(state) for state in State)


def test_one_may_hold_several_parts():
    both = an_actor("ES51", scopes=("practices:write", "practices:publish"))
    assert roles(both, HERE) == {Who.AUTHOR, Who.PUBLISHER}
    assert roles(an_actor("ITF4"), HERE) == set()


def test_whose_turn_it_is_in_a_review_depends_on_who_is_named_and_what_is_agreed():
    assert turn(State.IN_REVIEW, named=False) == "publisher"
    assert turn(State.IN_REVIEW) == "evaluators"
    assert turn(State.IN_REVIEW, agreed=True) == "publisher"
    assert turn(State.PUBLISHED) == "nobody"


_TOLD_AGAIN = {{"save": "edit"}.get(name, name): told for name, told in model.STEPS.items()}


@pytest.mark.parametrize("action", sorted(_TOLD_AGAIN))
def test_the_table_has_the_states_and_the_parts_of_the_model(action: str):
    """The model is written without the table, so that a slip in one is a contradiction."""
    states, whose = _TOLD_AGAIN[action]
    assert set(MOVES[action].ends) == states
    assert set(MOVES[action].who) == set(whose.split(" or "))


def test_evaluating_is_for_evaluators_in_review_and_agreeing_also_for_the_publisher():
    for action, who in (("evaluate", {Who.EVALUATOR}), ("agree", {Who.EVALUATOR, Who.PUBLISHER})):
        assert set(MOVES[action].ends) == {State.IN_REVIEW}
        assert set(MOVES[action].who) == who


def test_each_part_has_a_scope_of_its_own_which_alone_gives_it():
    for who, scope in (
        (Who.AUTHOR, "practices:write"),
        (Who.PUBLISHER, "practices:publish"),
        (Who.EVALUATOR, "practices:evaluate"),
    ):
        actor = Actor("person", "p_1", frozenset({scope}), frozenset({"SE224"}))
        region = ["ES51"] if who is Who.EVALUATOR else ["SE224"]
        assert roles(actor, region, [actor.id]) == {who}


def test_what_is_rejected_while_changes_are_awaited_does_not_go_back():
    back = State.IN_REVIEW
    end = next_state(State.CHANGES_REQUESTED, "reject", PUBLISHER, HERE, back=back)
    assert end is State.REJECTED


def test_who_was_not_named_is_not_told_that_the_region_is_the_own():
    local = Actor("person", "p_local", frozenset({"practices:evaluate"}), frozenset({"ES51"}))
    with pytest.raises(NotAllowed, match="for the evaluator"):
        next_state(State.IN_REVIEW, "evaluate", local, HERE, ["p_other"])
