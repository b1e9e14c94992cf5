"""Problems: each has its own address and status, and says where an input is wrong."""

from __future__ import annotations

import json
import re
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from shared import problems
from shared.problems import InputError, Invalid, NotFound, Problem, limits, told
from shared.text import Text


def all_problems() -> list[type[Problem]]:
    found = [kind for kind in vars(problems).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, Problem) and kind is not Problem]


def test_each_problem_has_an_address_of_its_own():
    addresses = [kind.type for kind in all_problems()]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("kind", all_problems(), ids=lambda kind: kind.__name__)
def test_a_problem_is_an_error_status_with_a_title(kind: type[Problem]):
    assert 400 <= kind.status < 600
    assert kind.title
    assert re.fullmatch(r"/problems/[a-z-]+", kind.type)


@pytest.mark.parametrize("kind", all_problems(), ids=lambda kind: kind.__name__)
def test_the_tree_in_the_module_shows_the_problem_with_its_status(kind: type[Problem]):
    assert problems.__doc__
    assert re.search(rf"── {kind.__name__} +{kind.status} ", problems.__doc__)


def test_the_body_has_what_rfc_9457_asks_for_and_our_own_members():
    body = NotFound("There is no region XX99.").body("/regions/XX99", "4bf9")
    assert body == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "code": "not-found",
        "detail": "There is no region XX99.",
        "instance": "/regions/XX99",
        "trace_id": "4bf9",
        "errors": [],
    }


def test_more_facts_stand_beside_the_rest():
    body = NotFound("gone", extra={"head": 7}).body("/", "")
    assert (body["head"], body["status"]) == (7, 404)


def test_an_input_error_leaves_out_what_does_not_apply():
    assert InputError("too_long", "At most 200 characters.", "/title").as_dict() == {
        "code": "too_long",
        "detail": "At most 200 characters.",
        "pointer": "/title",
    }


class Note(BaseModel):
    title: Annotated[Text, Field(min_length=2, max_length=3)]
    tags: Annotated[list[Text], Field(max_length=1)] = Field(default_factory=list)


@pytest.mark.parametrize(
    ("note", "says", "allowed"),
    [
        ({"title": "welcome"}, "at most 3 characters, not 7", "max_length: 3"),
        ({"title": "w"}, "at least 2 characters, not 1", "min_length: 2"),
        (
            {"title": "wel", "tags": ["a", "b"]},
            "at most 1 item after validation, not 2",
            "max_length: 1",
        ),
        ({"title": 7}, "should be a valid string", None),
    ],
)
def test_a_text_is_counted_in_characters_and_a_list_in_items(
    note: dict[str, object], says: str, allowed: str | None
):
    with pytest.raises(ValidationError) as refused:
        Note.model_validate(note)
    (error,) = refused.value.errors()
    assert told(error).endswith(says)
    assert limits(error) == allowed


def test_an_input_error_of_a_table_names_row_and_column():
    error = InputError("unknown", "No such option.", row=7, column="option", allowed=("a", "b"))
    assert error.as_dict() == {
        "code": "unknown",
        "detail": "No such option.",
        "row": 7,
        "column": "option",
        "allowed": ["a", "b"],
    }


def test_a_value_that_is_false_or_zero_is_shown():
    assert InputError("low", "At least 1.", value=0).as_dict()["value"] == 0
    assert InputError("no", "Not that.", value=False).as_dict()["value"] is False


def test_a_problem_as_text_lists_all_that_is_wrong():
    wrong = Invalid("Two things.", [InputError("a", "first"), InputError("b", "second")])
    assert str(wrong) == "Two things.\n  a: first\n  b: second"


def test_a_body_can_be_written_as_json():
    wrong = Invalid("No.", [InputError("a", "first", value=1.5, allowed="1 to 2")])
    assert json.loads(json.dumps(wrong.body("/", ""))) == wrong.body("/", "")
