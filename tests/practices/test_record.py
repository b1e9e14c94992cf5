"""The record: what is saved comes back, and personal data stand in one table only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError
from sqlalchemy import inspect, text

from services.practices.drafts import store as drafts
from services.practices.record.practice import PracticeIn
from services.practices.tables import FEED, METADATA
from services.practices.workflow import standing, steps
from shared import feed, migrations
from shared.db import Database
from shared.idempotency import Request
from tests.examples import a_practice, an_actor
from tests.practices.records import RECORDS

AUTHOR = an_actor("ES51", scopes=("practices:write", "practices:publish"))
CONTACT = {
    "name": "Quilla Zorrobatán",
    "organisation": "Office of Welcome",
    "email": "zorrobatan@example.org",
    "phone": "+34 999 888 777",
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty practices database of each kind."""
    made = Database(database_url)
    migrations.upgrade("practices", made, METADATA)
    made.run(made.writer, feed.begin, FEED)
    yield made
    made.close()


def _written(database: Database, work: Any, *args: Any) -> Any:
    return database.run(database.writer, work, *args)


@given(first=RECORDS, second=RECORDS)
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_saved_comes_back_in_every_field(
    database: Database, first: dict[str, Any], second: dict[str, Any]
):
    """A form that drops a field in silence loses somebody's work."""
    second = second | {"regions": first["regions"][:1]}
    begun = PracticeIn.model_validate(first)
    made = _written(database, drafts.create, begun.record(), AUTHOR, None)
    practice_id = _id(made)
    assert _read(database, practice_id) == first
    record = PracticeIn.model_validate(second).record()
    _written(database, drafts.save, practice_id, f'"{made.etag}"', record, AUTHOR)
    assert _read(database, practice_id) == second


def _id(answer: Any) -> str:
    return json.loads(answer.body)["id"]


def _read(database: Database, practice_id: str) -> dict[str, Any]:
    body, _ = database.run(database.reader, drafts.read_draft, practice_id, AUTHOR)
    return {name: value for name, value in body["record"].items() if name != "year"}


def test_a_contact_stands_in_its_own_table_and_nowhere_else(database: Database):
    """Through the whole life of a practice, every step with a stored answer."""
    record = PracticeIn.model_validate(a_practice(contact=CONTACT)).record()
    answer = _written(database, drafts.create, record, AUTHOR, _request("create"))
    practice_id = _id(answer)
    body, tag = _written(database, drafts.save, practice_id, f'"{answer.etag}"', record, AUTHOR)
    assert body["record"]["contact"] == CONTACT
    for step in ("submit", "publish"):
        answer = _written(
            database, steps.move, practice_id, step, f'"{tag}"', AUTHOR, _request(step)
        )
        tag = answer.etag
    for secret in CONTACT.values():
        assert _tables_with(database, secret) == ["contact"]


def test_a_draft_saved_without_a_contact_deletes_it(database: Database):
    record = PracticeIn.model_validate(a_practice(contact=CONTACT)).record()
    answer = _written(database, drafts.create, record, AUTHOR, None)
    later = PracticeIn.model_validate(a_practice()).record()
    _written(database, drafts.save, _id(answer), f'"{answer.etag}"', later, AUTHOR)
    assert _tables_with(database, CONTACT["email"]) == []


def test_who_loses_the_answer_gets_it_again_with_the_contact(database: Database):
    record = PracticeIn.model_validate(a_practice(contact=CONTACT)).record()
    for _ in range(2):
        answer = _written(database, drafts.create, record, AUTHOR, _request("create"))
        assert CONTACT["email"] not in answer.body
        body = database.run(database.reader, standing.complete, answer)
        assert body["record"]["contact"] == CONTACT


def test_two_translations_into_one_language_are_refused():
    twice = [{"language": "fr", "title": "Accueil"}, {"language": "fr", "title": "Bureau"}]
    with pytest.raises(ValueError, match="twice: fr"):
        PracticeIn.model_validate(a_practice(translations=twice))


@pytest.mark.parametrize(
    "change",
    [
        {"licence": "all rights reserved"},
        {"contact": {"name": "A", "email": "not an address"}},
        {"contact": {"email": "desk@example.org"}},
        {"questionnaire": {"criteria.relevance.colour": "blue"}},
        {"questionnaire": {"criteria.relevance.needs": "x" * 3001}},
        {"files": [{"title": "Guide", "url": "https://example.org", "media_type": "a pdf"}]},
        {"links": [{"title": "Film", "url": "javascript:alert(1)"}]},
        {"evidence": [{"url": "https://example.org"}]},
    ],
)
def test_a_field_outside_its_limits_is_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        PracticeIn.model_validate(a_practice(**change))


def _request(key: str) -> Request:
    return Request(AUTHOR.id, f"{key}-key-0001", "f" * 64)


def _tables_with(database: Database, secret: str) -> list[str]:
    """The names of the tables in which any row holds the text, in any column."""
    found: list[str] = []
    with database.writer.connect() as connection:
        for name in inspect(connection).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{name}"')).all()
            held = repr([tuple(row) for row in rows]) + str(rows)
            escaped = secret.encode("unicode_escape").decode()
            if secret in held or escaped in held:
                found.append(name)
    return found
