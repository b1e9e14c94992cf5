"""The state machine's driver over HTTP: each who acts has a client of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from services.indicators.settings import IndicatorsSettings
from services.practices import trail
from services.practices.settings import PracticesSettings
from shared.db import Database
from tests.examples import INTERNAL_KEY, a_practice, as_caller
from tests.practices import model, review
from tests.practices.lab import served
from tests.practices.machine import ACTORS, NAMED

BODIES: dict[str, dict[str, Any]] = {
    "assign": {"evaluators": list(NAMED)},
    "request-changes": {"messages": [{"pointer": "/summary", "text": "Say for whom."}]},
    "reject": {"reasons": ["It is a plan."]},
    "publish": {"reason": "A new version"},
}
_STALE = '"v99.99"'


class HttpDriver:
    """A client for each actor, and the tags that they are told."""

    def __init__(
        self, portal: BlockingPortal, service: httpx.AsyncClient, database: Database
    ) -> None:
        self._portal, self._database = portal, database
        app = service._transport
        self._clients = {
            who: httpx.AsyncClient(
                transport=app, base_url="http://practices", headers=as_caller(actor)
            )
            for who, actor in ACTORS.items()
        }
        self._told: dict[str, str] = {}

    def _ask(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            return await self._clients[who].request(method, path, **more)

        answer = self._portal.call(asked)
        assert answer.status_code < 500, answer.text
        return answer

    def begin(self) -> str:
        """A new complete draft."""
        answer = self._ask(model.AUTHOR, "POST", "/practices", json=a_practice())
        assert answer.status_code == 201, answer.text
        self._told[answer.json()["id"]] = answer.headers["etag"]
        return answer.json()["id"]

    def act(self, practice: str, who: str, action: str, tag: str) -> int:
        """Send what a form would send."""
        method, path, body = self._request(practice, who, action)
        sent = {"fresh": self._tag(practice, who, action), "stale": _STALE}.get(tag)
        headers = {"if-match": sent} if sent else {}
        answer = self._ask(who, method, path, json=body, headers=headers)
        if answer.is_success and "etag" in answer.headers and action not in model.JUDGING:
            self._told[practice] = answer.headers["etag"]
        return answer.status_code

    def _request(self, practice: str, who: str, action: str) -> tuple[str, str, Any]:
        own = f"/practices/{practice}"
        judged = f"{own}/evaluations/{ACTORS[who].id}"
        if action == "save":
            return "PUT", f"{own}/draft", a_practice(questionnaire=review.ANSWERED)
        if action == "discard":
            return "DELETE", f"{own}/draft", None
        if action == "evaluate":
            return "PUT", judged, review.an_evaluation()
        if action == "hand-in":
            return "POST", f"{judged}/submit", None
        if action == "agree":
            if ACTORS[who].id in NAMED and self._consensus(practice, who).is_success:
                return "POST", f"{own}/consensus/confirm", None
            return "PUT", f"{own}/consensus", review.an_evaluation()
        return "POST", f"{own}/{action}", BODIES.get(action)

    def _consensus(self, practice: str, who: str) -> httpx.Response:
        return self._ask(who, "GET", f"/practices/{practice}/consensus")

    def _tag(self, practice: str, who: str, action: str) -> str:
        """What this client reads before it acts; what was told last where nothing can be read."""
        if action in ("evaluate", "hand-in"):
            path = f"/practices/{practice}/evaluations/{ACTORS[who].id}"
            return self._ask(who, "GET", path).headers.get("etag", '"e0.0"')
        if action == "agree":
            found = self._consensus(practice, who)
            return found.headers.get("etag", '"c0"') if found.is_success else '"c0"'
        for path in (f"/practices/{practice}/draft", f"/practices/{practice}"):
            found = self._ask(who, "GET", path)
            if found.is_success:
                return found.headers["etag"]
        return self._told[practice]

    def look(self, practice: str) -> tuple[str, str, int | None]:
        """As the author sees it: in the draft, else among what is public."""
        draft = self._ask(model.AUTHOR, "GET", f"/practices/{practice}/draft")
        public = self._ask(model.STRANGER, "GET", f"/practices/{practice}")
        version = public.json()["version"] if public.is_success else None
        if draft.is_success:
            seen = draft.json()
            assert seen["published_version"] == version
            return seen["state"], seen["next_actor"], version
        return "published" if version else "withdrawn", "nobody", version

    def sound(self) -> bool:
        """Whether the chain of the audit is whole."""
        return self._database.run(self._database.reader, trail.broken_at) is None


@contextmanager
def driving(
    data_dir: Path, database_url: str, indicators_settings: IndicatorsSettings
) -> Iterator[HttpDriver]:
    """A driver of a service over a prepared database."""
    made = PracticesSettings(
        data_dir=data_dir, database_url=database_url, internal_key=INTERNAL_KEY
    )
    database = Database(database_url)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(served(made, indicators_settings)) as service,
    ):
        yield HttpDriver(portal, service, database)
    database.close()
