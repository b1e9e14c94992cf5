"""Where the services ask whether somebody may, and for which scopes: the second wall.

The first is the table of routes at the door. A place is a service with the function that asks;
in which module it stands does not matter here. Places that only word a refusal are no walls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from shared.actor import Actor

_W, _P, _E = "practices:write", "practices:publish", "practices:evaluate"
_ANSWER, _REVIEW = "indicators:write", "indicators:review"
_WORK = (_E, _P, _W)
_EITHER = (_REVIEW, _ANSWER)


class Question(NamedTuple):
    """A question in one place, by the method of an actor that it calls; scopes in their order."""

    place: str
    kind: str
    scopes: tuple[str, ...]


QUESTIONS = {
    Question(place, kind, tuple(sorted(scopes)))
    for place, kind, *clauses in (
        ("gateway:administrator", "needs", ("admin",)),
        ("gateway:list_evaluators", "needs", (_P,)),
        ("indicators:import_own_research", "needs", (_ANSWER,)),
        ("indicators:_answerer", "needs", _EITHER),
        ("indicators:held", "needs", _EITHER),
        ("indicators:listed", "needs", _EITHER),
        ("indicators:listed", "regions_for", _EITHER),
        ("indicators:listed", "holds", (_ANSWER,)),
        ("indicators:begin", "needs", (_ANSWER,), _EITHER),
        ("indicators:begin", "speaks_for", (_ANSWER,), _EITHER),
        ("indicators:open_edition", "needs", (_REVIEW,)),
        ("indicators:standing", "speaks_for", (_ANSWER,), (_REVIEW,)),
        ("practices:worker", "needs", _WORK),
        ("practices:create_practice", "needs", (_W,)),
        ("practices:work", "needs", _WORK),
        ("practices:_theirs", "holds", (_E,)),
        ("practices:_in", "regions_for", (_W,), (_P,)),
        ("practices:notifications", "needs", _WORK),
        ("practices:mark_read", "needs", _WORK),
        ("practices:allowed", "needs", (_W,), (_P,), (_E,), (_P, _W), (_E, _P)),
        ("practices:roles", "speaks_for", (_W,), (_P,)),
        ("practices:roles", "holds", (_E,)),
        ("practices:of_region", "regions_for", (_E, _W)),
        ("practices:writer", "needs", (_W,)),
        ("practices:_own", "speaks_for", (_W,)),
        ("practices:Checker._placed", "speaks_for", (_W,)),
        ("practices:held", "needs", _WORK),
        ("practices:_check_region", "needs", (_W,)),
        ("practices:_check_region", "speaks_for", (_W,)),
        ("practices:owner", "needs", (_P, _W, "admin")),
        ("practices:register", "regions_for", (_P, _W)),
    )
    for scopes in clauses
}
# What a refusal says of the regions that one speaks for.
WORDING = {
    ("indicators:begin", "regions_for"),
    ("practices:Checker._placed", "regions_for"),
    ("practices:_check_region", "regions_for"),
}
# A yes here is a no: whoever is of the region does not judge its practices.
_AGAINST = "practices:of_region"

Answer = Callable[[Question, Callable[[Iterable[str]], Any]], Any]


def honestly(question: Question, ask: Callable[[Iterable[str]], Any]) -> Any:
    """The answer as it is."""
    return ask(question.scopes)


def generously(question: Question, ask: Callable[[Iterable[str]], Any]) -> Any:
    """The answer that lets everybody in."""
    if question.kind == "regions_for":
        return frozenset() if question.place == _AGAINST else frozenset({"*"})
    return True


@contextmanager
def answering(answer: Answer = honestly) -> Iterator[set[Question]]:
    """Answer the questions of the services so; what was asked inside the block."""
    asked: set[Question] = set()
    true = {kind: getattr(Actor, kind) for kind in ("needs", "holds", "speaks_for", "regions_for")}

    def heard(kind: str) -> Callable[..., Any]:
        def question(self: Actor, *arguments: str) -> Any:
            before = arguments[:1] if kind == "speaks_for" else ()
            scopes = arguments[len(before) :]
            place = _place(2)
            if place is None or (place, kind) in WORDING:
                return true[kind](self, *arguments)
            one = Question(place, kind, tuple(sorted(scopes)))
            asked.add(one)
            return answer(one, lambda scopes: true[kind](self, *before, *scopes))

        return question

    for kind in true:
        setattr(Actor, kind, heard(kind))
    try:
        yield asked
    finally:
        for kind, method in true.items():
            setattr(Actor, kind, method)


def _place(depth: int) -> str | None:
    """The place in a service that asks; None for the door and for an actor who asks itself."""
    code = sys._getframe(depth).f_code
    path = Path(code.co_filename)
    if "services" not in path.parts or path.name == "door.py":
        return None
    service = path.parts[path.parts.index("services") + 1]
    return f"{service}:{code.co_qualname.partition('.<locals>')[0]}"
