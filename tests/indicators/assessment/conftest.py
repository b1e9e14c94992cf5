"""A desk at which two experts, a reviewer and a stranger work, each with a client of their own."""

from __future__ import annotations

import itertools
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text

from services.indicators.app import create_app, prepare
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.questionnaire import Cell, cells
from services.indicators.published.formats import methodology_of
from services.indicators.settings import IndicatorsSettings
from shared import strict
from shared.actor import Actor
from tests.examples import INTERNAL_KEY, as_caller
from tests.indicators.conftest import DATA

REGION = "ES51"
ELSEWHERE = "ITF4"

METHODOLOGY: Methodology = methodology_of(
    strict.loads((DATA / "open-instrument-1.json").read_bytes())
)
CELLS: list[Cell] = cells(METHODOLOGY)

_numbers = itertools.count(1)

ON_SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""For what does not depend on the database; everything else runs on both."""


def caller(name: str, *regions: str, scope: str = "indicators:write") -> dict[str, str]:
    """The header of somebody who may do this."""
    return as_caller(Actor("client", name, frozenset({scope}), frozenset(regions)))


class Person:
    """Somebody at the desk, with a client of their own."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def read(self, path: str, **more: Any) -> Any:
        """The JSON of an answer that has to be good."""
        answer = await self.client.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tag(self, path: str) -> dict[str, str]:
        """If-Match with the current tag."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return {"if-match": answer.headers["etag"]}

    async def step(self, assessment: str, action: str, body: Any = None) -> httpx.Response:
        """Take a step on what is there now."""
        path = f"/assessments/{assessment}"
        headers = await self.tag(path)
        return await self.client.post(f"{path}/{action}", json=body, headers=headers)

    async def save(self, assessment: str, cell: Cell, **entry: Any) -> httpx.Response:
        """Answer one cell on what is there now."""
        path = f"/assessments/{assessment}/answers/{cell.indicator}/{cell.group}"
        headers = await self.tag(path)
        return await self.client.put(path, json=entry, headers=headers)

    async def answer_all(self, assessment: str, **changes: str) -> httpx.Response:
        """Answer every cell with its first option; `F01_TCN="b"` changes one."""
        path = f"/assessments/{assessment}/answers"
        headers = await self.tag(path)
        return await self.client.put(path, json={"answers": whole(**changes)}, headers=headers)

    async def submitted(self, assessment: str, **changes: str) -> httpx.Response:
        """Answer everything and submit."""
        saved = await self.answer_all(assessment, **changes)
        assert saved.status_code == 200, saved.text
        return await self.step(assessment, "submit")


def whole(**changes: str) -> list[dict[str, Any]]:
    """An answer to every cell."""
    return [
        {
            **cell._asdict(),
            "state": "scored",
            "option": changes.get(f"{cell.indicator}_{cell.group}", "a"),
        }
        for cell in CELLS
    ]


def codes(answer: httpx.Response) -> list[str]:
    """The codes of the errors in a refusal."""
    return [one["code"] for one in answer.json()["errors"]]


class Desk:
    """The people, and an edition of their own."""

    def __init__(self, app: Any, clients: dict[str, httpx.AsyncClient], edition: str) -> None:
        self.app = app
        self.edition = edition
        self.one, self.two = Person(clients["one"]), Person(clients["two"])
        self.reviewer, self.stranger = Person(clients["reviewer"]), Person(clients["stranger"])
        self.public = clients["public"]

    async def begun(self, kind: str = "edition", edition: str | None = None) -> str:
        """A new assessment of Catalonia; for an edition, both seats are taken."""
        body = {"edition": edition or self.edition, "region": REGION, "kind": kind}
        answer = await self.one.client.post("/assessments", json=body)
        assert answer.status_code == 201, answer.text
        found = answer.json()["id"]
        if kind == "edition":
            claimed = await self.two.client.post(f"/assessments/{found}/claim")
            assert claimed.status_code == 200, claimed.text
        return found

    async def in_review(self, **second: str) -> str:
        """An assessment that both experts submitted; `second` is what the second one changes."""
        found = await self.begun()
        await self.one.submitted(found)
        await self.two.submitted(found, **second)
        return found

    async def published(self, reason: str = "The first publication.") -> str:
        """An assessment that is published."""
        found = await self.in_review()
        for action, body in (("accept", None), ("publish", {"reason": reason})):
            answer = await self.reviewer.step(found, action, body)
            assert answer.status_code == 200, answer.text
        return found

    async def opened(self, **changes: Any) -> httpx.Response:
        """Open an edition."""
        return await self.reviewer.client.post("/editions", json=an_edition(**changes))


def an_edition(**changes: Any) -> dict[str, Any]:
    """The body of a new edition."""
    return {
        "id": f"edition-{next(_numbers)}",
        "title": "An edition",
        "notice": "Answered in a test.",
        "methodology": "open-instrument-1",
        "methodology_version": "1.0.0",
        "date": "2026-11-22",
        "licence": "CC-BY-4.0",
        "source": "A test",
    } | changes


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first data with few outcome values, which nobody asks for here."""
    found = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("first") / "data"))
    values = found / "outcomes/observations.csv"
    values.write_text("".join(values.read_text().splitlines(keepends=True)[:200]))
    return found


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def settings(
    request: pytest.FixtureRequest, small_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> IndicatorsSettings:
    """A prepared service on each database; each test opens an edition of its own in it."""
    folder = tmp_path_factory.mktemp("desk")
    url = ""
    if request.param == "postgres":
        server = make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
        name = f"desk_{uuid.uuid4().hex[:12]}"
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = server.set(database=name).render_as_string(hide_password=False)
    found = IndicatorsSettings(
        data_dir=folder, database_url=url, first_data=small_data, internal_key=INTERNAL_KEY
    )
    prepare(found, lambda _: None)
    return found


@pytest.fixture
async def desk(settings: IndicatorsSettings, anyio_backend: str) -> AsyncIterator[Desk]:
    """People at a desk, and an edition that takes answers."""
    app = create_app(settings, {})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    people = {
        "one": caller("expert-1", REGION),
        "two": caller("expert-2", REGION),
        "reviewer": caller("reviewer", "*", scope="indicators:review"),
        "stranger": caller("stranger", ELSEWHERE),
        "public": {},
    }
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        clients = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers)
            )
            for name, headers in people.items()
        }
        found = Desk(app, clients, "")
        answer = await found.opened()
        assert answer.status_code == 201, answer.text
        found.edition = answer.json()["id"]
        yield found
