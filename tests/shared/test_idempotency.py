"""A request that is sent twice is done once, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, String, Table, func, insert, select
from sqlmodel import Session

from shared import idempotency
from shared.clock import held
from shared.db import Database, new_metadata
from shared.idempotency import KEPT, Answer, Request, fingerprint
from shared.problems import InFlight, Invalid

METADATA = new_metadata()
STORED = idempotency.define(METADATA)
DEEDS = Table(
    "deed",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String(128), nullable=False),
)
MOMENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    METADATA.create_all(found.writer)
    yield found
    found.close()


def a_request(key: str = "k1", body: bytes = b"{}", client: str = "client_1") -> Request:
    return Request(client, key, fingerprint("POST", "/practices", body))


def deed(session: Session, request: Request, seconds: float = 0) -> Answer:
    """What a route does: look for the answer, else do the work and store the answer with it."""
    before = idempotency.stored(session, STORED, request)
    if before is not None:
        return before
    done = session.connection().execute(insert(DEEDS).values(key=request.key))
    time.sleep(seconds)
    assert done.inserted_primary_key
    answer = Answer(201, f'{{"id": {done.inserted_primary_key[0]}}}', '"v1"')
    idempotency.store(session, STORED, request, answer)
    return answer


def do(database: Database, request: Request, seconds: float = 0) -> Answer:
    return database.run(database.writer, deed, request, seconds)


def deeds(database: Database) -> int:
    counting = select(func.count()).select_from(DEEDS)
    return database.run(database.reader, lambda s: s.connection().execute(counting).scalar_one())


def test_the_same_request_gets_the_same_answer_and_is_done_once(database: Database):
    first = do(database, a_request())
    again = do(database, a_request())
    assert (again.status, again.body, again.etag) == (first.status, first.body, first.etag)
    assert (first.replayed, again.replayed) == (False, True)
    assert deeds(database) == 1


def test_a_key_that_served_another_request_is_refused(database: Database):
    do(database, a_request(body=b'{"title": "a"}'))
    with pytest.raises(Invalid, match="another request"):
        do(database, a_request(body=b'{"title": "b"}'))
    assert deeds(database) == 1


def test_the_key_of_another_client_is_free(database: Database):
    do(database, a_request(client="client_1"))
    assert not do(database, a_request(client="client_2")).replayed
    assert deeds(database) == 2


def test_work_that_is_rolled_back_leaves_no_answer(database: Database):
    def fail(session: Session) -> None:
        deed(session, a_request())
        raise KeyError

    with pytest.raises(KeyError):
        database.run(database.writer, fail)
    assert deeds(database) == 0
    assert not do(database, a_request()).replayed


@pytest.mark.parametrize("turn", range(5))
def test_of_eight_at_the_same_time_one_is_done(database: Database, turn: int):
    together = threading.Barrier(8)

    def ask(_: int) -> str:
        together.wait()
        try:
            return "replayed" if do(database, a_request(), 0.01).replayed else "done"
        except InFlight:
            return "in flight"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(ask, range(8)))
    assert told.count("done") == 1
    assert deeds(database) == 1
    assert do(database, a_request()).replayed


def test_different_keys_at_the_same_time_are_all_done(database: Database):
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: do(database, a_request(f"k{n}")), range(40)))
    assert not any(answer.replayed for answer in told)
    assert deeds(database) == 40


def test_an_answer_is_kept_for_two_days(database: Database):
    with held(MOMENT):
        do(database, a_request())
    with held(MOMENT + KEPT):
        assert do(database, a_request()).replayed
    with held(MOMENT + KEPT + timedelta(seconds=1)):
        assert not do(database, a_request()).replayed
    assert deeds(database) == 2


def test_after_two_days_a_key_may_serve_another_request(database: Database):
    with held(MOMENT):
        do(database, a_request(body=b"1"))
    with held(MOMENT + KEPT + timedelta(seconds=1)):
        assert not do(database, a_request(body=b"2")).replayed


def test_expired_answers_are_removed_by_the_next_request(database: Database):
    with held(MOMENT):
        for number in range(5):
            do(database, a_request(f"old{number}"))
    with held(MOMENT + KEPT + timedelta(seconds=1)):
        do(database, a_request("new"))
    rows = database.run(
        database.reader, lambda s: s.connection().execute(select(STORED.c.key)).scalars().all()
    )
    assert rows == ["new"]


def test_expired_answers_can_be_removed_by_many_at_once(database: Database):
    with held(MOMENT):
        for number in range(50):
            do(database, a_request(f"old{number}"))
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: do(database, a_request(f"new{n}")), range(40)))
    assert not any(answer.replayed for answer in told)


parts = st.tuples(st.sampled_from(["POST", "PUT"]), st.text("/abc"), st.binary(max_size=8))


@given(parts, parts)
def test_a_fingerprint_tells_requests_apart(one: tuple, other: tuple):
    assert (fingerprint(*one) == fingerprint(*other)) is (one == other)
