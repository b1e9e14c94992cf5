"""Readable makers for the review of practices: people, evaluations, whole ways to a state."""

from __future__ import annotations

from typing import Any

import httpx

from services.practices.domain.evaluation import judged
from services.practices.domain.template import question_codes
from services.practices.record.parts import STRUCTURE
from shared.actor import Actor
from tests.examples import a_practice, an_actor, as_caller

AUTHOR = an_actor("ES51", scopes=("practices:write",))
PUBLISHER = Actor("person", "p_publisher", frozenset({"practices:publish"}), frozenset({"*"}))
ANNA = Actor("person", "p_anna", frozenset({"practices:evaluate"}), frozenset({"SE224"}))
BRUNO = Actor("person", "p_bruno", frozenset({"practices:evaluate"}), frozenset({"ITF4"}))
STRANGER = Actor(
    "client",
    "client_elsewhere",
    frozenset({"practices:write", "practices:publish", "practices:evaluate"}),
    frozenset({"DE2"}),
)

ANSWERED = dict.fromkeys(question_codes(STRUCTURE, required=True), "We know it from interviews.")


def an_evaluation(**changes: Any) -> dict[str, Any]:
    """A complete evaluation."""
    reason = "The answers are concrete."
    return {
        "framing": {"population": "Adults", "context": None, "period": "2021 to 2024"},
        "judgements": {
            code: {"judgement": "convincing", "reason": reason}
            for code in judged(STRUCTURE, required=True)
        },
        "aspects": {"innovation": {"inspiring": ["One door for all"], "room": []}},
        "transferability": {"replication": "Begin with the opening hours.", "risks": "Rents."},
        "reflection": {"lessons-learnt": "Ask early."},
    } | changes


class Desk:
    """Somebody who works on one practice over HTTP, and always with the newest tag."""

    def __init__(self, client: httpx.AsyncClient, actor: Actor, practice: str) -> None:
        self.client, self.actor, self.path = client, actor, f"/practices/{practice}"
        self.headers = as_caller(actor)

    async def step(self, name: str, body: Any = None, **headers: str) -> httpx.Response:
        """Take a step with the tag that the draft (or the published practice) has now."""
        tag = await self.tag()
        return await self.client.post(
            f"{self.path}/{name}", json=body, headers=self.headers | {"if-match": tag} | headers
        )

    async def tag(self) -> str:
        """The ETag of the draft, of the published practice where there is no draft."""
        draft = await self.client.get(f"{self.path}/draft", headers=self.headers)
        if draft.status_code == 404:
            draft = await self.client.get(self.path)
        return draft.headers.get("etag", '"none"')

    async def draft(self) -> dict[str, Any]:
        """The draft as this actor sees it."""
        return (await self.client.get(f"{self.path}/draft", headers=self.headers)).json()

    async def save(self, **changes: Any) -> httpx.Response:
        """Save a complete practice with these changes."""
        headers = self.headers | {"if-match": await self.tag()}
        body = a_practice(**changes)
        return await self.client.put(f"{self.path}/draft", json=body, headers=headers)

    async def evaluate(self, **changes: Any) -> httpx.Response:
        """Save one's own evaluation."""
        path = f"{self.path}/evaluations/{self.actor.id}"
        tag = (await self.client.get(path, headers=self.headers)).headers.get("etag", '"none"')
        headers = self.headers | {"if-match": tag}
        return await self.client.put(path, json=an_evaluation(**changes), headers=headers)

    async def hand_in(self) -> httpx.Response:
        """Hand one's own evaluation in."""
        path = f"{self.path}/evaluations/{self.actor.id}"
        tag = (await self.client.get(path, headers=self.headers)).headers.get("etag", '"none"')
        return await self.client.post(f"{path}/submit", headers=self.headers | {"if-match": tag})

    async def agree(self, body: dict[str, Any] | None = None) -> httpx.Response:
        """Write the consensus, or confirm it where there is one and no body is given."""
        path = f"{self.path}/consensus"
        there = await self.client.get(path, headers=self.headers)
        tag = there.headers.get("etag", '"c0"') if there.status_code == 200 else '"c0"'
        headers = self.headers | {"if-match": tag}
        if body is None and there.status_code == 200:
            return await self.client.post(f"{path}/confirm", headers=headers)
        return await self.client.put(path, json=body or an_evaluation(), headers=headers)


class Case:
    """A practice and all who work on it."""

    def __init__(self, client: httpx.AsyncClient, practice: str) -> None:
        self.client, self.id = client, practice
        self.author, self.publisher, self.anna, self.bruno, self.stranger = (
            Desk(client, actor, practice) for actor in (AUTHOR, PUBLISHER, ANNA, BRUNO, STRANGER)
        )

    @classmethod
    async def begun(cls, client: httpx.AsyncClient, **changes: Any) -> Case:
        """A complete draft."""
        answer = await client.post(
            "/practices", json=a_practice(**changes), headers=as_caller(AUTHOR)
        )
        assert answer.status_code == 201, answer.text
        return cls(client, answer.json()["id"])

    async def submitted(self) -> Case:
        """Hand the short form in."""
        return _fine(self, await self.author.step("submit"))

    async def selected(self) -> Case:
        """Open the questionnaire."""
        return _fine(await self.submitted(), await self.publisher.step("select"))

    async def in_review(self) -> Case:
        """Answer the questionnaire and name the evaluators."""
        await self.selected()
        _fine(self, await self.author.save(questionnaire=ANSWERED))
        _fine(self, await self.author.step("submit"))
        named = {"evaluators": [ANNA.id, BRUNO.id]}
        return _fine(self, await self.publisher.step("assign", named))

    async def judged(self) -> Case:
        """Hand both evaluations in."""
        await self.in_review()
        for judge in (self.anna, self.bruno):
            _fine(self, await judge.evaluate())
            _fine(self, await judge.hand_in())
        return self

    async def agreed(self) -> Case:
        """Write the consensus and confirm it."""
        await self.judged()
        _fine(self, await self.anna.agree(an_evaluation()))
        return _fine(self, await self.bruno.agree())

    async def published(self) -> Case:
        """Accept and publish."""
        await self.agreed()
        _fine(self, await self.publisher.step("accept"))
        return _fine(self, await self.publisher.step("publish", {"reason": "First version"}))


def _fine(case: Case, answer: httpx.Response) -> Case:
    assert answer.is_success, answer.text
    return case
