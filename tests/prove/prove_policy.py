"""Every question about rights in the services, changed: each change must be seen.

A question is left out (answered with yes), a scope of it taken away, exchanged, or one added. It is
asked past the door, once with every other question answered as it is and once with yes, so that
a question is seen which another one doubles. `make test` has the questions themselves:
`tests/gateway/test_past_the_door.py`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from services.gateway.domain.access import SCOPES
from tests.figures import Row, row
from tests.gateway import things
from tests.gateway.asking import FOREIGN, OWN, THIRD, joined
from tests.gateway.questions import QUESTIONS, Answer, Question, generously, honestly
from tests.gateway.walls import Walls


def rows() -> list[Row]:
    """How many changes there are, how many nothing shows, and how many questions stand alone."""
    # A person asks more in this minute than people do.
    os.environ["GATEWAY_PERSON_PER_MINUTE"] = "1000000"
    with tempfile.TemporaryDirectory() as folder:
        tried, unnoticed, alone = asyncio.run(_proved(Path(folder)))
    for one in unnoticed:
        print("  not noticed:", one)
    return [
        row(
            f"of {tried} changes of {len(QUESTIONS)} questions about rights, not noticed",
            len(unnoticed),
            "changes",
            goal="0",
            holds=not unnoticed,
        ),
        row("questions that are the only wall; the others are doubled", len(alone), "questions"),
    ]


async def _proved(folder: Path) -> tuple[int, list[str], list[Question]]:
    async with joined(folder) as asking:
        callers = [(scope, {OWN, THIRD}) for scope in ("", *SCOPES)]
        callers += [("practices:publish", {OWN}), ("practices:write", {OWN})]
        # Judged once, writes elsewhere now, and holds something else besides.
        callers += [(f"practices:write {scope}", {FOREIGN}) for scope in SCOPES]
        walls = await Walls(asking, await things.made(asking)).explored(*callers)
        tried, unnoticed = 0, []
        for question in tqdm(sorted(QUESTIONS), unit="question", disable=None):
            for name, change in _changes(question):
                tried += 1
                if not await walls.matters(question, honestly, change):
                    unnoticed.append(f"{question.place} {question.kind} {question.scopes}: {name}")
        alone = [
            question
            for question in sorted(QUESTIONS)
            if await walls.matters(question, honestly, generously, rests=(honestly,))
        ]
    return tried, unnoticed, alone


def _changes(question: Question) -> Iterator[tuple[str, Answer]]:
    yield "always yes", generously
    others = [scope for scope in SCOPES if scope not in question.scopes]
    for new in others:
        yield f"also {new}", _for((*question.scopes, new))
    for gone in question.scopes:
        rest = tuple(scope for scope in question.scopes if scope != gone)
        if rest:
            yield f"not {gone}", _for(rest)
        for new in others:
            yield f"{new} for {gone}", _for((*rest, new))


def _for(scopes: tuple[str, ...]) -> Answer:
    return lambda _, ask: ask(scopes)
