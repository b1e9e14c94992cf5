"""The workflow with one clause changed: each change must be noticed by the tests of the workflow.

A change of the table is made in the table; a change of a function in a copy of its text, whose
code then takes the function's place. Nothing is written to a file.
"""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.practices.domain import workflow
from services.practices.domain.workflow import MOVES, SCOPES, Move, State, Who
from tests.practices.machine import Machine, StoreDriver
from tests.server import ROOT

# Function, what stands in it, what is put in its place.
CLAUSES: tuple[tuple[Callable[..., object], str, str], ...] = (
    (workflow.legal, "if state not in move.ends:", "if False:"),
    (workflow.legal, "and back is not None", "and back is None"),
    (workflow.legal, 'action == "submit" and ', ""),
    (workflow.allowed, "actor.needs(", "len("),
    (workflow.allowed, "if regions and not parts.intersection(who):", "if False:"),
    (workflow.allowed, "actor.id in evaluators and of_region", "of_region"),
    (workflow.next_state, "    allowed(action, actor, regions, evaluators)\n", ""),
    (workflow.roles, "lead and actor.speaks_for(lead, SCOPES[who])", "lead"),
    (workflow.roles, "actor.id in evaluators and ", ""),
    (workflow.roles, " and actor.holds(SCOPES[Who.EVALUATOR])", ""),
    (workflow.roles, "set() if of_region(actor, regions) else", ""),
    (workflow.of_region, ", SCOPES[Who.AUTHOR]", ""),
    (workflow.of_region, "SCOPES[Who.EVALUATOR], ", ""),
    (workflow.of_region, '{*regions, "*"}', "{*regions}"),
    (workflow.of_region, '{*regions, "*"}', '{next(iter(regions), ""), "*"}'),
    (workflow.turn, "agreed or not named", "agreed"),
    (workflow.turn, "agreed or not named", "not named"),
    (workflow.actions, "state in move.ends and ", ""),
)
_PYTEST = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore")
_QUICK = settings(
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def survivors() -> tuple[int, list[str]]:
    """How many changes were tried, and those that nothing noticed."""
    assert not _noticed(), "the workflow as it is does not pass its tests"
    tried, unnoticed = 0, []
    for name, change in _changes():
        tried += 1
        with change():
            if not _noticed():
                unnoticed.append(name)
    return tried, unnoticed


def _changes() -> Iterator[tuple[str, Callable[[], contextlib.AbstractContextManager[None]]]]:
    for number, (function, old, new) in enumerate(CLAUSES):
        name = f"{function.__name__}: {old.strip()!r} becomes {new!r}"
        yield name, lambda number=number: _clause(*CLAUSES[number])
    for who, scope in SCOPES.items():
        for other in set(SCOPES.values()) - {scope}:
            yield f"the {who} needs {other}", lambda w=who, o=other: _item(SCOPES, w, o)
    for action, move in MOVES.items():
        for state in State:
            ends = {one: end for one, end in move.ends.items() if one is not state}
            if state not in move.ends:
                ends = {**move.ends, state: state}
            changed = Move(ends, move.who)
            name = f"{action} {'not ' if state in move.ends else 'also '}from {state}"
            yield name, lambda a=action, c=changed: _item(MOVES, a, c)
        for who in Who:
            parts = tuple(one for one in Who if (one in move.who) != (one is who))
            changed = Move(move.ends, parts)
            yield f"{action} for {parts}", lambda a=action, c=changed: _item(MOVES, a, c)


@contextmanager
def _item(table: dict, key: object, value: object) -> Iterator[None]:
    true = table[key]
    table[key] = value
    try:
        yield
    finally:
        table[key] = true


@contextmanager
def _clause(function: Callable[..., object], old: str, new: str) -> Iterator[None]:
    text = inspect.getsource(function)
    assert text.count(old) == 1, (function.__name__, old)
    # With the same switches as the module: its annotations are not evaluated.
    made: dict[str, Callable[..., object]] = {}
    source = "from __future__ import annotations\n" + text.replace(old, new)
    exec(compile(source, "<mutant>", "exec"), vars(workflow) | {}, made)
    true = function.__code__
    function.__code__ = made[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = true


def _noticed() -> bool:
    """Whether the tests of the table fail or, where they do not, the state machine does."""
    tests = str(ROOT / "tests/practices/test_workflow.py")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if pytest.main([tests, *_PYTEST]) != 0:
            return True
        Machine.driver = StoreDriver()
        try:
            run_state_machine_as_test(Machine, settings=_QUICK)
        except Exception:
            return True
    return False
