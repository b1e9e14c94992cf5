"""A receiver that is down a third of the time gets every event, each practice's in order.

PROVE_WEBHOOK_EVENTS sets how many events (10,000).
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from services.practices.tables import FEED
from services.practices.webhooks import announcements, endpoints
from services.practices.webhooks.outbox import Rules
from services.practices.webhooks.sender import Sender
from services.practices.webhooks.tables import METADATA
from services.practices.webhooks.worker import Worker
from shared import feed, migrations
from shared.db import Database
from tests.examples import an_actor
from tests.figures import Row, row
from tests.practices.receiver import Receiver, failing
from tests.prove.prove_crash import postgres

EVENTS = int(os.environ.get("PROVE_WEBHOOK_EVENTS", "10000"))
_PRACTICES = 50
_EVENT = "practice.state_changed"


@dataclass
class Delivered:
    """What came of the events."""

    events: int
    received: int = 0
    requests: int = 0
    unsigned: int = 0
    out_of_order: int = 0
    seconds: float = 0.0


def rows() -> list[Row]:
    """The proof on both databases; two workers share the PostgreSQL one."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        for name, url, workers in (
            ("sqlite", f"sqlite:///{folder}/hooks.db", 1),
            ("postgresql, 2 workers", server, 2),
        ):
            done = asyncio.run(deliveries(url, EVENTS, workers=workers))
            found += _rows(name, done)
    return found


def _rows(name: str, done: Delivered) -> list[Row]:
    said = f"webhooks, receiver fails 30 %, {name}"
    whole = 100 * done.received / done.events
    return [
        row(f"{said}: delivered", whole, "%", goal="100", holds=done.received == done.events),
        row(
            f"{said}: out of order",
            done.out_of_order,
            "events",
            goal="0",
            holds=not done.out_of_order,
        ),
        row(f"{said}: unsigned", done.unsigned, "requests", goal="0", holds=not done.unsigned),
        row(f"{said}: requests", done.requests, "requests"),
        row(f"{said}: rate", done.events / done.seconds, "events/s"),
    ]


async def deliveries(url: str, events: int, *, workers: int = 1, share: float = 0.3) -> Delivered:
    """Queue events of fifty practices for a failing receiver and wait until all have come."""
    database = Database(url)
    migrations.upgrade("practices", database, METADATA)
    database.run(database.writer, feed.begin, FEED)
    done = Delivered(events)
    rules = Rules(first_pause=0.02, patience=timedelta(days=1))
    async with Receiver(failing(share, seed=9)).open() as receiver:
        receiver.secret = database.run(database.writer, _register, receiver.url)
        database.run(database.writer, _queue, events)
        started = time.monotonic()
        crowd = [Worker(database, Sender(local=True), rules, _all) for _ in range(workers)]
        async with asyncio.TaskGroup() as group:
            finished = asyncio.Event()
            for worker in crowd:
                group.create_task(_work(worker, finished))
            await receiver.until(lambda one: len(set(one.ids)) >= events, seconds=3600)
            done.seconds = time.monotonic() - started
            finished.set()
    done.received, done.requests = len(set(receiver.ids)), receiver.asked
    done.unsigned = receiver.unsigned
    done.out_of_order = _out_of_order(receiver)
    database.close()
    return done


async def _all(owners: Collection[str]) -> Collection[str]:
    """Everybody has access."""
    return owners


async def _work(worker: Worker, finished: asyncio.Event) -> None:
    async with worker.working():
        await finished.wait()


def _register(session: Session, url: str) -> str:
    caller = an_actor("ES51")
    return endpoints.register(session, url, [_EVENT], "", caller, local=True).secret


def _queue(session: Session, events: int) -> None:
    for number in range(events):
        practice = f"p{number % _PRACTICES}"
        announcements.announce(session, _EVENT, practice, "ES51", {"number": number})


def _out_of_order(receiver: Receiver) -> int:
    """Events that came for the first time after a later one of the same practice."""
    newest: dict[str, int] = defaultdict(lambda: -1)
    seen: set[str] = set()
    wrong = 0
    for name, told in zip(receiver.ids, receiver.taken, strict=True):
        if name not in seen:
            seen.add(name)
            number = told["data"]["number"]
            wrong += number < newest[told["data"]["id"]]
            newest[told["data"]["id"]] = max(number, newest[told["data"]["id"]])
    return wrong
