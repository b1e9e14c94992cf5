"""The services asked past the door, with some of their questions answered otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from services.gateway.routes import ROUTES, Route
from services.practices.webhooks.tables import Endpoint
from shared.actor import Actor, signed
from tests.gateway.asking import Asking, address
from tests.gateway.questions import Answer, Question, answering, generously, honestly
from tests.gateway.things import Things, body_of

_REFUSED = (401, 403, 404, 422)


class Call(NamedTuple):
    """A request to a service, past the door."""

    route: Route
    path: str
    actor: Actor


@dataclass
class Walls:
    """Each request with the questions that it comes to when all are answered with yes."""

    asking: Asking
    had: Things
    reached: dict[Question, list[Call]] = field(default_factory=dict[Question, list[Call]])

    async def explored(self, *callers: tuple[str, Iterable[str]]) -> Walls:
        """Ask for everything once as each of these: somebody who judged a practice, with scopes
        (words of one text, or none) for regions."""
        who = self.asking.ids["evaluator"]
        for scopes, regions in callers:
            actor = Actor("client", who, frozenset(scopes.split()), frozenset(regions))
            for route, path in self._paths():
                call = Call(route, path, actor)
                with answering(generously) as asked:
                    await self.seen(call)
                for question in asked:
                    self.reached.setdefault(question, []).append(call)
        return self

    def _paths(self) -> Iterable[tuple[Route, str]]:
        mine = [self.had.names(role, "own") for role in ("region-editor", "publisher", "evaluator")]
        for route in ROUTES:
            if route.scopes and route.upstream != "search":
                paths = {address(route.path, **names) for names in mine}
                paths |= {address(route.path, practice_id=self.had.published)}
                yield from ((route, path) for path in sorted(paths))

    async def seen(self, call: Call) -> tuple[bool, frozenset[str]]:
        """Whether the request was refused, and which of the things the answer tells of."""
        headers = {"x-actor": signed(call.actor, self.asking.key), "if-match": '"v9999"'}
        body = None if call.route.method in ("GET", "DELETE") else body_of(call.route, "own") or {}
        answer = await self.asking.past_the_door(call.route, call.path, headers, body)
        told = {one for names in self.had.of.values() for one in names.values() if len(one) == 36}
        found = {one for one in {*told, self.had.private} if one in answer.text}
        if (call.route.method, call.route.path, answer.status_code) == ("POST", "/webhooks", 201):
            found |= self._listens(answer.json()["id"])
        return answer.status_code in _REFUSED, frozenset(found)

    def _listens(self, endpoint_id: str) -> set[str]:
        """The regions that the new webhook is told about; it is removed."""
        database = self.asking.house.practices.state.database

        def taken(session: Session) -> set[str]:
            found = session.exec(select(Endpoint).where(col(Endpoint.id) == endpoint_id)).one()
            session.delete(found)
            return set(found.regions)

        return database.run(database.writer, taken)

    async def matters(
        self,
        question: Question,
        one: Answer,
        other: Answer,
        rests: Sequence[Answer] = (generously, honestly),
    ) -> bool:
        """Whether it is seen which of two answers the question gets, the others being answered
        in one of these ways."""
        # Neighbours tell the same, so they are asked in any other order.
        calls = self.reached.get(question, [])
        for call in Random(1).sample(calls, len(calls)):
            for rest in rests:
                seen = [await self._when(question, each, rest, call) for each in (one, other)]
                if seen[0] != seen[1]:
                    return True
        return False

    async def _when(self, question: Question, this: Answer, rest: Answer, call: Call) -> Any:
        def answer(one: Question, ask: Any) -> Any:
            return this(one, ask) if one == question else rest(one, ask)

        with answering(answer):
            return await self.seen(call)
