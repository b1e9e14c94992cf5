"""What waits for whom: desk, notifications, conversation, reminders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.indicators.settings import IndicatorsSettings
from services.practices.desk.reminders import due_reminders
from services.practices.rules import REVIEW_DAYS
from shared.clock import now
from shared.db import Database
from tests.examples import an_actor, as_caller
from tests.practices.lab import running
from tests.practices.review import ANNA, Case, Desk, an_evaluation

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(
    database_url: str, tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an empty practices service."""
    async with running(tmp_path, database_url, indicators_settings) as made:
        yield made


async def _desk(client: httpx.AsyncClient, who: Desk) -> list[tuple[str, bool]]:
    answer = await client.get("/desk/practices", headers=who.headers)
    return [(one["state"], one["mine"]) for one in answer.json()["items"]]


async def _told(client: httpx.AsyncClient, who: Desk) -> list[str]:
    answer = await client.get("/notifications", headers=who.headers)
    return [one["event"] for one in answer.json()["items"]]


def _reminded(database_url: str, days: int) -> list[str]:
    database = Database(database_url)
    try:
        return database.run(database.writer, due_reminders, now() + timedelta(days=days))
    finally:
        database.close()


async def test_the_desk_says_what_is_mine_to_do(client):
    case = await (await Case.begun(client)).submitted()
    assert await _desk(client, case.author) == [("submitted", False)]
    assert await _desk(client, case.publisher) == [("submitted", True)]
    assert await _desk(client, case.anna) == []
    assert await _desk(client, case.stranger) == []


async def test_an_evaluator_has_it_on_the_desk_until_the_own_part_is_done(client):
    case = await (await Case.begun(client)).in_review()
    assert await _desk(client, case.anna) == [("in_review", True)]
    await case.anna.evaluate()
    await case.anna.hand_in()
    assert await _desk(client, case.anna) == [("in_review", False)]
    await case.bruno.evaluate()
    await case.bruno.hand_in()
    assert await _desk(client, case.anna) == [("in_review", True)]
    await case.anna.agree(an_evaluation())
    assert await _desk(client, case.anna) == [("in_review", False)]
    assert await _desk(client, case.bruno) == [("in_review", True)]
    await case.bruno.agree()
    assert await _desk(client, case.publisher) == [("in_review", True)]


async def test_what_is_due_first_comes_first_and_pages_lose_nothing(client):
    cases = [await Case.begun(client, title=f"Practice {n}") for n in range(5)]
    for case in (cases[3], cases[1]):
        await case.submitted()
    path, seen = "/desk/practices?limit=2", []
    headers = cases[0].author.headers
    cursor = ""
    for _ in range(3):
        page = (await client.get(path + cursor, headers=headers)).json()
        seen += [one["title"] for one in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert seen[:2] == ["Practice 3", "Practice 1"]
    assert sorted(seen) == [f"Practice {n}" for n in range(5)]


async def test_a_cursor_of_somebody_else_is_refused(client):
    for n in range(2):
        await Case.begun(client, title=f"Practice {n}")
    case = await Case.begun(client)
    page = await client.get("/desk/practices?limit=1", headers=case.author.headers)
    other = f"/desk/practices?limit=1&cursor={page.json()['next']}"
    assert (await client.get(other, headers=case.publisher.headers)).status_code == 404


async def test_those_whom_a_step_concerns_are_notified_by_role_and_region(client):
    case = await (await Case.begun(client)).published()
    assert await _told(client, case.author) == ["publish", "accept", "select"]
    assert await _told(client, case.anna) == ["evaluated", "assign"]
    assert await _told(client, case.publisher) == ["agreed", "evaluated", "submit", "submit"]
    assert await _told(client, case.stranger) == []


async def test_a_notification_is_read_by_one_and_stays_unread_for_the_others(client):
    case = await (await Case.begun(client)).submitted()
    other = as_caller(an_actor("ES51", scopes=("practices:publish",)))
    told = (await client.get("/notifications", headers=case.publisher.headers)).json()
    assert told["unread"] == 1
    path = f"/notifications/{told['items'][0]['id']}/read"
    for _ in range(2):
        assert (await client.post(path, headers=case.publisher.headers)).status_code == 204
    after = (await client.get("/notifications", headers=case.publisher.headers)).json()
    assert (after["unread"], after["items"][0]["read"]) == (0, True)
    assert (await client.get("/notifications", headers=other)).json()["unread"] == 1
    assert (await client.post(path, headers=case.stranger.headers)).status_code == 404


async def test_author_and_publisher_talk_field_by_field_without_names(client):
    case = await (await Case.begun(client)).submitted()
    asked = {"pointer": "/budget", "text": "Does it include the rent?"}
    path = f"{case.author.path}/conversation"
    made = await client.post(path, json=asked, headers=case.publisher.headers)
    assert made.status_code == 201
    assert "message" in await _told(client, case.author)
    answered = await client.post(path, json={"text": "It does."}, headers=case.author.headers)
    assert answered.json()["role"] == "author"
    assert (await case.author.draft())["conversation_count"] == 2
    for _ in range(2):
        there = f"{path}/{made.json()['id']}/resolve"
        resolved = await client.post(there, headers=case.author.headers)
    items = resolved.json()["items"]
    assert [(one["pointer"], one["resolved"]) for one in items] == [
        ("/budget", True),
        (None, False),
    ]
    assert (await case.author.draft())["conversation_count"] == 1
    assert case.publisher.actor.id not in resolved.text
    assert case.author.actor.id not in resolved.text


async def test_evaluators_do_not_read_the_conversation(client):
    case = await (await Case.begun(client)).in_review()
    path = f"{case.anna.path}/conversation"
    assert (await client.get(path, headers=case.anna.headers)).status_code == 403


async def test_who_is_late_is_reminded_once_for_each_step(client, database_url):
    case = await (await Case.begun(client)).submitted()
    assert _reminded(database_url, REVIEW_DAYS["submitted"] - 1) == []
    assert _reminded(database_url, REVIEW_DAYS["submitted"] + 1) == [case.id]
    assert _reminded(database_url, REVIEW_DAYS["submitted"] + 2) == []
    assert (await _told(client, case.publisher))[0] == "reminder"
    assert "reminder" not in await _told(client, case.author)
    await case.publisher.step("select")
    assert _reminded(database_url, REVIEW_DAYS["selected"] + 1) == [case.id]
    assert (await _told(client, case.author))[0] == "reminder"


async def test_both_evaluators_are_reminded(client, database_url):
    case = await (await Case.begun(client)).in_review()
    _reminded(database_url, REVIEW_DAYS["in_review"] + 1)
    for judge in (case.anna, case.bruno):
        assert (await _told(client, judge))[0] == "reminder"


async def test_nobody_waits_for_a_draft(client, database_url):
    await Case.begun(client)
    assert _reminded(database_url, 10_000) == []


async def test_a_draft_that_is_thrown_away_takes_its_messages_with_it(client):
    case = await (await Case.begun(client)).submitted()
    await client.post(
        f"{case.author.path}/conversation", json={"text": "When?"}, headers=case.publisher.headers
    )
    await case.author.step("take-back")
    headers: dict[str, Any] = case.author.headers | {"if-match": await case.author.tag()}
    answer = await client.delete(f"{case.author.path}/draft", headers=headers)
    assert answer.status_code == 204
    assert await _told(client, case.publisher) == []
    assert ANNA.id not in await _told(client, case.author)
