"""The gateway as the practices service asks it: who somebody is now, in these tests."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from shared.actor import Actor
from tests.practices.review import ANNA, BRUNO

CARLA = Actor("person", "p_carla", frozenset({"practices:evaluate"}), frozenset({"DE2"}))
LOCAL = Actor("person", "p_local", frozenset({"practices:evaluate"}), frozenset({"ES51"}))
_EVALUATORS = {one.id: one for one in (ANNA, BRUNO, CARLA, LOCAL)}


class Asked(BaseModel):
    """Whom the service asks for."""

    ids: list[str]


class Access:
    """Everybody has access, the four evaluators as such, until they are among `gone`.

    down  it answers nobody
    """

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.down = False
        self.app = FastAPI()
        self.app.post("/internal/accounts")(self._known)

    def _known(self, asked: Asked) -> dict[str, object]:
        if self.down:
            raise HTTPException(503)
        return {"items": [self._told(one) for one in asked.ids if one not in self.gone]}

    def _told(self, name: str) -> dict[str, object]:
        actor = _EVALUATORS.get(name)
        pairs = [(s, r) for s in actor.scopes for r in actor.regions] if actor else []
        return {"id": name, "kind": "person", "grants": pairs}
