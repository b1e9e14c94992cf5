"""The audit is a chain, published versions are final, and an open draft is the only one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from services.indicators.settings import IndicatorsSettings
from services.practices import app as practices
from services.practices import trail
from services.practices.settings import PracticesSettings
from services.practices.tables import Audit, Draft, PracticeVersion
from shared.clock import now
from shared.db import Database
from tests.examples import INTERNAL_KEY
from tests.practices.lab import running
from tests.practices.review import ANNA, BRUNO, Case, an_evaluation

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(
    database_url: str, tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an empty practices service."""
    async with running(tmp_path, database_url, indicators_settings) as made:
        yield made


@pytest.fixture
def database(client: httpx.AsyncClient, database_url: str) -> Iterator[Database]:
    """The database of that service."""
    made = Database(database_url)
    yield made
    made.close()


def _broken(database: Database) -> int | None:
    return database.run(database.reader, trail.broken_at)


def _as_root(database: Database, statement: str) -> None:
    """What somebody with every right on the database could do: take the guards away first."""
    with database.writer.begin() as connection:
        for deed in ("update", "delete"):
            of = "" if database.is_sqlite else " ON audit"
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_no_{deed}{of}"))
        assert connection.execute(text(statement)).rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody-else' WHERE number = 2",
        "UPDATE audit SET digest = 'x' WHERE number = 2",
        "UPDATE audit SET version = 9 WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit WHERE number = 3",
        "UPDATE audit_head SET number = 2",
    ],
)
async def test_a_row_that_is_changed_or_taken_out_breaks_the_chain(client, database, statement):
    await (await Case.begun(client)).selected()
    assert _broken(database) is None
    _as_root(database, statement)
    assert _broken(database) is not None


async def test_the_database_itself_refuses_to_change_the_audit(client, database):
    await Case.begun(client)
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="final"), database.writer.begin() as connection:
            connection.execute(text(statement))


async def test_a_published_version_cannot_be_changed(client, database):
    case = await (await Case.begun(client)).submitted()
    await case.publisher.step("publish")

    def rewrite(session: Any) -> None:
        session.exec(select(PracticeVersion)).one().record = {"title": "Another"}

    with pytest.raises(DBAPIError, match="final"):
        database.run(database.writer, rewrite)
    assert (await client.get(f"/practices/{case.id}/versions/1")).json()["title"] == "Welcome desk"


async def test_a_practice_has_one_open_draft(client, database):
    case = await Case.begun(client)

    def second(session: Any) -> None:
        record = {"title": "Second", "regions": ["ES51"]}
        session.add(
            Draft(
                practice_id=case.id,
                state="draft",
                version=1,
                record=record,
                author="somebody",
                updated_at=now(),
            )
        )

    with pytest.raises(DBAPIError, match=r"(?i)unique"):
        database.run(database.writer, second)


async def test_who_asks_for_another_regions_practice_gets_404_and_leaves_a_trace(client, database):
    case = await (await Case.begun(client)).agreed()
    before = len(_trail(database))
    calls = [
        ("GET", "draft", None),
        ("PUT", "draft", {"title": "Mine now", "regions": ["DE2"]}),
        ("DELETE", "draft", None),
        ("POST", "submit", None),
        ("POST", "publish", None),
        ("POST", "withdraw", None),
        ("POST", "assign", {"evaluators": ["a", "b"]}),
        ("GET", "evaluations", None),
        ("GET", f"evaluations/{ANNA.id}", None),
        ("PUT", "consensus", an_evaluation()),
        ("GET", "conversation", None),
        ("POST", "conversation", {"text": "Hello"}),
    ]
    for method, path, body in calls:
        answer = await client.request(
            method, f"{case.stranger.path}/{path}", json=body, headers=case.stranger.headers
        )
        assert answer.status_code == 404, (method, path, answer.text)
    traces = _trail(database)[before:]
    assert traces == [("client_elsewhere", "refused", case.id)] * len(calls)


async def test_a_practice_that_does_not_exist_leaves_no_trace(client, database):
    case = await Case.begun(client)
    answer = await client.get("/practices/nowhere/draft", headers=case.author.headers)
    assert answer.status_code == 404
    assert [action for _, action, _ in _trail(database)] == ["create"]


async def test_the_trail_tells_the_whole_story(client, database):
    await (await Case.begun(client)).published()
    assert [action for _, action, _ in _trail(database)] == [
        "create",
        "submit",
        "select",
        "edit",
        "submit",
        "assign",
        "evaluate",
        "submit-evaluation",
        "evaluate",
        "submit-evaluation",
        "write-consensus",
        "confirm-consensus",
        "accept",
        "publish",
    ]
    assert _broken(database) is None


def _trail(database: Database) -> list[tuple[str, str, str]]:
    def rows(session: Any) -> list[tuple[str, str, str]]:
        found = session.exec(select(Audit).order_by(Audit.number))
        return [(row.actor, row.action, row.practice_id) for row in found]

    return database.run(database.reader, rows)


# Route and the way to a call of it that succeeds; each must leave a row.
_CALLS: dict[str, tuple[str, str, Any]] = {
    "PUT /practices/{practice_id}/draft": ("begun", "author", None),
    "DELETE /practices/{practice_id}/draft": ("begun", "author", None),
    "POST /practices/{practice_id}/submit": ("begun", "author", None),
    "POST /practices/{practice_id}/take-back": ("submitted", "author", None),
    "POST /practices/{practice_id}/select": ("submitted", "publisher", None),
    "POST /practices/{practice_id}/assign": (
        "selected",
        "publisher",
        {"evaluators": [ANNA.id, BRUNO.id]},
    ),
    "POST /practices/{practice_id}/request-changes": (
        "submitted",
        "publisher",
        {"messages": [{"text": "When?"}]},
    ),
    "POST /practices/{practice_id}/accept": ("agreed", "publisher", None),
    "POST /practices/{practice_id}/reject": ("submitted", "publisher", {"reasons": ["A plan."]}),
    "POST /practices/{practice_id}/publish": ("submitted", "publisher", None),
    "POST /practices/{practice_id}/withdraw": ("published", "publisher", None),
    "PUT /practices/{practice_id}/evaluations/{evaluator}": ("in_review", "anna", None),
    "POST /practices/{practice_id}/evaluations/{evaluator}/submit": ("in_review", "anna", None),
    "PUT /practices/{practice_id}/consensus": ("judged", "anna", None),
    "POST /practices/{practice_id}/consensus/confirm": ("agreed", "anna", None),
    "POST /practices/{practice_id}/conversation": ("begun", "author", {"text": "Hello"}),
    "POST /practices/{practice_id}/conversation/{message_id}/resolve": ("begun", "author", None),
    "POST /notifications/{notification_id}/read": ("submitted", "publisher", None),
}
# These change nothing, or have their own tests beside their own modules.
_ELSEWHERE = ("/webhooks", "/regions/", "/practices/import")
_BEGINS = "POST /practices"


def test_every_route_that_changes_something_is_in_the_list(tmp_path: Path):
    app = practices.create_app(
        PracticesSettings(data_dir=tmp_path, internal_key=INTERNAL_KEY),
        dict.fromkeys(("indicators", "search", "gateway"), "http://127.0.0.1:9"),
    )
    changing = {
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
        if method in ("post", "put", "patch", "delete") and not path.startswith(_ELSEWHERE)
    }
    assert changing == {*_CALLS, _BEGINS}


@pytest.mark.parametrize("route", sorted(_CALLS))
async def test_whatever_changes_something_leaves_one_row(client, database, route: str):
    way, who, body = _CALLS[route]
    case = await Case.begun(client)
    if way != "begun":
        await getattr(case, way)()
    desk = getattr(case, who)
    if route.endswith("evaluator}/submit"):
        await desk.evaluate()
    message = await _message(client, case) if "{message_id}" in route else ""
    before = len(_trail(database))
    answer = await _called(client, desk, route, body, message)
    assert answer.is_success, answer.text
    assert len(_trail(database)) == before + 1
    assert _broken(database) is None


async def _message(client: httpx.AsyncClient, case: Case) -> str:
    path = f"{case.author.path}/conversation"
    answer = await client.post(path, json={"text": "Hello"}, headers=case.publisher.headers)
    return answer.json()["id"]


async def _called(
    client: httpx.AsyncClient, desk: Any, route: str, body: Any, message: str
) -> httpx.Response:
    method, path = route.split(" ")
    if path.endswith("/draft"):
        if method == "PUT":
            return await desk.save()
        headers = desk.headers | {"if-match": await desk.tag()}
        return await client.delete(f"{desk.path}/draft", headers=headers)
    if path.endswith("{evaluator}"):
        return await desk.evaluate()
    if path.endswith("{evaluator}/submit"):
        return await desk.hand_in()
    if path.endswith("/consensus"):
        return await desk.agree(an_evaluation())
    if path.endswith("/confirm"):
        return await desk.agree()
    if path.endswith("/conversation"):
        return await client.post(f"{desk.path}/conversation", json=body, headers=desk.headers)
    if path.endswith("/resolve"):
        there = f"{desk.path}/conversation/{message}/resolve"
        return await client.post(there, headers=desk.headers)
    if path.startswith("/notifications"):
        told = (await client.get("/notifications", headers=desk.headers)).json()["items"]
        return await client.post(f"/notifications/{told[0]['id']}/read", headers=desk.headers)
    return await desk.step(path.rpartition("/")[2], body)
