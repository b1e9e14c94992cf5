"""What was read is what is changed; what is asked twice is done once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import Response
from pydantic import BaseModel
from sqlmodel import Session

from shared import idempotency
from shared.actor import Actor, signed
from shared.conditional import IfMatch, Once, answered, check_tag, given, replayed
from shared.db import Database, new_metadata
from shared.problems import Stale, Unconditional
from shared.service import Db, router
from tests.shared.making import KEY, a_service, client_of

METADATA = new_metadata()
STORED = idempotency.define(METADATA)
done: list[str] = []
routes = router()


class Deed(BaseModel):
    number: int


@routes.post("/deeds", status_code=201)
async def new_deed(db: Db, only: Once, dry_run: bool = False, if_match: IfMatch = None) -> Response:
    def work(session: Session) -> idempotency.Answer:
        if found := replayed(session, STORED, only):
            return found
        check_tag(if_match, f"v{len(done)}")
        done.append("deed")
        body = {"number": len(done)}
        return answered(session, STORED, only, body, f"v{len(done)}", 201)

    return given(await db.write(work), Deed, f"/deeds/{len(done)}")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    done.clear()
    app = a_service(routes)
    app.state.database = Database(f"sqlite:///{tmp_path / 'deeds.db'}")
    METADATA.create_all(app.state.database.writer)
    someone = Actor("client", "editor", frozenset({"write"}), frozenset({"ES51"}))
    async with client_of(app, headers={"x-actor": signed(someone, KEY)}) as found:
        yield found
    app.state.database.close()


KEYED = {"idempotency-key": "the-same-key", "if-match": '"v0"'}


@pytest.mark.anyio
async def test_a_repeated_request_is_done_once_and_says_so(client: httpx.AsyncClient):
    first = await client.post("/deeds", headers=KEYED)
    again = await client.post("/deeds", headers=KEYED)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == {"number": 1}
    assert first.headers["etag"] == again.headers["etag"] == '"v1"'
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["location"] == "/deeds/1"


@pytest.mark.anyio
async def test_a_key_serves_one_request_with_its_query(client: httpx.AsyncClient):
    await client.post("/deeds", headers=KEYED)
    other = await client.post("/deeds?dry_run=true", headers=KEYED)
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]


@pytest.mark.anyio
async def test_without_a_key_every_request_is_a_new_one(client: httpx.AsyncClient):
    assert (await client.post("/deeds", headers={"if-match": '"v0"'})).json() == {"number": 1}
    stale = await client.post("/deeds", headers={"if-match": '"v0"'})
    assert (stale.status_code, stale.json()["current_etag"]) == (412, '"v1"')


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["short", "with a space", "x" * 129])
async def test_a_key_that_is_no_key_is_refused(client: httpx.AsyncClient, key: str):
    answer = await client.post("/deeds", headers=KEYED | {"idempotency-key": key})
    assert answer.status_code == 422
    assert not done


@pytest.mark.parametrize("given_tag", ['"v3"', ' "v3" '])
def test_the_current_tag_is_accepted(given_tag: str):
    check_tag(given_tag, "v3")


@pytest.mark.parametrize("other", ["", "*", "v3", 'W/"v3"', '"v3", "v4"', '"v2"', '"v３"'])
def test_any_other_tag_is_stale_and_the_current_one_is_named(other: str):
    with pytest.raises(Stale, match='the current version is "v3"') as refusal:
        check_tag(other, "v3")
    assert refusal.value.extra == {"current_etag": '"v3"'}


def test_who_is_late_sees_both_contents():
    with pytest.raises(Stale) as refusal:
        check_tag('"v2"', "v3", {"title": "mine"}, {"title": "theirs"})
    assert refusal.value.extra["yours"] == {"title": "mine"}
    assert refusal.value.extra["current"] == {"title": "theirs"}


def test_without_a_tag_nothing_is_changed_and_the_tag_is_told():
    with pytest.raises(Unconditional, match='it is now "v3"'):
        check_tag(None, "v3")
