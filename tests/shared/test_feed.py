"""The change feed: no gap, nothing skipped, nothing lost, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from shared import feed
from shared.db import Database
from shared.feed import Change, Cursor
from shared.problems import Gone
from tests.shared.feeds import (
    TABLES,
    append,
    entries,
    fed,
    head,
    page,
    set_counter,
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with fed(database_url) as found:
        yield found


def test_a_new_feed_is_empty_and_begins_once(database: Database):
    before = head(database)
    database.run(database.writer, feed.begin, TABLES)
    assert head(database) == before
    assert before.seq == 0
    assert page(database, before).items == []


def test_changes_are_numbered_one_after_the_other(database: Database):
    assert append(database, "a") == 1
    assert append(database, "b", "c") == 3
    assert [item.seq for item in page(database, Cursor(head(database).epoch, 0)).items] == [1, 2, 3]


def test_no_change_takes_no_number(database: Database):
    append(database, "a")
    assert append(database) == 1
    assert head(database).seq == 1


def test_a_change_that_is_rolled_back_gives_its_number_back(database: Database):
    def fail(session: Session) -> None:
        feed.append(session, TABLES, entries("lost", "lost too"))
        raise KeyError

    append(database, "a")
    with pytest.raises(KeyError):
        database.run(database.writer, fail)
    assert append(database, "b") == 2
    assert [item.id for item in page(database, Cursor(head(database).epoch, 0)).items] == ["a", "b"]


def test_a_page_ends_at_its_limit_and_the_next_one_goes_on(database: Database):
    append(database, *"abcde")
    start = Cursor(head(database).epoch, 0)
    first = page(database, start, 3)
    second = page(database, Cursor(first.epoch, first.items[-1].seq), 3)
    assert [item.id for item in first.items + second.items] == list("abcde")
    assert first.head == 5


def test_a_change_shows_what_is_public_now(database: Database):
    append(database, "open", "hidden")
    seen = page(database, Cursor(head(database).epoch, 0)).items
    assert [(item.id, item.op, item.doc) for item in seen] == [
        ("open", "U", {"name": "open"}),
        ("hidden", "D", None),
    ]


@pytest.mark.parametrize(
    "after", [Cursor("another epoch", 2), Cursor("", 4), Cursor("", 1), Cursor("", -1)]
)
def test_a_cursor_that_does_not_belong_here_is_gone(database: Database, after: Cursor):
    append(database, "a", "b", "c")
    set_counter(database, floor=2)
    epoch = head(database).epoch
    with pytest.raises(Gone) as refusal:
        page(database, Cursor(after.epoch or epoch, after.seq))
    assert refusal.value.extra == {"epoch": epoch, "floor": 2, "head": 3}


def test_a_cursor_at_the_floor_and_at_the_head_is_served(database: Database):
    append(database, "a", "b", "c")
    set_counter(database, floor=2)
    epoch = head(database).epoch
    assert [item.id for item in page(database, Cursor(epoch, 2)).items] == ["c"]
    assert page(database, Cursor(epoch, 3)).items == []


class Follower:
    """Reads by cursor while others write, as another service would."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cursor = Cursor(head(database).epoch, 0)
        self.seen: list[Change] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set() or self.cursor.seq < head(self.database).seq:
            # The last page is read after the last commit: what is missing then is lost.
            is_over = self.over.is_set()
            got = page(self.database, self.cursor, 7).items
            self.seen += got
            if got:
                self.cursor = Cursor(self.cursor.epoch, got[-1].seq)
            elif is_over:
                break


def test_a_reader_sees_every_commit_of_eight_writers_once_and_in_order(database: Database):
    committed: list[list[str]] = [[] for _ in range(8)]
    follower = Follower(database)

    def write(writer: int) -> None:
        for turn in range(50):
            names = [f"{writer}-{turn}-{part}" for part in range(1 + turn % 3)]
            try:
                database.run(database.writer, change, names, turn)
            except ZeroDivisionError:
                continue
            committed[writer] += names

    def change(session: Session, names: Sequence[str], turn: int) -> None:
        feed.append(session, TABLES, entries(*names))
        if turn % 7 == 0:
            raise ZeroDivisionError

    with ThreadPoolExecutor(9) as pool:
        reading = pool.submit(follower.run)
        try:
            list(pool.map(write, range(8)))
        finally:
            follower.over.set()
        reading.result(timeout=30)

    total = sum(map(len, committed))
    assert [change.seq for change in follower.seen] == list(range(1, total + 1))
    for writer, names in enumerate(committed):
        own = [change.id for change in follower.seen if change.id.startswith(f"{writer}-")]
        assert own == names
    assert head(database).seq == total


changes_of = st.lists(
    st.builds(
        Change,
        seq=st.integers(1, 50),
        entity=st.sampled_from("pr"),
        id=st.sampled_from("abc"),
        op=st.sampled_from("UD"),
        version=st.just(1),
        at=st.just(""),
        trace=st.just(""),
    ),
    unique_by=lambda change: change.seq,
).map(lambda found: sorted(found, key=lambda change: change.seq))


@given(changes_of)
def test_collapsed_changes_lead_to_the_same_state(found: list[Change]):
    def state(given: list[Change]) -> dict[tuple[str, str], Change]:
        return {(change.entity, change.id): change for change in given}

    collapsed = feed.latest(found)
    assert state(collapsed) == state(found)
    assert len(collapsed) == len(state(found))
    assert [change.seq for change in collapsed] == sorted(change.seq for change in collapsed)


@pytest.mark.anyio
async def test_a_change_carries_the_trace_of_its_request(database: Database):
    from shared.telemetry import trace

    token = trace.set("4bf92f3577b34da6a3ce929d0e0e4736")
    await database.write(feed.append, TABLES, entries("a"))
    trace.reset(token)
    (change,) = page(database, Cursor(head(database).epoch, 0)).items
    assert change.trace == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_many_changes_at_once_take_one_range(database: Database):
    assert append(database, *(f"{number}" for number in range(5000))) == 5000
    seen = page(database, Cursor(head(database).epoch, 0), 6000).items
    assert Counter(item.seq for item in seen) == Counter(range(1, 5001))
