"""Personal data are given out and removed, without a trace."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, String, Text, cast, select

from services.practices import trail
from services.practices.personal import erasure
from shared import clock
from shared.actor import Actor
from shared.db import Database
from shared.problems import NotFound
from tests.examples import a_practice, as_caller
from tests.practices.lab import AUTHOR, published, running
from tests.practices.receiver import Receiver
from tests.server import ROOT

pytestmark = pytest.mark.anyio

PAGE = (ROOT / "docs/reference/personal-data.md").read_text("utf-8")
EMAIL = "Canary.One@example.org"
NAME = "Zoë Canary-Quill"
PHONE = "+34 555 0199 77"
CONTACT = {"name": NAME, "organisation": None, "email": EMAIL, "phone": PHONE}
SERVICE = as_caller(Actor("service", "internal", frozenset({"internal"}), frozenset({"*"})))
KEY = {"idempotency-key": "a-key-of-the-canary"}


# What is removed is found by looking at every column; the rest is the same on both databases.
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def client(database_url, tmp_path, indicators_settings, anyio_backend):
    async with running(tmp_path, database_url, indicators_settings) as found:
        yield found


@pytest.fixture
def database(database_url, client):
    found = Database(database_url)
    yield found
    found.close()


def _everywhere(database: Database, *canaries: str) -> list[str]:
    """The columns of the database in which a canary stands, in any spelling."""
    tables = MetaData()
    found = []
    with database.reader.connect() as connection:
        tables.reflect(connection)
        for table in tables.sorted_tables:
            for column in table.columns:
                for (value,) in connection.execute(select(cast(column, Text))).all():
                    read = _read(value)
                    if any(one.lower() in read.lower() for one in canaries):
                        found.append(f"{table.name}.{column.name}")
    assert tables.tables
    return sorted(set(found))


def _read(value: str | None) -> str:
    if value and value[:1] in '{["':
        try:
            return json.dumps(json.loads(value), ensure_ascii=False)
        except ValueError:
            pass
    return value or ""


async def _filled(client) -> str:
    """A published practice with a contact, whose texts name the person too, and an open draft."""
    body = a_practice(
        contact=CONTACT,
        summary=f"Write to {EMAIL} or ask {NAME}.",
        lessons=[f"{NAME} says so", f"mailto:{EMAIL.lower()}"],
        title=f"Desk of {NAME}",
    )
    made = await published(client, **body)
    name = made.json()["id"]
    tag = {"if-match": made.headers["etag"]}
    saved = await client.put(f"/practices/{name}/draft", json=body, headers=AUTHOR | tag)
    assert saved.status_code == 200, saved.text
    other = await client.post("/practices", json=body, headers=AUTHOR | KEY)
    assert other.status_code == 201
    return name


def _raw(database: Database, *canaries: str) -> list[str]:
    """The files of the SQLite database in which a canary stands, byte by byte."""
    assert database.url.database
    data_dir = Path(database.url.database).parent
    spelt = [form for one in canaries for form in (one.encode(), json.dumps(one)[1:-1].encode())]
    spelt += [form.lower() for form in spelt]
    files = [path for path in data_dir.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if any(form in path.read_bytes() for form in spelt)]


async def test_after_the_erasure_of_a_person_nothing_names_them(client, database):
    name = await _filled(client)
    assert "contact.email" in _everywhere(database, EMAIL)
    assert "practice_version.record" in _everywhere(database, NAME)
    done = database.run(database.writer, erasure.erase_person, EMAIL.upper())
    assert done.rows["contact"] == 2
    assert done.practices == [name]
    assert database.run(database.reader, trail.broken_at) is None
    erasure.compact(database)
    assert _everywhere(database, EMAIL, NAME, PHONE) == []
    if database.is_sqlite:
        assert _raw(database, EMAIL, NAME, PHONE) == []
    for path in (f"/practices/{name}", "/practices?format=csv", "/practices/feed.atom"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "canary" not in answer.text.lower()
    state = await client.get("/internal/state", headers=SERVICE)
    assert "canary" not in state.text.lower()
    assert "[removed]" in state.text


@sqlite
async def test_those_who_keep_copies_are_told_of_an_erasure(client, database):
    before = (await client.get("/internal/state", headers=SERVICE)).json()
    name = await _filled(client)
    database.run(database.writer, erasure.erase_person, EMAIL)
    query = f"/internal/changes?epoch={before['epoch']}&after={before['seq']}"
    items = (await client.get(query, headers=SERVICE)).json()["items"]
    assert [(one["id"], one["op"]) for one in items] == [(name, "U"), (name, "U")]
    database.run(database.writer, erasure.erase_practice, name)
    items = (await client.get(query, headers=SERVICE)).json()["items"]
    assert items[-1]["op"] == "D"
    assert items[-1]["doc"] is None


async def test_after_the_erasure_of_a_practice_only_the_trail_knows_of_it(client, database):
    async with Receiver().open() as receiver:
        hook = {"url": receiver.url}
        await client.post("/webhooks", json=hook, headers=AUTHOR)
        name = await _filled(client)
        await receiver.until(lambda one: len(one.taken) == 1)
        done = database.run(database.writer, erasure.erase_practice, name)
        await receiver.until(lambda one: len(one.taken) == 2)
    assert {"practice", "practice_version", "draft", "facet", "contact"} <= set(done.rows)
    assert done.rows["webhook_delivery"] >= 1
    assert {one.split(".")[0] for one in _everywhere(database, name)} <= {
        "audit",
        "change",
        "webhook_delivery",
    }
    assert (await client.get(f"/practices/{name}")).status_code == 404
    with pytest.raises(NotFound):
        database.run(database.writer, erasure.erase_practice, name)


@sqlite
async def test_a_person_gets_what_is_kept_about_them(client, database):
    name = await _filled(client)
    found = database.run(database.reader, erasure.export, EMAIL)
    assert {one["practice"] for one in found["contacts"]} > {name} or len(found["contacts"]) == 2
    assert found["contacts"][0]["purpose"]
    places = {(one["table"], one["column"]) for one in found["mentioned_in"]}
    assert {("practice", "record"), ("practice_version", "record"), ("draft", "record")} <= places
    assert database.run(database.reader, erasure.export, "nobody@example.org")["contacts"] == []


@sqlite
async def test_a_contact_is_deleted_when_its_time_is_over(client, database):
    await _filled(client)
    assert database.run(database.writer, erasure.sweep) == 0
    with clock.held(clock.now() + timedelta(days=731)):
        assert database.run(database.writer, erasure.sweep) >= 2
    assert "contact.email" not in _everywhere(database, EMAIL)


def _texts(database: Database) -> set[str]:
    tables = MetaData()
    with database.reader.connect() as connection:
        tables.reflect(connection)
    return {
        f"{table.name}.{column.name}"
        for table in tables.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) or "JSON" in str(column.type)
    }


@sqlite
async def test_the_register_names_every_text_column_there_is(client, database):
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    named = [one.strip(" `") for row in rows for one in row.split(",")]
    assert len(named) == len(set(named))
    columns = _texts(database) - {"alembic_version.version_num"}
    assert set(named) == columns


def test_removal_finds_every_spelling():
    text = {"a": ["Ask ZOË canary-quill", 5], "b": "zoë"}
    assert erasure._without(text, [NAME]) == {"a": ["Ask [removed]", 5], "b": "zoë"}
