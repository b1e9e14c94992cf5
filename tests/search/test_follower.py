"""The index stays true to the feed, whatever happens to it, to the engine or to us."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.search.conftest import Found, serving, settings_in, until
from tests.search.neighbours import Indicators, Practices, a_record

pytestmark = pytest.mark.anyio

needs_own_engine = pytest.mark.skipif(
    bool(os.environ.get("MEILI_TEST_URL")), reason="kills or restarts the engine"
)


@dataclass
class Workshop:
    """A search service over practices that the test publishes itself."""

    directory: Path
    practices: Practices
    indicators: Indicators

    @asynccontextmanager
    async def open(self, *, ready: bool = True, **settings: Any) -> AsyncGenerator[Found]:
        """Run the service inside the block."""
        neighbours = {"practices": self.practices.app, "indicators": self.indicators.app}
        async with serving(settings_in(self.directory, **settings), neighbours) as found:
            if ready:
                await found.ready()
            yield found


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    shop = Workshop(tmp_path, Practices(), Indicators())
    shop.practices.publish(*(a_record(f"p{n}", title=f"Desk number {n}") for n in range(20)))
    return shop


@pytest.fixture
async def found(workshop: Workshop, anyio_backend: str) -> AsyncIterator[Found]:
    async with workshop.open() as found:
        yield found


# ------------------------------------------------------------------ following


async def test_what_is_published_is_found_at_once(workshop: Workshop, found: Found):
    began = time.perf_counter()
    workshop.practices.publish(a_record("fresh", title="Robotics for girls"))
    await until(lambda: found.titles("robotics"), lambda it: it == ["Robotics for girls"], 2)
    assert time.perf_counter() - began < 10


async def test_what_is_changed_is_found_as_it_is_now(workshop: Workshop, found: Found):
    seq = workshop.practices.publish(a_record("p3", title="Night school"))
    await found.seen(seq)
    assert await found.titles("night school") == ["Night school"]
    assert await found.titles('"Desk number 3"', matchingStrategy="all") == []


async def test_what_is_withdrawn_is_gone(workshop: Workshop, found: Found):
    await found.seen(workshop.practices.withdraw("p3"))
    assert (await found.find("", limit=0))["estimatedTotalHits"] == 19
    assert await found.parts.engine.document("practices", "p3") is None


async def test_many_changes_of_one_practice_end_in_the_last(workshop: Workshop, found: Found):
    for number in range(30):
        seq = workshop.practices.publish(a_record("p1", title=f"Version {number}"))
    await found.seen(seq)
    assert (await found.parts.engine.document("practices", "p1"))["title"] == "Version 29"


async def test_a_region_that_is_new_gets_its_names(workshop: Workshop, found: Found):
    new = {**workshop.indicators.regions[0], "code": "XX01", "name": "Newland"}
    new |= {"search_label": "Newland", "names": {}, "local_name": None, "slug": "newland"}
    workshop.indicators.regions.append(new)
    found.parts.follower.writer.regions._asked_at = -1000.0
    await found.seen(workshop.practices.publish(a_record("fresh", regions=["XX01"])))
    assert [hit["id"] for hit in (await found.find("newland"))["hits"]] == ["fresh"]
    assert (await found.find("newland", uid="regions"))["hits"][0]["code"] == "XX01"


# ------------------------------------------------------------------ quarantine

BAD_ID = "an id with blanks"


async def test_a_practice_that_the_engine_refuses_keeps_none_of_the_others_out(
    workshop: Workshop, found: Found
):
    many = [a_record(f"new{n}", title=f"Workshop {n}") for n in range(10)]
    seq = workshop.practices.publish(*many[:5], a_record(BAD_ID), *many[5:])
    await found.seen(seq)
    assert (await found.find("workshop", limit=0))["estimatedTotalHits"] == 10
    status = await found.status()
    assert [one["id"] for one in status["quarantine"]] == [BAD_ID]
    assert status["quarantine"][0]["code"] == "invalid_document_id"
    assert status["quarantine"][0]["seq"] == 26
    assert status["lag"] == 0


async def test_a_record_that_is_no_practice_is_seen_in_quarantine_and_not_in_search(
    workshop: Workshop, found: Found
):
    await found.seen(workshop.practices.publish(a_record("p5", published_at="once")))
    status = await found.status()
    assert [one["code"] for one in status["quarantine"]] == ["malformed_record"]
    assert await found.parts.engine.document("practices", "p5") is None


async def test_a_practice_leaves_quarantine_when_it_is_mended(workshop: Workshop, found: Found):
    await found.seen(workshop.practices.publish(a_record("p5", published_at="once")))
    await found.seen(workshop.practices.publish(a_record("p5", title="Mended")))
    assert (await found.status())["quarantine"] == []
    assert await found.titles("mended") == ["Mended"]


async def test_quarantine_outlives_a_restart(workshop: Workshop):
    async with workshop.open() as found:
        await found.seen(workshop.practices.publish(a_record(BAD_ID)))
    async with workshop.open() as found:
        assert [one["id"] for one in (await found.status())["quarantine"]] == [BAD_ID]


# ------------------------------------------------------------------ starting anew


async def test_an_index_that_is_true_is_gone_on_with(workshop: Workshop):
    async with workshop.open() as found:
        await found.seen(20)
        before = await found.parts.engine.document("platform_state", "practices")
    async with workshop.open() as found:
        after = await found.parts.engine.document("platform_state", "practices")
        # The number of the lease differs where others may reach the engine.
        assert all(after[name] == before[name] for name in ("epoch", "seq", "content"))
        assert found.parts.follower.head_at_start == 20


async def test_what_happened_while_we_were_away_is_caught_up_before_we_are_ready(
    workshop: Workshop,
):
    async with workshop.open():
        pass
    workshop.practices.publish(a_record("late", title="Published at night"))
    workshop.practices.withdraw("p7")
    async with workshop.open() as found:
        assert await found.titles("night") == ["Published at night"]
        assert (await found.find("", limit=0))["estimatedTotalHits"] == 20


async def test_a_restored_backup_leads_to_a_new_index(workshop: Workshop):
    async with workshop.open() as found:
        practices = workshop.practices
        practices.begin_anew()
        practices.records = {"only": a_record("only", title="After the restore")}
        await until(found.status, lambda it: it["epoch"] == practices.epoch)
        assert await found.titles("") == ["After the restore"]


async def test_regions_that_changed_while_we_were_away_lead_to_a_new_index(workshop: Workshop):
    async with workshop.open():
        pass
    catalonia = next(one for one in workshop.indicators.regions if one["code"] == "ES51")
    catalonia["other_names"] = ["Principat"]
    async with workshop.open() as found:
        assert len(await found.titles("principat", limit=100)) == 20


@needs_own_engine
async def test_a_lost_index_is_built_anew(workshop: Workshop, found: Found):
    for uid in ("practices", "platform_state"):
        await found.parts.engine.drop(uid)
    await until(lambda: found.client.post("/search/indexes/practices/search", json={}), answers)
    assert (await found.find("", limit=0))["estimatedTotalHits"] == 20


def answers(answer: Any) -> bool:
    return answer.status_code == 200


# ------------------------------------------------------------------ the engine dies


@needs_own_engine
async def test_an_engine_that_dies_is_started_anew_and_caught_up(workshop: Workshop, found: Found):
    os.kill(found.parts.embedded.pid, signal.SIGKILL)
    seq = workshop.practices.publish(a_record("late", title="While it was down"))
    await found.seen(seq)
    assert await found.titles("while it was down", limit=1) == ["While it was down"]
    assert found.parts.embedded.starts == 2


@needs_own_engine
async def test_while_the_engine_is_down_searches_are_told_to_try_again(found: Found):
    os.kill(found.parts.embedded.pid, signal.SIGKILL)
    answer = await found.client.post("/search/indexes/practices/search", json={"q": "desk"})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    assert (await found.client.get("/search/health")).status_code == 503
    assert (await found.client.get("/readyz")).status_code == 503
    await found.ready()


@needs_own_engine
async def test_nothing_is_lost_when_the_engine_is_killed_again_and_again(
    workshop: Workshop, found: Found
):
    for number in range(60):
        seq = workshop.practices.publish(a_record(f"w{number}", title=f"Written {number}"))
        if number % 20 == 10 and found.parts.embedded.pid:
            os.kill(found.parts.embedded.pid, signal.SIGKILL)
        await asyncio.sleep(0.02)
    await found.seen(seq)
    assert (await found.find("", limit=0))["estimatedTotalHits"] == 80
    assert (await found.post("/internal/audit", {}))["drift"] == []


@needs_own_engine
async def test_the_engine_ends_with_the_service(workshop: Workshop):
    async with workshop.open() as found:
        pid = found.parts.embedded.pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@needs_own_engine
async def test_the_key_of_the_engine_is_private(workshop: Workshop, found: Found):
    key = workshop.directory / "search" / "engine.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) >= 32


# ------------------------------------------------------------------ building anew


async def test_searches_are_answered_while_the_index_is_built_anew(
    workshop: Workshop, found: Found
):
    asked = 0
    building = asyncio.create_task(found.post("/internal/rebuild", {}))
    while not building.done():
        assert (await found.find("desk", limit=0))["estimatedTotalHits"] == 20
        asked += 1
    assert (await building)["seq"] == 20
    assert asked > 3
    documents = (await found.status())["engine"]["documents"]
    assert not [uid for uid in documents if uid.startswith("practices__")]


async def test_what_is_published_during_a_rebuild_is_not_lost(workshop: Workshop, found: Found):
    building = asyncio.create_task(found.post("/internal/rebuild", {}))
    for number in range(30):
        seq = workshop.practices.publish(a_record(f"during{number}", title=f"Meanwhile {number}"))
        await asyncio.sleep(0.005)
    await building
    await found.seen(seq)
    assert (await found.find("", limit=0))["estimatedTotalHits"] == 50
    assert (await found.post("/internal/audit", {}))["drift"] == []


async def test_a_rebuild_whose_source_is_not_there_leaves_the_old_index(
    workshop: Workshop, found: Found
):
    workshop.practices.broken = True
    answer = await found.client.post("/internal/rebuild", json={})
    assert answer.status_code == 503
    assert (await found.find("", limit=0))["estimatedTotalHits"] == 20


# ------------------------------------------------------------------ audit


async def test_an_audit_of_a_true_index_finds_nothing(workshop: Workshop, found: Found):
    report = await found.post("/internal/audit", {})
    assert report["practices"] == report["documents"] == 20
    assert report["drift"] == report["moved"] == []


async def test_an_audit_mends_what_differs(workshop: Workshop, found: Found):
    engine = found.parts.engine
    stale = await engine.document("practices", "p2")
    await engine.put("practices", [{**stale, "title": "Stale", "_digest": "another"}])
    await engine.put("practices", [{**stale, "id": "ghost"}])
    await engine.remove("practices", ["p4"])
    report = await found.post("/internal/audit", {})
    assert report["drift"] == ["ghost", "p2", "p4"]
    assert (await found.post("/internal/audit", {}))["drift"] == []
    assert (await engine.document("practices", "p2"))["title"] == "Desk number 2"
    assert await engine.document("practices", "ghost") is None


async def test_an_audit_does_not_call_a_change_under_way_a_fault(workshop: Workshop, found: Found):
    async def publish() -> None:
        for number in range(40):
            workshop.practices.publish(a_record(f"w{number}"))
            await asyncio.sleep(0.002)

    writing = asyncio.create_task(publish())
    for _ in range(3):
        assert (await found.post("/internal/audit", {}))["drift"] == []
    await writing
    await found.seen(len(workshop.practices.log))
    report = await found.post("/internal/audit", {})
    assert report["practices"] == report["documents"] == 60


async def test_what_is_in_quarantine_is_no_drift(workshop: Workshop, found: Found):
    await found.seen(workshop.practices.publish(a_record(BAD_ID)))
    assert (await found.post("/internal/audit", {}))["drift"] == []
