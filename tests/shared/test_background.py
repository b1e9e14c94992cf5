"""What a service does by itself goes on, whatever fails in between."""

from __future__ import annotations

import asyncio
import logging

import anyio
import pytest

from shared import background as module
from shared.background import background, pause

pytestmark = pytest.mark.anyio


class Work:
    """Fails at the first turn, ends at the second, and goes on at the third."""

    def __init__(self) -> None:
        self.turns = 0
        self.going_on = asyncio.Event()
        self.cancelled = False

    async def __call__(self) -> None:
        self.turns += 1
        if self.turns == 1:
            raise ValueError("a fault that nobody thought of")
        if self.turns == 2:
            return
        self.going_on.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_what_fails_or_ends_is_begun_again_and_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_LONGEST", 0.01)
    work = Work()
    with caplog.at_level(logging.ERROR), anyio.fail_after(5):
        async with background(counting=work):
            await work.going_on.wait()
    failed, ended = (one for one in caplog.records if one.name == "background")
    assert "counting failed" in failed.getMessage()
    assert failed.exc_info
    assert "counting ended" in ended.getMessage()
    assert work.cancelled


async def test_a_failing_work_does_not_hold_up_another():
    work, other = Work(), Work()
    other.turns = 2
    with anyio.fail_after(5):
        async with background(counting=work, watching=other):
            await other.going_on.wait()
    assert work.turns == 1


def test_the_pause_grows_up_to_half_a_minute_and_no_further():
    assert 0.1 <= pause(0) <= 0.2
    assert 15 <= pause(20) <= 30
    assert 15 <= pause(100_000) <= 30
